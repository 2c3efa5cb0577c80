import { randomBytes } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HostAnswer, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { audioFile, formBytes, partsIn, postForm } from "../kit/forms.js";
import { gatewayFor } from "../kit/gateway.js";

const transcript = { text: "Hello there", usage: { type: "duration", seconds: 3 } };

async function hostFor(answer: HostAnswer = (_request, response) => sendJson(response, transcript)): Promise<TestHost> {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

const sound = randomBytes(5_000);

describe("a transcription", () => {
	test("reaches the upstream with its file and its fields, in whichever order they come", async () => {
		const host = await hostFor();
		const gateway = await gatewayFor(host);
		const fields = [
			{ name: "model", value: "whisper-1" },
			{ name: "temperature", value: "0.20" },
		];
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
