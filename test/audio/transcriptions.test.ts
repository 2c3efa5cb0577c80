import { randomBytes } from "node:crypto";
import OpenAI, { toFile } from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HostAnswer, sendJson, startAiHost, startDemoHost, type TestHost } from "../kit/aiHost.js";
import { audioFile, formBytes, partsIn, postForm } from "../kit/forms.js";
import { gatewayFor } from "../kit/gateway.js";
import { loggedGateway } from "../kit/logged.js";

const transcript = { text: "Hello there", usage: { type: "duration", seconds: 3 } };

async function hostFor(answer: HostAnswer = (_request, response) => sendJson(response, transcript)): Promise<TestHost> {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

const model = { name: "model", value: "whisper-1" };
const sound = randomBytes(5_000);

describe("a transcription", () => {
	test("reaches the upstream with its file and its fields, in whichever order they come", async () => {
		const host = await hostFor();
		const gateway = await gatewayFor(host);
		const fields = [model, { name: "temperature", value: "0.20" }];
		for (const parts of [
			[...fields, audioFile(sound)],
			[audioFile(sound), ...fields],
		]) {
			const response = await postForm(gateway.url, formBytes(parts));
			expect(await response.json()).toEqual(transcript);
			const { url, body, headers } = host.received.at(-1) as TestHost["received"][number];
			expect(url).toBe("/v1/audio/transcriptions");
			expect(headers["content-length"]).toBe(String(body.length));
			expect(new Map(await partsIn(body, headers["content-type"]))).toEqual(
				new Map<string, unknown>([
					["model", "whisper-1"],
					["temperature", "0.20"],
					["file", { filename: "speech.wav", type: "audio/wav", bytes: sound }],
				]),
			);
		}
	});
});

describe("a transcript", () => {
	test.each([
		["json", "application/json", '{"text":"Hi"}'],
		["text", "text/plain; charset=utf-8", "data: that is what she said\n"],
		["text", "application/json", '"Hi"'],
		["srt", "text/plain; charset=utf-8", "1\n00:00:00,000 --> 00:00:01,000\nHi\n"],
		["vtt", "text/vtt", "WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n"],
		["verbose_json", "application/json", '{"task":"transcribe","duration":2.5,"text":"Hi","segments":[]}'],
		["diarized_json", "application/json", '{"text":"Hi","segments":[{"speaker":"A","text":"Hi"}]}'],
	])("comes as %s (%s)", async (format, type, body) => {
		const host = await hostFor((_request, response) => response.writeHead(200, { "content-type": type }).end(body));
		const gateway = await gatewayFor(host);
		const fields = [model, { name: "response_format", value: format }];
		const response = await postForm(gateway.url, formBytes([...fields, audioFile(sound)]));
		expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([200, type, body]);
	});

	test.each([
		["its usage", { text: "Hi", usage: { type: "duration", seconds: 9 } }, { units: { audio_seconds: 9 } }],
		["its duration", { text: "Hi", duration: 2.5, words: [] }, { units: { audio_seconds: 2.5 } }],
		[
			"Mistral",
			{ text: "Hi", usage: { prompt_audio_seconds: 4, prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 } },
			{ units: { audio_seconds: 4 }, tokens: { input: 5, output: 6 } },
		],
		[
			"tokens",
			{
				text: "Hi",
				usage: {
					type: "tokens",
					input_tokens: 14,
					input_token_details: { text_tokens: 4, audio_tokens: 10 },
					output_tokens: 45,
					total_tokens: 59,
				},
			},
			{ tokens: { input: 14, audio_input: 10, output: 45 } },
		],
	])("is counted by %s", async (_what, answered, logged) => {
		const host = await hostFor((_request, response) => sendJson(response, answered));
		const gateway = await loggedGateway(host);
		const line = gateway.nextLine();
		await (await postForm(gateway.url, formBytes([model, audioFile(sound)]))).text();
		expect(await line).toMatchObject({ operation: "createTranscription", model: "whisper-1", ...logged });
	});

	const streams = {
		"OpenAI's events": [
			'data: {"type":"transcript.text.delta","delta":"Hel"}\n\n',
			'data: {"type":"transcript.text.delta","delta":"lo"}\n\n',
			'data: {"type":"transcript.text.done","text":"Hello","usage":{"type":"duration","seconds":3}}\n\n',
		],
		"vLLM's chunks": [
			'data: {"object":"transcription.chunk","choices":[{"delta":{"content":"Hel"}}]}\n\n',
			'data: {"object":"transcription.chunk","choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}],"usage":{"type":"duration","seconds":3}}\n\n',
			"data: [DONE]\n\n",
		],
	};
	test.each(Object.entries(streams))("comes piece by piece as %s", async (_whose, events) => {
		const host = await hostFor((_request, response) =>
			response.writeHead(200, { "content-type": "text/event-stream" }).end(events.join("")),
		);
		const gateway = await loggedGateway(host);
		const line = gateway.nextLine();
		const fields = [model, { name: "stream", value: "true" }];
		const response = await postForm(gateway.url, formBytes([...fields, audioFile(sound)]));
		expect(await response.text()).toBe(events.join(""));
		expect(await line).toMatchObject({ stream: true, status: 200, units: { audio_seconds: 3 } });
	});

	test("that breaks off is not taken for a whole one", async () => {
		const host = await hostFor((_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.end(streams["OpenAI's events"].slice(0, 2).join(""));
		});
		const gateway = await gatewayFor(host);
		const fields = [model, { name: "stream", value: "true" }];
		const response = await postForm(gateway.url, formBytes([...fields, audioFile(sound)]));
		expect(await response.text()).toMatch(/"delta":"lo"[\s\S]*"error":\{"message":"The upstream ended the stream/);
	});
});

test("OpenAI's SDK gets a transcript, a translation and a stream of the demo host", async () => {
	const host = await startDemoHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host);
	const client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "test", maxRetries: 0 });
	const file = await toFile(sound, "speech.wav", { type: "audio/wav" });
	const said = await client.audio.transcriptions.create({ file, model: "whisper-1" });
	const translated = await client.audio.translations.create({ file, model: "whisper-1", response_format: "srt" });
	const stream = await client.audio.transcriptions.create({ file, model: "whisper-1", stream: true });
	let text = "";
	for await (const event of stream) if (event.type === "transcript.text.delta") text += event.delta;
	expect(text).toBe(said.text);
	expect(translated).toContain(text);
	const verbose = { file, model: "whisper-1", response_format: "verbose_json" } as const;
	expect(await client.audio.translations.create(verbose)).toMatchObject({ task: "translate", text });
	expect(await client.audio.transcriptions.create(verbose)).toMatchObject({ task: "transcribe", text });
	const speech = await client.audio.speech.create({ model: "tts-1", voice: "alloy", input: "Hello" });
	expect(Buffer.from(await speech.arrayBuffer()).toString("latin1", 0, 4)).toBe("RIFF");
});
