/** Recorded traffic of vendors that have a wire format of their own: to clients of chat completions, and of Messages. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { openAiOverlay, startGateway } from "../kit/gateway.js";
import {
	type Body,
	eventsIn,
	exchangesWith,
	inputOf,
	type RecordedExchange,
	recordedBytes,
	type Said,
	saidByChat,
	saidByMessages,
} from "../kit/recordedChat.js";
import { route, upstream } from "../kit/routing.js";

interface Vendor {
	apis: readonly string[];
	base: string;
	/** Where requests go. */
	path(isStream: boolean): string;
	said(answer: Body | Body[]): Said;
	objects(bytes: Buffer): Body[];
	settings?: object;
}

const nothing = (): Said => ({ text: "", calls: [], finish: undefined, input: undefined, output: undefined });

/** What stands at a place in JSON; undefined if nothing does. */
function at(value: unknown, ...names: string[]): unknown {
	let found = value;
	for (const name of names) found = typeof found === "object" && found !== null ? (found as Body)[name] : undefined;
	return found;
}

function listAt(value: unknown, ...names: string[]): unknown[] {
	const found = at(value, ...names);
	return Array.isArray(found) ? found : [];
}

function textAt(value: unknown, ...names: string[]): string {
	return String(at(value, ...names) ?? "");
}

function countAt(value: unknown, ...names: string[]): number | undefined {
	return at(value, ...names) as number | undefined;
}

const cohereReasons: Readonly<Record<string, string>> = {
	COMPLETE: "stop",
	STOP_SEQUENCE: "stop",
	MAX_TOKENS: "length",
	TOOL_CALL: "tool_calls",
};

function saidByCohere(answer: Body | Body[]): Said {
	const said = nothing();
	const calls: { name: string; text: string }[] = [];
	const finish = (end: unknown) => {
		said.finish = cohereReasons[textAt(end, "finish_reason")];
		said.input = countAt(end, "usage", "tokens", "input_tokens");
		said.output = countAt(end, "usage", "tokens", "output_tokens");
	};
	if (!Array.isArray(answer)) {
		said.text = listAt(answer, "message", "content")
			.map((part) => textAt(part, "text"))
			.join("");
		for (const call of listAt(answer, "message", "tool_calls"))
			calls.push({ name: textAt(call, "function", "name"), text: textAt(call, "function", "arguments") });
		finish(answer);
	} else
		for (const event of answer) {
			const message = at(event, "delta", "message");
			const type = textAt(event, "type");
			if (type.startsWith("content-")) said.text += textAt(message, "content", "text");
			if (type === "tool-call-start") calls.push({ name: textAt(message, "tool_calls", "function", "name"), text: "" });
			const last = calls.at(-1);
			if (type.startsWith("tool-call-") && last) last.text += textAt(message, "tool_calls", "function", "arguments");
			if (type === "message-end") finish(event.delta);
		}
	said.calls = calls.map(({ name, text }) => [name, inputOf(text)]);
	return said;
}

function linesOf(bytes: Buffer): Body[] {
	const lines = bytes.toString().split("\n");
	return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Body);
}

function saidByOllama(answer: Body | Body[]): Said {
	const said = nothing();
	for (const line of Array.isArray(answer) ? answer : [answer]) {
		said.text += textAt(line, "message", "content");
		for (const call of listAt(line, "message", "tool_calls"))
			said.calls.push([textAt(call, "function", "name"), at(call, "function", "arguments")]);
		if (line.done !== true) continue;
		said.finish = said.calls.length > 0 ? "tool_calls" : textAt(line, "done_reason");
		said.input = countAt(line, "prompt_eval_count");
		said.output = countAt(line, "eval_count");
	}
	return said;
}

const bedrockReasons: Readonly<Record<string, string>> = {
	end_turn: "stop",
	stop_sequence: "stop",
	max_tokens: "length",
	tool_use: "tool_calls",
	guardrail_intervened: "content_filter",
	content_filtered: "content_filter",
};

/** Frames, read without a look at their checksums. */
function framesOf(bytes: Buffer): Body[] {
	const found: Body[] = [];
	for (let start = 0; start < bytes.length; start += bytes.readUInt32BE(start)) {
		const headersEnd = start + 12 + bytes.readUInt32BE(start + 4);
		const [, name = ""] =
			/:event-type\x07\x00.(\w+?)\r:content-type/s.exec(bytes.toString("latin1", start + 12, headersEnd)) ?? [];
		const payload = bytes.toString("utf8", headersEnd, start + bytes.readUInt32BE(start) - 4);
		found.push({ [name]: JSON.parse(payload) });
	}
	return found;
}

