/**
 * Recorded exchanges of Google's generateContent, with AI Studio and with Vertex AI: passed through byte for byte, and translated
 * for other vendors' clients.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HostAnswer, startAiHost, type TestHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway, withoutRateLimit } from "../kit/gateway.js";
import { recordedTable } from "../kit/recordedTable.js";
import { bodyOf, type Recording, recordingsOf, requestOf } from "../kit/recordings.js";
import { route, upstream } from "../kit/routing.js";

const recordings = recordingsOf("gemini");
const isContent = ({ action }: Recording) => action === "generateContent" || action === "streamGenerateContent";
const model = "gemini-2.5-flash";
const vertexPlace = "/v1beta1/projects/my-project/locations/global/publishers/google";

const counted = recordedTable();

function vendorOf({ id }: Recording): "vertex" | "gemini" {
	return id.includes("vertexai") ? "vertex" : "gemini";
}

/** The recorded answer, cut into pieces of so many bytes, which differ from piece to piece. */
const answering =
	(recording: Recording, seed: number): HostAnswer =>
	async (_request, response) => {
		response.writeHead(recording.response.status, { ...recording.response.headers });
		const all = Buffer.from(bodyOf(recording));
		let random = seed;
		for (let at = 0; at < all.length; ) {
			random = (random * 1103515245 + 12345) % 2147483648;
			const bytes = 1 + (random % 700);
			response.write(all.subarray(at, at + bytes));
			at += bytes;
			await new Promise(setImmediate);
		}
		response.end();
	};

let host: TestHost;
let gateway: TestGateway;
let answer: HostAnswer = () => {};

beforeAll(async () => {
	host = await startAiHost((request, response, message) => answer(request, response, message));
	const google = upstream("google", `${host.url}/v1beta`, { provider: "gemini", key: "the-upstream-key" });
	const vertex = upstream("vertex", host.url + vertexPlace.replace(/\/publishers.*/, ""), {
		provider: "vertex",
		key: "the-upstream-key",
	});
	const routes = [
		route([`vertex/${model}`], { models: ["on-vertex"] }),
		route([`google/${model}`], { models: ["on-gemini"] }),
	];
	const routing = { upstreams: [google, vertex], routes };
	gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit() }, routing);
});

afterAll(async () => {
	await gateway.stop();
	await host.close();
});

