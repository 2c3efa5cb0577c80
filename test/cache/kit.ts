/** An upstream that counts its answers, so that each shows whether it was made for the request or before, and gateways that keep them. */
import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import type { Surroundings } from "../../src/gateway/gateway.js";
import type { CacheSettings, Routing } from "../../src/settings/routes.js";
import { readSettings, type Settings } from "../../src/settings/settings.js";
import { chunk, sendJson, startAiHost, startStream, type TestHost } from "../kit/aiHost.js";
import { openAiOverlay, startGateway, type TestGateway } from "../kit/gateway.js";

export interface CountingHost extends TestHost {
	/** Answers wait until this is called. */
	release(): void;
	/** Answers to come wait. */
	hold(): void;
}

interface Body {
	model: string;
	stream?: boolean;
	stream_options?: { include_usage?: boolean };
	messages?: { content: string | { text: string }[] }[];
	input?: string | string[];
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const call = { id: "call_1", type: "function", function: { name: "look", arguments: "{}" } };

/** The first word of the last message says how an answer ends. */
const endings: Readonly<Record<string, { finish: string; message?: object }>> = {
	Long: { finish: "length" },
	Bad: { finish: "content_filter" },
	Call: { finish: "tool_calls", message: { content: null, tool_calls: [{ index: 0, ...call }] } },
	/** More than is kept. */
	Large: { finish: "stop", message: { content: `Answer ${"x".repeat(6 * 1024 * 1024)}` } },
	Refuse: { finish: "stop", message: { content: null, refusal: "No." } },
};

/** Answers chat completions with `Answer 1`, `Answer 2` …, and embeddings by the words of a text. */
export async function startCountingHost(): Promise<CountingHost> {
	let count = 0;
	let held: (() => void)[] | undefined;
	const pass = () => new Promise<void>((resolve) => (held === undefined ? resolve() : held.push(resolve)));
	const host = await startAiHost(async (request, response) => {
		const body = JSON.parse(request.body.toString()) as Body;
		if (request.url.endsWith("/embeddings")) return embed(body, response);
		count += 1;
		const number = count;
		await pass();
		const [word = ""] = textOf(body).split(" ");
		if (word === "Fail") return sendJson(response, { error: { message: "It broke.", type: "server_error" } }, 500);
		if (word === "Wrong") return sendJson(response, { error: { message: "Not so." } }, 400);
		const { finish, message = { content: `Answer ${number}` } } = endings[word] ?? { finish: "stop" };
		const facts = { id: `chatcmpl-${number}`, created: 1_700_000_000, model: "behind-it" };
		if (!body.stream) {
			const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }];
			return sendJson(response, { ...facts, object: "chat.completion", choices, usage });
		}
		startStream(response);
		response.write(chunk({ role: "assistant", ...message }));
		if (word === "Cut") return response.destroy();
		response.write(chunk({}, finish));
		if (body.stream_options?.include_usage)
			response.write(`data: ${JSON.stringify({ ...facts, choices: [], usage })}\n\n`);
		return response.end("data: [DONE]\n\n");
	});
	onTestFinished(() => host.close());
	return Object.assign(host, {
		hold: () => {
			held ??= [];
		},
		release() {
			const waiting = held ?? [];
			held = undefined;
			for (const go of waiting) go();
		},
	});
}

function textOf({ messages = [] }: Body): string {
	const content = messages.at(-1)?.content ?? "";
	return typeof content === "string" ? content : content.map(({ text }) => text).join("");
}

/** Texts with the same words have the same direction. */
function embed({ input = "" }: Body, response: ServerResponse): void {
	const data = [input].flat().map((text, index) => ({ object: "embedding", index, embedding: vectorOf(text) }));
	sendJson(response, { object: "list", model: "vectors", data, usage: { prompt_tokens: 4, total_tokens: 4 } });
}

function vectorOf(text: string): number[] {
	const vector = new Array<number>(32).fill(0);
	for (const word of text.toLowerCase().match(/\w+/g) ?? []) {
		const at = [...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 32, 7);
		vector[at] = (vector[at] ?? 0) + 1;
	}
	return vector;
}

export const hour: CacheSettings = {
	ageMs: 3_600_000,
	scope: "key",
	isOnRequest: false,
	sampled: "never",
	tools: "never",
};

/** All models go to the host, with a price, and are cached. */
export function cachedRouting(host: { url: string }, cache: Partial<CacheSettings> = {}): Routing {
	const { routing } = readSettings({ aihost: host.url, bindport: "0" }, {});
	const cost = { input: 1_000, output: 2_000 };
	return {
		upstreams: routing.upstreams,
		routes: routing.routes.map((route) => ({
			...route,
			cache: { ...hour, ...cache },
			stages: route.stages.map((stage) => ({
				...stage,
				targets: stage.targets.map((target) => (target.kind === "target" ? { ...target, cost } : target)),
			})),
		})),
	};
}

export interface CachingGateway extends TestGateway {
	/** Posts below `/v1`, by default a chat completion. */
	ask(body: object, headers?: Record<string, string>, path?: string): Promise<Told>;
}

export interface Told {
	readonly status: number;
	/** `Cache-Status` without the name of the cache, `hit; ttl=3599`. */
	readonly cache: string;
	readonly headers: Headers;
	readonly text: string;
}

export async function cachingGateway(
	host: { url: string },
	cache: Partial<CacheSettings> = {},
	flags: Record<string, unknown> = {},
	more: Partial<Settings> = {},
	surroundings: Partial<Surroundings> = {},
): Promise<CachingGateway> {
	const settings = { overlay: openAiOverlay(), ...flags };
	const gateway = await startGateway(host.url, settings, cachedRouting(host, cache), more, surroundings);
	onTestFinished(() => gateway.stop());
	return Object.assign(gateway, { ask: askerOf(gateway.url) });
}

export function askerOf(url: string) {
	return async (body: object, headers: Record<string, string> = {}, path = "/v1/chat/completions"): Promise<Told> => {
		const response = await fetch(url + path, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: typeof body === "string" ? body : JSON.stringify(body),
		});
		const cache = (response.headers.get("cache-status") ?? "").replace(/^llmgw; /, "");
		return { status: response.status, cache, headers: response.headers, text: await response.text() };
	};
}

/** A request that is answered the same each time. */
export function question(content = "Hello", more: object = {}): object {
	return { model: "m", temperature: 0, messages: [{ role: "user", content }], ...more };
}

/** The text of an answer, whichever form it has. */
export function answerIn(text: string): string {
	return /Answer \d+/.exec(text)?.[0] ?? "";
}
