/** A gateway in front of one upstream that speaks another dialect than its clients, and the words of the dialects. */
import { expect, onTestFinished } from "vitest";
import type { Capabilities, UpstreamSettings } from "../../src/settings/routes.js";
import { type HostAnswer, startAiHost } from "./aiHost.js";
import { gatewayWith, route, target, upstream } from "./routing.js";

export type Json = Record<string, unknown>;

export interface Over {
	readonly settings?: Partial<UpstreamSettings>;
	readonly capabilities?: Partial<Capabilities>;
	/** As the upstream names it; clients ask for `test-model`. */
	readonly model?: string;
}

/** @param answers one for each request; the last one for all that follow */
export async function translatedOver(
	answers: HostAnswer | readonly HostAnswer[],
	{ settings = {}, capabilities = {}, model = "real-model" }: Over = {},
) {
	const all = typeof answers === "function" ? [answers] : answers;
	let asked = 0;
	const host = await startAiHost((request, response, message) => {
		const answer = all[Math.min(asked, all.length - 1)] as HostAnswer;
		asked += 1;
		return answer(request, response, message);
	});
	onTestFinished(() => host.close());
	const gateway = await gatewayWith({
		upstreams: [upstream("one", `${host.url}/v1`, settings)],
		routes: [route([target(`one/${model}`, { capabilities })], { rescue: "off" })],
	});
	const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
		fetch(`${gateway.url}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify(body),
		});
	return {
		host,
		gateway,
		post,
		/** What the upstream was asked. */
		sent: (at = -1) => JSON.parse(host.received.at(at)?.body.toString() ?? "null") as Json,
		/** The JSON of an answer that must be one. */
		async ask(path: string, body: unknown): Promise<Json> {
			const response = await post(path, body);
			const text = await response.text();
			expect([response.status, text]).toEqual([200, text]);
			return JSON.parse(text) as Json;
		},
		/** The events of a stream, as JSON. */
		async stream(path: string, body: Json): Promise<Json[]> {
			const response = await post(path, { ...body, stream: true });
			const text = await response.text();
			expect([response.status, text]).toEqual([200, text]);
			return dataOf(text);
		},
	};
}

export function dropped(response: Response): string[] {
	return (response.headers.get("x-llmgw-dropped") ?? "").split(/, */).filter((name) => name !== "");
}

export function dataOf(stream: string): Json[] {
	return stream
		.split("\n")
		.filter((line) => line.startsWith("data: {"))
		.map((line) => JSON.parse(line.slice("data: ".length)) as Json);
}

export const json =
	(body: object, status = 200): HostAnswer =>
	(_request, response) => {
		response.writeHead(status, { "content-type": "application/json" });
		response.end(JSON.stringify(body));
	};

/** @param size bytes of each piece; all at once without one */
export const bytes =
	(text: string, size = Number.POSITIVE_INFINITY): HostAnswer =>
	async (_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		const all = Buffer.from(text);
		for (let at = 0; at < all.length; at += size) {
			response.write(all.subarray(at, at + size));
			await new Promise(setImmediate);
		}
		response.end();
	};

/** A chat completion. */
export const completion = (message: Json, finish = "stop") =>
	json({
		id: "c1",
		object: "chat.completion",
		created: 1,
		model: "m",
		choices: [{ index: 0, message: { role: "assistant", content: null, ...message }, finish_reason: finish }],
		usage: { prompt_tokens: 20, completion_tokens: 7, total_tokens: 27 },
	});

/** A stream of chat completions. */
export const chunks = (deltas: readonly Json[], finish = "stop", size?: number) =>
	bytes(
		[
			...deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
			{ choices: [{ index: 0, delta: {}, finish_reason: finish }] },
			{ choices: [], usage: { prompt_tokens: 20, completion_tokens: 7, total_tokens: 27 } },
		]
			.map(
				(chunk) => `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", model: "m", ...chunk })}\n\n`,
			)
			.join("")
			.concat("data: [DONE]\n\n"),
		size,
	);

export const functionCall = (id: string, name: string, text: string) => ({
	id,
	type: "function",
	function: { name, arguments: text },
});

/** A message of Anthropic's. */
export const message = (content: readonly Json[], reason = "end_turn") =>
	json({
		id: "msg_1",
		type: "message",
		role: "assistant",
		model: "m",
		content,
		stop_reason: reason,
		stop_sequence: null,
		usage: { input_tokens: 20, output_tokens: 7 },
	});

/** Events that have their names in their `type`. */
export const named = (events: readonly Json[], size?: number) =>
	bytes(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""), size);

export const anthropic = { provider: "anthropic" } as const;
export const responses = { dialects: ["openai.responses"] } as const;
