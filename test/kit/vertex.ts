/** Gateways in front of a server that stands in for Vertex AI. */
import { onTestFinished } from "vitest";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { type HostAnswer, startAiHost } from "./aiHost.js";
import { openAiOverlay, startGateway } from "./gateway.js";
import { route, upstream } from "./routing.js";

export const place = "/projects/my-project/locations/europe-west4";
export const claude = "claude-sonnet-4-5@20250929";

/** Every model goes to Vertex AI under the name that the client has for it, `test-model` as `gemini-3-flash`. */
export async function vertexGateway(
	answer: HostAnswer,
	more: Partial<UpstreamSettings> = {},
	whenDone: (close: () => Promise<void>) => void = onTestFinished,
) {
	const host = await startAiHost(answer);
	whenDone(() => host.close());
	const vendor = upstream("vertex", `${host.url}/v1beta1${place}`, { provider: "vertex", key: "ya29.secret", ...more });
	const retry = { ...route([]).retry, attempts: 1 };
	const routes = [route(["vertex/gemini-3-flash"], { retry }), route(["vertex"], { models: ["*"], retry })];
	const gateway = await startGateway("127.0.0.1", { overlay: openAiOverlay() }, { upstreams: [vendor], routes });
	whenDone(() => gateway.stop());
	const post = (path: string, body: object, headers: Record<string, string> = {}) =>
		fetch(gateway.url + path, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify(body),
		});
	const sent = () => {
		const request = host.received.at(-1);
		if (request === undefined) throw new Error("Vertex AI was asked nothing");
		return { url: request.url, headers: request.headers, text: request.body.toString() };
	};
	return { host, gateway, post, sent };
}

const usage = { input_tokens: 10, output_tokens: 5 };

/** A whole message of Claude's, as Vertex AI has it. */
export const message = (text: string) => ({
	id: "msg_vrtx_1",
	type: "message",
	role: "assistant",
	model: "claude-sonnet-4-5-20250929",
	content: [{ type: "text", text }],
	stop_reason: "end_turn",
	stop_sequence: null,
	usage,
});

const event = (name: string, more: object) => `event: ${name}\ndata: ${JSON.stringify({ type: name, ...more })}\n\n`;

/** The same as a stream, with the event that Vertex AI adds. */
export const messageEvents = (words: readonly string[]) => [
	event("message_start", { message: { ...message(""), content: [], stop_reason: null } }),
	event("vertex_event", { usage: { ...usage, tiers: {} } }),
	event("ping", {}),
	event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
	...words.map((text) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text } })),
	event("content_block_stop", { index: 0 }),
	event("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage }),
	event("message_stop", {}),
];

/** Google's own envelope. */
export const googleError = (code: number, status: string, text: string) => ({ error: { code, message: text, status } });
