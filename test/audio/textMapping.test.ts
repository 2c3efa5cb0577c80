/** `mapCompletionText` of plugins, for transcripts in each of their formats. */
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { audioFile, formBytes, postForm } from "../kit/forms.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";

const filter = `${new URL("../../examples/plugins/wordFilter.js", import.meta.url).pathname}={"words":["secret plan"]}`;

async function transcriptOf(type: string, body: string, format: Record<string, string>): Promise<string> {
	const host = await startAiHost((_request, response) => response.writeHead(200, { "content-type": type }).end(body));
	onTestFinished(() => host.close());
	const routing = { upstreams: [upstream("one", `${host.url}/v1`)], routes: [route(["one/m"])] };
	const gateway = await gatewayWith(routing, { plugin: [filter] });
	const fields = Object.entries({ model: "test-model", ...format }).map(([name, value]) => ({ name, value }));
	const response = await postForm(gateway.url, formBytes([...fields, audioFile("RIFF")]));
	expect(response.status).toBe(200);
	return response.text();
}

const json = (value: object) => JSON.stringify(value);
const srt = (text: string) =>
	`1\n00:00:00,000 --> 00:00:01,000\n${text}\n\n2\n00:00:01,000 --> 00:00:02,000\n- ${text}\n- Yes\n`;
const vtt = (text: string) => `WEBVTT\r\n\r\n00:00.000 --> 00:01.000\r\n${text}\r\n`;
const verbose = (text: string) => ({
	duration: 2,
	text,
	segments: [{ id: 0, text, words: [] }],
	words: [{ word: text }],
});

test.each<[string, string, (text: string) => string]>([
	["json", "application/json", (text) => json({ text, usage: { type: "duration", seconds: 3 } })],
	["verbose_json", "application/json", (text) => json(verbose(text))],
	["text", "text/plain", (text) => `${text}\n`],
	["text", "application/json", (text) => json(text as never)],
	["srt", "text/plain", srt],
	["srt", "text/plain", (text) => srt(`So\n\n\n${text}`)],
	["text", "text/plain", (text) => `A --> B\n\n${text} --> C`],
	["text", "text/plain", (text) => `[00:00:00.000 --> 00:00:02.000]  ${text}`],
	["vtt", "text/vtt", vtt],
])("%s (%s)", async (format, type, made) => {
	const heard = await transcriptOf(type, made("The secret plan"), { response_format: format });
	expect(heard).toBe(made("The ***"));
});

const event = (value: object) => `data: ${json(value)}\n\n`;
const delta = (text: string) => event({ type: "transcript.text.delta", delta: text });
const textsOf = (stream: string) =>
	stream
		.split("\n\n")
		.filter((one) => one.startsWith("data: {"))
		.map((one) => JSON.parse(one.slice("data: ".length)));

test("a stream of OpenAI's, over the borders of its events", async () => {
	const done = event({ type: "transcript.text.done", text: "The secret plan" });
	const segment = event({ type: "transcript.text.segment", id: "a", text: "The secret plan" });
	const stream = [delta("The sec"), delta("ret pl"), segment, delta("an"), done].join("");
	const events = textsOf(await transcriptOf("text/event-stream", stream, { stream: "true" }));
	expect(events.map(({ delta: text = "" }) => text).join("")).toBe("The ***");
	const of = (type: string) => events.filter((one) => one.type === `transcript.text.${type}`).map(({ text }) => text);
	expect([of("segment"), of("done")]).toEqual([["The ***"], ["The ***"]]);
	expect(events.at(-1)?.type).toBe("transcript.text.done");
});

test("a stream of vLLM's", async () => {
	const chunk = (content: string, reason: string | null) =>
		event({ object: "transcription.chunk", choices: [{ delta: { content }, finish_reason: reason }] });
	const stream = `${chunk("The sec", null)}${chunk("ret plan", "stop")}data: [DONE]\n\n`;
	const events = textsOf(await transcriptOf("text/event-stream", stream, { stream: "true" }));
	expect(events.map(({ choices }) => choices[0].delta.content).join("")).toBe("The ***");
});
