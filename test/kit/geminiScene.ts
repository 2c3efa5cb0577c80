/** One gateway for a file's tests of Google's dialect, in front of an upstream that speaks it and one of chat completions. */
import { afterAll, beforeAll } from "vitest";
import { type HostAnswer, startAiHost, type TestHost } from "./aiHost.js";
import { startGateway, type TestGateway, withoutRateLimit } from "./gateway.js";
import { route, target, upstream } from "./routing.js";
import type { Json } from "./translated.js";

export interface GeminiScene {
	readonly gateway: TestGateway;
	readonly google: TestHost;
	readonly chat: TestHost;
	/** What an upstream is to answer from now on, both of them without any request so far. */
	answer(of: { google?: HostAnswer; chat?: HostAnswer }): void;
	post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
	/** The JSON of an answer, whatever its status. */
	ask(path: string, body: unknown, headers?: Record<string, string>): Promise<Json>;
	/** What an upstream was asked last. */
	sent(host: "google" | "chat"): {
		url: string;
		json: Json;
		bytes: Buffer;
		headers: TestHost["received"][number]["headers"];
	};
}

/** Its models: `gem` is `gemini-3-pro-preview` at Google's, `gpt` is `real-chat`; all others go to Google's as they are. */
export function geminiScene(flags: Record<string, unknown> = {}): GeminiScene {
	const scene = {} as { -readonly [Name in keyof GeminiScene]: GeminiScene[Name] };
	let answers: { google?: HostAnswer; chat?: HostAnswer } = {};
	const nothing: HostAnswer = (_request, response) => response.writeHead(500).end();
	const listening = { listsModels: true };
	beforeAll(async () => {
		scene.google = await startAiHost((...all) => (answers.google ?? nothing)(...all), listening);
		scene.chat = await startAiHost((...all) => (answers.chat ?? nothing)(...all), listening);
		const upstreams = [
			upstream("google", `${scene.google.url}/v1beta`, { provider: "gemini", key: "the-google-key" }),
			upstream("chat", `${scene.chat.url}/v1`, { key: "the-chat-key" }),
		];
		const routes = [
			route([target("google/gemini-3-pro-preview")], { models: ["gem"] }),
			route([target("chat/real-chat")], { models: ["gpt", "org/gpt", "tunedModels/gpt"] }),
			route([target("google")], { models: ["*"] }),
		];
		for (const { retry } of routes) Object.assign(retry, { ...route([]).retry, attempts: 1 });
		scene.gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit(), ...flags }, { upstreams, routes });
	});
	afterAll(async () => {
		await scene.gateway.stop();
		await scene.google.close();
		await scene.chat.close();
	});
	scene.answer = (of) => {
		answers = of;
		scene.google.received.length = 0;
		scene.chat.received.length = 0;
	};
	scene.post = (path, body, headers = {}) =>
		fetch(scene.gateway.url + path, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: typeof body === "string" ? body : JSON.stringify(body),
		});
	scene.ask = async (path, body, headers) => (await (await scene.post(path, body, headers)).json()) as Json;
	scene.sent = (host) => {
		const request = scene[host].received.at(-1);
		if (request === undefined) throw new Error(`${host} was asked nothing`);
		const { url, body, headers } = request;
		return { url, json: JSON.parse(body.toString() || "null") as Json, bytes: body, headers };
	};
	return scene;
}

/** A whole answer of Google's. */
export const content = (parts: readonly Json[], more: Json = {}) => ({
	candidates: [{ content: { parts, role: "model" }, finishReason: "STOP", index: 0 }],
	usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 3, totalTokenCount: 18 },
	modelVersion: "gemini-3-pro-preview",
	responseId: "r1",
	...more,
});
