/** Transcripts of whisper.cpp's server, for clients of OpenAI's. */
import { randomBytes } from "node:crypto";
import OpenAI, { toFile } from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HostAnswer, sendJson, startAiHost, startDemoHost } from "../kit/aiHost.js";
import { audioFile, formBytes, partsIn, postForm } from "../kit/forms.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { nextRecord } from "../kit/usage.js";

const sound = randomBytes(5_000);
const said: HostAnswer = (_request, response) => sendJson(response, { text: "Hello there" });

async function start(answer = said, base = "") {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const gateway = await gatewayWith({
		upstreams: [upstream("one", host.url.replace(/\/v1$/, "") + base, { provider: "whispercpp" })],
		routes: [route([target("one")], { models: ["*"] })],
	});
	const ask = (fields: Record<string, string> = {}, path = "/v1/audio/transcriptions") => {
		const parts = Object.entries({ model: "whisper-1", ...fields }).map(([name, value]) => ({ name, value }));
		return postForm(gateway.url, formBytes([...parts, audioFile(sound)]), {}, path);
	};
	const sent = async () => {
		const { url, body, headers } = host.received.at(-1) ?? {};
		const parts = await partsIn(body ?? Buffer.alloc(0), headers?.["content-type"]);
		return { url, fields: Object.fromEntries(parts) };
	};
	return { host, gateway, ask, sent };
}

const file = { filename: "speech.wav", type: "audio/wav", bytes: sound };

describe("whisper.cpp", () => {
	test("is asked at its own path, and detects the language unless it is told", async () => {
		const { ask, sent } = await start();
		expect(await (await ask()).json()).toEqual({ text: "Hello there" });
		expect(await sent()).toEqual({ url: "/inference", fields: { model: "whisper-1", language: "auto", file } });
		await (await ask({ language: "de", temperature: "0.20" })).text();
		expect((await sent()).fields).toEqual({ model: "whisper-1", language: "de", temperature: "0.20", file });
	});

	test("translates where a translation is asked for", async () => {
		const { ask, sent } = await start();
		await (await ask({}, "/v1/audio/translations")).text();
		expect(await sent()).toMatchObject({ url: "/inference", fields: { language: "auto", translate: "true" } });
	});

	test("is asked at OpenAI's path where its URL says so", async () => {
		const { ask, sent } = await start(said, "/v1");
		await (await ask({}, "/v1/audio/translations")).text();
		expect(await sent()).toMatchObject({ url: "/v1/audio/transcriptions", fields: { translate: "true" } });
	});

	test("gives text that is labelled as text", async () => {
		const { ask } = await start((_request, response) =>
			response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(" Hello there\n"),
		);
		const response = await ask({ response_format: "text" });
		expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
			200,
			"text/plain; charset=utf-8",
			" Hello there\n",
		]);
	});

	test("says how long a recording is in its verbose answer", async () => {
		const verbose = { task: "transcribe", language: "english", duration: 2.5, text: "Hello there", segments: [] };
		const { ask, gateway } = await start((_request, response) => sendJson(response, verbose));
		const recorded = nextRecord(gateway);
		await (await ask({ response_format: "verbose_json" })).text();
		expect(await recorded).toMatchObject({ units: { audio_seconds: 2.5 }, tokens: null, isEstimated: false });
	});

	test("refuses in its own words", async () => {
		const { ask } = await start((_request, response) =>
			sendJson(response, { error: "failed to read audio data" }, 400),
		);
		const response = await ask();
		expect([response.status, await response.text()]).toEqual([
			400,
			expect.stringContaining("failed to read audio data"),
		]);
	});
});

test("OpenAI's SDK gets a transcript and a stream of the demo host's", async () => {
	const host = await startDemoHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayWith({
		upstreams: [upstream("one", host.url.replace(/\/v1$/, ""), { provider: "whispercpp" })],
		routes: [route([target("one")], { models: ["*"] })],
	});
	const client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "test", maxRetries: 0 });
	const recording = await toFile(sound, "speech.wav", { type: "audio/wav" });
	const asked = { file: recording, model: "whisper-1" };
	const { text } = await client.audio.transcriptions.create(asked);
	const srt = await client.audio.translations.create({ ...asked, response_format: "srt" });
	expect(srt).toContain(text);
	const verbose = await client.audio.translations.create({ ...asked, response_format: "verbose_json" });
	expect(verbose).toMatchObject({ task: "translate", text });
	let streamed = "";
	const stream = await client.audio.transcriptions.create({ ...asked, stream: true });
	for await (const event of stream) if (event.type === "transcript.text.delta") streamed += event.delta;
	expect(streamed).toBe(text);
});