function replay(recording: Recording, seed = 7) {
	host.received.length = 0;
	answer = answering(recording, seed);
	const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
		fetch(`${gateway.url}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: typeof body === "string" ? body : JSON.stringify(body),
		});
	return { host, post };
}

interface Said {
	text: string;
	/** Names of functions with their arguments. */
	calls: { name: string; args: unknown }[];
	finish: "stop" | "length" | "tool_calls";
	input: number;
	output: number;
}

type Json = Record<string, unknown>;
interface GoogleAnswer {
	candidates?: { content?: { parts?: Part[] }; finishReason?: string }[];
	usageMetadata?: Record<string, number>;
}
interface Part {
	text?: string;
	thought?: boolean;
	functionCall?: { name?: string; args?: unknown; partialArgs?: PartialArg[]; willContinue?: boolean };
}
interface PartialArg {
	jsonPath: string;
	stringValue?: string;
	numberValue?: number;
}

/** What the recording says, by Google's documentation alone. */
function saidBy(recording: Recording): Said {
	const body = bodyOf(recording);
	const answers = (recording.stream ? dataOf(body) : [JSON.parse(body)]) as GoogleAnswer[];
	const parts = answers.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
	const text = parts.map((part) => (part.thought ? "" : (part.text ?? ""))).join("");
	const reason = answers.map(({ candidates }) => candidates?.[0]?.finishReason).findLast((one) => one !== undefined);
	const calls: { name: string; args: Json }[] = [];
	for (const { functionCall: call } of parts) {
		if (call === undefined) continue;
		if (call.name !== undefined) calls.push({ name: call.name, args: (call.args as Json) ?? {} });
		for (const piece of call.partialArgs ?? []) setAt((calls.at(-1) as { args: Json }).args, piece);
	}
	const usage = answers.at(-1)?.usageMetadata ?? {};
	const { promptTokenCount: prompt = 0, toolUsePromptTokenCount: tools = 0 } = usage;
	const { candidatesTokenCount: candidates = 0, thoughtsTokenCount: thoughts = 0 } = usage;
	const finish = reason === "MAX_TOKENS" ? "length" : calls.length > 0 ? "tool_calls" : "stop";
	return { text, calls, finish, input: prompt + tools, output: candidates + thoughts };
}

function setAt(args: Json, { jsonPath, stringValue, numberValue }: PartialArg): void {
	const keys = jsonPath
		.slice(2)
		.split(/[.[\]]+/)
		.filter((key) => key !== "");
	let place = args as Record<string, unknown>;
	for (const [at, key] of keys.slice(0, -1).entries()) {
		place[key] ??= /^\d+$/.test(keys[at + 1] ?? "") ? [] : {};
		place = place[key] as Record<string, unknown>;
	}
	const last = keys.at(-1) as string;
	place[last] = numberValue ?? ((place[last] as string | undefined) ?? "") + (stringValue ?? "");
}

function dataOf(stream: string): Json[] {
	return stream
		.split(/\r?\n/)
		.filter((line) => line.startsWith("data: {"))
		.map((line) => JSON.parse(line.slice("data: ".length)) as Json);
}

const question = { messages: [{ role: "user", content: "?" }], max_tokens: 1000 };

describe.each(recordings.map((recording) => [recording.id, recording] as const))("%s", (_id, recording) => {
	const { action = "" } = recording;
	const vendor = vendorOf(recording);
	const name = `on-${vendor}`;
	const asked = { model: name, ...question };
	const query = recording.stream ? "?alt=sse" : "";

	counted(vendor, "as they came", "passes unchanged, there and back", async () => {
		const { host, post } = replay(recording);
		const body = JSON.stringify(requestOf(recording) ?? { contents: [{ parts: [{ text: "?" }] }] }, null, 1);
		const bodyFor = (name: string) =>
			action === "batchEmbedContents" ? body.replaceAll(/"models\/[^"]*"/g, `"models/${name}"`) : body;
		const answer = await post(`/v1beta/models/${name}:${action}${query}`, bodyFor(name));
		expect(answer.status).toBe(recording.response.status);
		expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(bodyOf(recording)))).toBe(true);
		const [sent] = host.received;
		const isVertex = vendor === "vertex";
		expect(sent?.url).toBe(`${isVertex ? vertexPlace : "/v1beta"}/models/${model}:${action}${query}`);
		// What repeats the model's name is written anew.
		const isRenamed = action === "batchEmbedContents";
		if (isRenamed) expect(JSON.parse(sent?.body.toString() ?? "")).toEqual(JSON.parse(bodyFor(model)));
		else expect(sent?.body.toString()).toBe(body);
		const { "x-goog-api-key": key, authorization } = sent?.headers ?? {};
		expect(isVertex ? authorization : key).toBe(isVertex ? "Bearer the-upstream-key" : "the-upstream-key");
	});

	if (!isContent(recording)) return;

	if (recording.response.status !== 200) {
		test("is an error in each dialect, with the time to wait", async () => {
			const { post } = replay(recording);
			const { message } = (JSON.parse(bodyOf(recording)) as { error: { message: string } }).error;
			for (const [path, body] of [
				["/v1/chat/completions", asked],
				["/v1/messages", asked],
				["/v1/responses", { model: name, input: "?" }],
			] as const) {
				const answer = await post(path, body);
				expect(answer.status).toBe(recording.response.status);
				const { error } = (await answer.json()) as { error: { message: string } };
				expect(error.message).toBe(message.slice(0, 1000));
				if (bodyOf(recording).includes("RetryInfo"))
					expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
			}
		});
		return;
	}

	counted(vendor, "as chat completions", "comes as a chat completion", async () => {
		const { post } = replay(recording, 11);
		const options = recording.stream ? { stream: true, stream_options: { include_usage: true } } : {};
		const answer = await post("/v1/chat/completions", { ...asked, ...options });
		const text = await answer.text();
		expect(answer.status, text).toBe(200);
		expect(recording.stream ? ofChunks(text) : ofCompletion(JSON.parse(text))).toEqual(saidBy(recording));
		if (recording.stream) expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
	});

	counted(vendor, "as Messages", "comes as a message", async () => {
		const { post } = replay(recording, 13);
		const answer = await post("/v1/messages", { ...asked, stream: recording.stream });
		const text = await answer.text();
		expect(answer.status, text).toBe(200);
		expect(recording.stream ? ofMessageEvents(text) : ofMessage(JSON.parse(text))).toEqual(saidBy(recording));
	});

	counted(vendor, "as Responses", "comes as a response", async () => {
		const { post } = replay(recording, 17);
		const answer = await post("/v1/responses", { model: name, input: "?", stream: recording.stream });
		const text = await answer.text();
		expect(answer.status, text).toBe(200);
		const whole = recording.stream
			? dataOf(text).findLast(({ response }) => response !== undefined)?.response
			: undefined;
		expect(ofResponse((whole ?? JSON.parse(text)) as ResponseAnswer)).toEqual(saidBy(recording));
	});
});

interface ChatAnswer {
	choices: {
		message?: ChatMessage;
		delta?: ChatMessage;
		finish_reason: Said["finish"] | null;
	}[];
	usage?: { prompt_tokens: number; completion_tokens: number } | null;
}
interface ChatMessage {
	content?: string | null;
	tool_calls?: { index: number; function: { name?: string; arguments?: string } }[];
}

function ofCompletion({ choices: [choice], usage }: ChatAnswer): Said {
	const calls = (choice?.message?.tool_calls ?? []).map(({ function: { name = "", arguments: args = "" } }) => ({
		name,
		args: JSON.parse(args),
	}));
	return {
		text: choice?.message?.content ?? "",
		calls,
		finish: choice?.finish_reason as Said["finish"],
		input: usage?.prompt_tokens ?? 0,
		output: usage?.completion_tokens ?? 0,
	};
}

function ofChunks(stream: string): Said {
	const calls = new Map<number, { index: number; function: { name: string; arguments: string } }>();
	let content = "";
	let finish: Said["finish"] | null = null;
	let usage: ChatAnswer["usage"];
	for (const chunk of dataOf(stream) as unknown as ChatAnswer[]) {
		usage = chunk.usage ?? usage;
		const [choice] = chunk.choices;
		content += choice?.delta?.content ?? "";
		finish = choice?.finish_reason ?? finish;
		for (const { index, function: piece } of choice?.delta?.tool_calls ?? []) {
			const call = calls.get(index) ?? { index, function: { name: piece.name ?? "", arguments: "" } };
			call.function.arguments += piece.arguments ?? "";
			calls.set(index, call);
		}
	}
	return ofCompletion({
		choices: [{ message: { content, tool_calls: [...calls.values()] }, finish_reason: finish }],
		usage: usage ?? null,
	});
}

interface MessageAnswer {
	content: { type: string; text?: string; name?: string; input?: unknown }[];
	stop_reason: string;
	usage: { input_tokens: number; cache_read_input_tokens: number; output_tokens: number };
}

function ofMessage({ content, stop_reason: reason, usage }: MessageAnswer): Said {
	const finish = reason === "max_tokens" ? "length" : reason === "tool_use" ? "tool_calls" : "stop";
	return {
		text: content.map(({ type, text }) => (type === "text" ? text : "")).join(""),
		calls: content.filter(({ type }) => type === "tool_use").map(({ name = "", input }) => ({ name, args: input })),
		finish,
		input: usage.input_tokens + usage.cache_read_input_tokens,
		output: usage.output_tokens,
	};
}

function ofMessageEvents(stream: string): Said {
	const content: (MessageAnswer["content"][number] & { json?: string })[] = [];
	let end: { delta: { stop_reason: string }; usage: MessageAnswer["usage"] } | undefined;
	for (const event of dataOf(stream) as (Json & { delta: Record<string, string> })[]) {
		if (event.type === "content_block_start")
			content.push({ ...(event.content_block as MessageAnswer["content"][number]), json: "" });
		const block = content.at(-1);
		if (event.type === "content_block_delta" && block !== undefined) {
			if (event.delta.type === "text_delta") block.text += event.delta.text ?? "";
			if (event.delta.type === "input_json_delta") block.json += event.delta.partial_json ?? "";
		}
		if (event.type === "message_delta") end = event as unknown as typeof end;
	}
	const blocks = content.map(({ json, ...block }) => (json ? { ...block, input: JSON.parse(json) } : block));
	if (end === undefined) throw new Error("the stream has no end");
	return ofMessage({ content: blocks, stop_reason: end.delta.stop_reason, usage: end.usage });
}

interface ResponseAnswer {
	status: string;
	output: { type: string; name?: string; arguments?: string; content?: { type: string; text: string }[] }[];
	usage: { input_tokens: number; output_tokens: number };
}

function ofResponse({ status, output, usage }: ResponseAnswer): Said {
	const calls = output
		.filter(({ type }) => type === "function_call")
		.map(({ name = "", arguments: args = "" }) => ({ name, args: JSON.parse(args) }));
	const texts = output.filter(({ type }) => type === "message").flatMap(({ content = [] }) => content);
	return {
		text: texts.map(({ text }) => text).join(""),
		calls,
		finish: status === "incomplete" ? "length" : calls.length > 0 ? "tool_calls" : "stop",
		input: usage.input_tokens,
		output: usage.output_tokens,
	};
}
