/** Clients of Google's API while nothing comes: they get empty lines, since their SDK takes a comment for half an answer. */
import { expect, onTestFinished, test } from "vitest";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";

const chunk = (delta: object, reason: string | null = null) =>
	`data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;

async function streamOf(answer: HostAnswer, more = {}) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const gateway = await gatewayWith({
		upstreams: [upstream("one", `${host.url}/v1`)],
		routes: [route([target("one/m", { timeouts: { heartbeatMs: 300, holdMs: 0, ...more } })], { models: ["*"] })],
	});
	return fetch(`${gateway.url}/v1beta/models/m:streamGenerateContent?alt=sse`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "Hi" }] }] }),
	});
}

const hasComment = (text: string) => text.split("\n").some((line) => line.startsWith(":"));

test("silence before the first output is filled with empty lines", async () => {
	let finish = () => {};
	const response = await streamOf((_request, host) => {
		host.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
		finish = () => host.end(`${chunk({ content: "Hello" })}${chunk({}, "stop")}data: [DONE]\n\n`);
	});
	let text = "";
	const decoder = new TextDecoder();
	for await (const bytes of response.body ?? []) {
		text += decoder.decode(bytes, { stream: true });
		// It is the heartbeat that lets the upstream go on.
		finish();
	}
	expect(text).toMatch(/^\n+data: /);
	expect(text).toContain("Hello");
	expect(hasComment(text)).toBe(false);
});

test("an upstream's own comments do not reach them", async () => {
	const response = await streamOf((_request, host) => {
		host.writeHead(200, { "content-type": "text/event-stream" });
		host.write(": PROCESSING\n\n");
		host.write(chunk({ content: "Hello" }));
		host.end(`: PROCESSING\n\n${chunk({}, "stop")}data: [DONE]\n\n`);
	});
	const text = await response.text();
	expect(text).toContain("Hello");
	expect(hasComment(text)).toBe(false);
});
