import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor } from "../kit/gateway.js";
import { loggedGateway } from "../kit/logged.js";

const asked = { model: "tts-1", voice: "alloy", input: "Grüße 👋" };
const sound = Buffer.concat([Buffer.from('{"error":"usage":'), randomBytes(100_000)]);

async function inFrontOf(answer: HostAnswer, flags: Record<string, unknown> = {}) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return { host, gateway: await gatewayFor(host, flags) };
}

function speak(url: string, body: object = asked, headers: Record<string, string> = {}): Promise<Response> {
	return fetch(`${url}/v1/audio/speech`, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify(body),
	});
}

const giveSound =
	(type = "audio/mpeg"): HostAnswer =>
	(_request, response) =>
		void response.writeHead(200, { "content-type": type }).end(sound);

/** An upstream that says this, and then waits. */
function beginWith(first: Buffer): { answer: HostAnswer; speaking: Promise<ServerResponse> } {
	let speak: (response: ServerResponse) => void;
	const speaking = new Promise<ServerResponse>((resolve) => {
		speak = resolve;
	});
	return {
		speaking,
		answer(_request, response) {
			response.writeHead(200, { "content-type": "audio/mpeg" }).write(first);
			speak(response);
		},
	};
}

describe("speech", () => {
	test.each(["audio/mpeg", "audio/wav", "audio/pcm", "application/octet-stream"])(
		"passes byte for byte as %s",
		async (type) => {
			const { gateway, host } = await inFrontOf(giveSound(type));
			const response = await speak(gateway.url);
			expect(response.headers.get("content-type")).toBe(type);
			expect(Buffer.from(await response.arrayBuffer()).equals(sound)).toBe(true);
			expect(host.received.map(({ url }) => url)).toEqual(["/v1/audio/speech"]);
		},
	);

	test("is heard while the upstream still speaks", async () => {
		const { answer, speaking } = beginWith(Buffer.from([0xff, 0xfb]));
		const { gateway } = await inFrontOf(answer);
		const response = await speak(gateway.url);
		const reader = (response.body as ReadableStream<Uint8Array>).getReader();
		expect((await reader.read()).value).toEqual(new Uint8Array([0xff, 0xfb]));
		(await speaking).end(Buffer.from([1]));
		expect((await reader.read()).value).toEqual(new Uint8Array([1]));
		expect((await reader.read()).done).toBe(true);
	});

	test("is left by the gateway when its client leaves", async () => {
		const { answer, speaking } = beginWith(sound);
		const { gateway } = await inFrontOf(answer);
		const leaving = new AbortController();
		const response = await fetch(`${gateway.url}/v1/audio/speech`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(asked),
			signal: leaving.signal,
		});
		expect(response.status).toBe(200);
		const left = once(await speaking, "close");
		leaving.abort();
		await left;
	});

	test("comes as events where they are asked for, with their usage", async () => {
		const events = `data: {"type":"speech.audio.delta","audio":"${sound.toString("base64")}"}\n\ndata: {"type":"speech.audio.done","usage":{"input_tokens":4,"output_tokens":9,"total_tokens":13}}\n\n`;
		const host = await startAiHost((_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" }).end(events);
		});
		onTestFinished(() => host.close());
		const gateway = await loggedGateway(host);
		const line = gateway.nextLine();
		const response = await speak(gateway.url, { ...asked, stream_format: "sse" });
		expect(await response.text()).toBe(events);
		expect(await line).toMatchObject({ stream: true, tokens: { input: 4, output: 9 }, units: { characters: 7 } });
	});

	test("is understood by OpenAI's SDK", async () => {
		const { gateway } = await inFrontOf(giveSound());
		const client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "test", maxRetries: 0 });
		const response = await client.audio.speech.create(asked);
		expect(Buffer.from(await response.arrayBuffer()).equals(sound)).toBe(true);
	});

	test("is given again to a request with the same idempotency key", async () => {
		const { gateway, host } = await inFrontOf(giveSound());
		for (let count = 0; count < 2; count += 1) {
			const response = await speak(gateway.url, asked, { "idempotency-key": "once" });
			expect(Buffer.from(await response.arrayBuffer()).equals(sound)).toBe(true);
		}
		expect(host.received).toHaveLength(1);
	});

	test("that is refused is refused in the upstream's words", async () => {
		const { gateway } = await inFrontOf((_request, response) =>
			sendJson(response, { error: { message: "No such voice", type: "invalid_request_error" } }, 400),
		);
		const response = await speak(gateway.url);
		expect(response.status).toBe(400);
		expect((await errorOf(response)).message).toBe("No such voice");
	});

	test("that is an error with status 200 is one", async () => {
		const { gateway } = await inFrontOf((_request, response) => sendJson(response, { error: { message: "Busy" } }));
		const response = await speak(gateway.url);
		expect(response.status).toBe(502);
		expect((await errorOf(response)).message).toMatch(/Busy/);
	});
});

test("the log has the size and the hash of speech, and how many characters were spoken, and nothing else of it", async () => {
	const host = await startAiHost(giveSound());
	onTestFinished(() => host.close());
	const gateway = await loggedGateway(host, { verbose: true });
	const line = gateway.nextLine();
	await (await speak(gateway.url)).arrayBuffer();
	const sha256 = createHash("sha256").update(sound).digest("hex");
	expect(await line).toMatchObject({
		operation: "createSpeech",
		units: { characters: 7 },
		answer: { bytes: sound.length, sha256 },
	});
	expect(gateway.printed.join("")).toContain(`audio/mpeg, ${sound.length} bytes`);
});