function saidByBedrock(answer: Body | Body[]): Said {
	const said = nothing();
	const count = (usage: unknown) => {
		const cached = (countAt(usage, "cacheReadInputTokens") ?? 0) + (countAt(usage, "cacheWriteInputTokens") ?? 0);
		said.input = Number(at(usage, "inputTokens")) + cached;
		said.output = countAt(usage, "outputTokens");
	};
	if (!Array.isArray(answer)) {
		for (const block of listAt(answer, "output", "message", "content")) {
			said.text += textAt(block, "text");
			for (const cited of listAt(block, "citationsContent", "content")) said.text += textAt(cited, "text");
			if (at(block, "toolUse", "name") !== undefined && at(block, "toolUse", "type") === undefined)
				said.calls.push([textAt(block, "toolUse", "name"), at(block, "toolUse", "input")]);
		}
		said.finish = bedrockReasons[textAt(answer, "stopReason")];
		count(answer.usage);
		return said;
	}
	const calls = new Map<unknown, { name: string; text: string }>();
	for (const event of answer) {
		const start = at(event, "contentBlockStart");
		if (at(start, "start", "toolUse", "name") !== undefined && at(start, "start", "toolUse", "type") === undefined)
			calls.set(at(start, "contentBlockIndex"), { name: textAt(start, "start", "toolUse", "name"), text: "" });
		const delta = at(event, "contentBlockDelta");
		said.text += textAt(delta, "delta", "text");
		const call = calls.get(at(delta, "contentBlockIndex"));
		if (call !== undefined) call.text += textAt(delta, "delta", "toolUse", "input");
		if (event.messageStop !== undefined) said.finish = bedrockReasons[textAt(event, "messageStop", "stopReason")];
		if (event.metadata !== undefined) count(at(event, "metadata", "usage"));
	}
	said.calls = [...calls.values()].map(({ name, text }) => [name, inputOf(text)]);
	return said;
}

const vendors: Readonly<Record<string, Vendor>> = {
	cohere: {
		apis: ["v2/chat"],
		base: "/v2",
		path: () => "/v2/chat",
		said: saidByCohere,
		objects: (bytes) => eventsIn(bytes.toString()),
	},
	bedrock: {
		apis: ["converse", "converse-stream"],
		base: "",
		path: (isStream) => `/model/vendor-model/converse${isStream ? "-stream" : ""}`,
		said: saidByBedrock,
		objects: framesOf,
	},
	ollama: {
		apis: ["chat"],
		base: "/v1",
		path: () => "/api/chat",
		said: saidByOllama,
		objects: (bytes) => linesOf(bytes),
		settings: { ollama: { contextLength: 8192 } },
	},
};

const results = new Map<string, [chat: number, messages: number, all: number]>();

async function replay(provider: string, exchange: RecordedExchange, pieceBytes: number) {
	const { base, settings } = vendors[provider] as Vendor;
	const host = await startAiHost(async (_request, response) => {
		const { status, headers } = exchange.response;
		response.writeHead(status, { "content-type": headers["content-type"] ?? "application/json" });
		const bytes = recordedBytes(exchange);
		for (let at = 0; at < bytes.length; at += pieceBytes) {
			response.write(bytes.subarray(at, at + pieceBytes));
			await new Promise(setImmediate);
		}
		response.end();
	});
	onTestFinished(() => host.close());
	const vendor = upstream("vendor", host.url + base, { provider, key: "secret", ...settings });
	const routing = { upstreams: [vendor], routes: [route(["vendor/vendor-model"])] };
	const gateway = await startGateway("127.0.0.1", { overlay: openAiOverlay() }, routing);
	onTestFinished(() => gateway.stop());
	const ask = async (path: string, more: Body = {}) => {
		const { stream } = exchange;
		const response = await fetch(gateway.url + path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({
				model: "test-model",
				messages: [{ role: "user", content: "?" }],
				...(stream ? { stream } : {}),
				...more,
			}),
		});
		expect(response.status).toBe(exchange.response.status);
		expect(host.received[0]?.url).toBe(vendors[provider]?.path(stream));
		return response.text();
	};
	return ask;
}

describe.each(Object.entries(vendors))("%s", (name, vendor) => {
	const exchanges = exchangesWith(name).filter(({ api }) => vendor.apis.includes(api));
	const cases = exchanges.map((exchange) => [exchange.id, exchange] as const);
	const result: [number, number, number] = [0, 0, exchanges.length];
	results.set(name, result);

	function expectSame(exchange: RecordedExchange, said: Said): void {
		const bytes = recordedBytes(exchange);
		const expected = vendor.said(exchange.stream ? vendor.objects(bytes) : JSON.parse(bytes.toString()));
		const { input, output, ...words } = expected;
		expect(said).toMatchObject(words);
		if (input !== undefined) expect([said.input, said.output]).toEqual([input, output]);
	}

	test.each(cases)("%s as a chat completion", async (_id, exchange) => {
		const { stream, response } = exchange;
		const ask = await replay(name, exchange, 7919);
		const text = await ask("/v1/chat/completions", stream ? { stream_options: { include_usage: true } } : {});
		if (response.status !== 200) expect(JSON.parse(text).error.message).toBe(messageOf(exchange));
		else expectSame(exchange, stream ? saidByChat(eventsIn(text)) : saidByChat(JSON.parse(text)));
		if (stream) expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
		result[0] += 1;
	});

	test.each(cases)("%s as a message", async (_id, exchange) => {
		const { stream, response } = exchange;
		const ask = await replay(name, exchange, 101);
		const text = await ask("/v1/messages", { max_tokens: 1000 });
		if (response.status !== 200) expect(JSON.parse(text).error.message).toContain(messageOf(exchange));
		else expectSame(exchange, stream ? saidByMessages(eventsIn(text)) : saidByMessages(JSON.parse(text)));
		result[1] += 1;
	});
});

function messageOf(exchange: RecordedExchange): string {
	const { message, Message } = JSON.parse(recordedBytes(exchange).toString()) as Record<string, string>;
	return message ?? Message ?? "";
}

afterAll(() => {
	const rows = [...results].map(([name, [chat, messages, all]]) => `| ${name} | ${chat}/${all} | ${messages}/${all} |`);
	console.log(["| provider | as chat completions | as Messages |", "|---|---|---|", ...rows].join("\n"));
	const page = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8");
	for (const row of rows) expect(page).toContain(row);
});
