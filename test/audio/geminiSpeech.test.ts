/** OpenAI's speech at Gemini's models, which answer with samples. */
import { describe, expect, onTestFinished, test } from "vitest";
import { type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { errorOf } from "../kit/gateway.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";

const samples = Buffer.from([1, 0, 2, 0, 3, 0]);
const spoken = {
	candidates: [
		{
			content: {
				role: "model",
				parts: [{ inlineData: { mimeType: "audio/L16;codec=pcm;rate=16000", data: samples.toString("base64") } }],
			},
			finishReason: "STOP",
		},
	],
	modelVersion: "gemini-tts",
	usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 20, totalTokenCount: 24 },
};

async function speak(body: object, answer: HostAnswer = (_request, response) => sendJson(response, spoken)) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const gateway = await gatewayWith({
		upstreams: [upstream("google", `${host.url}/v1beta`, { provider: "gemini", key: "k" })],
		routes: [route([target("google/gemini-tts")])],
	});
	const response = await fetch(`${gateway.url}/v1/audio/speech`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ model: "test-model", input: "Hello", ...body }),
	});
	return { host, response };
}

describe("speech of Gemini's", () => {
	test("is asked for in its words, and comes as a WAVE file", async () => {
		const { host, response } = await speak({ voice: "Kore", instructions: "Say it softly" });
		expect(host.received[0]?.url).toBe("/v1beta/models/gemini-tts:generateContent");
		expect(JSON.parse(String(host.received[0]?.body))).toEqual({
			contents: [{ role: "user", parts: [{ text: "Say it softly: Hello" }] }],
			generationConfig: {
				responseModalities: ["AUDIO"],
				speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
			},
		});
		expect(response.headers.get("content-type")).toBe("audio/wav");
		const wave = Buffer.from(await response.arrayBuffer());
		expect(wave.toString("latin1", 0, 4)).toBe("RIFF");
		expect(wave.readUInt32LE(24)).toBe(16_000);
		expect(wave.readUInt32LE(40)).toBe(samples.length);
		expect(wave.subarray(44).equals(samples)).toBe(true);
	});

	test("comes as samples where these are asked for, in a voice of its own in place of OpenAI's", async () => {
		const { response } = await speak({ voice: "alloy", response_format: "pcm" });
		expect(response.headers.get("content-type")).toBe("audio/pcm");
		expect(response.headers.get("x-llmgw-dropped")).toBe("voice");
		expect(Buffer.from(await response.arrayBuffer()).equals(samples)).toBe(true);
	});

	test.each([
		["mp3", { response_format: "mp3" }, /ask for wav or pcm/],
		["events", { stream_format: "sse" }, /ask for audio/],
	])("is refused as %s", async (_what, body, message) => {
		const { host, response } = await speak(body);
		expect(response.status).toBe(400);
		expect((await errorOf(response)).message).toMatch(message);
		expect(host.received).toEqual([]);
	});

	test("that has no sound in it is none", async () => {
		const { response } = await speak({}, (_request, response) =>
			sendJson(response, { candidates: [{ content: { parts: [{ text: "Hi" }] } }] }),
		);
		expect(response.status).toBe(502);
		expect((await errorOf(response)).message).toBe("The upstream's answer has no sound.");
	});
});
