/** Official SDKs, unmodified, through a gateway to Gemini and to Claude on Vertex AI. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HostAnswer, sendJson } from "../kit/aiHost.js";
import { content } from "../kit/geminiScene.js";
import { claude, googleError, message, messageEvents, vertexGateway } from "../kit/vertex.js";

const gemini = "gemini-3-flash";
const words = ["Hel", "lo"];

/** Says the same by either vendor's model. */
const answer: HostAnswer = ({ url, body }, response) => {
	const isGoogles = url.includes("/publishers/google/");
	if (body.includes("Fail"))
		return sendJson(response, [googleError(429, "RESOURCE_EXHAUSTED", "Slower, please.")], 429);
	if (!/stream/i.test(url)) return sendJson(response, isGoogles ? content([{ text: "Hello" }]) : message("Hello"));
	response.writeHead(200, { "content-type": "text/event-stream" });
	const pieces = words.map((text) => ({ candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0 }] }));
	const events = isGoogles
		? [...pieces, content([{ text: "" }])].map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`)
		: messageEvents(words);
	for (const event of events) response.write(event);
	return response.end();
};

let scene: Awaited<ReturnType<typeof vertexGateway>>;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
	scene = await vertexGateway(answer, {}, (close) => void closing.push(close));
});
afterAll(async () => {
	for (const close of closing.reverse()) await close();
});

describe.each([gemini, claude])("%s", (model) => {
	test("by Anthropic's SDK", async () => {
		const client = new Anthropic({ apiKey: "client", baseURL: scene.gateway.url, maxRetries: 0 });
		const asked = { model, max_tokens: 5, messages: [{ role: "user" as const, content: "Hello" }] };
		expect((await client.messages.create(asked)).content).toMatchObject([{ type: "text", text: "Hello" }]);
		const heard: string[] = [];
		const stream = client.messages.stream(asked).on("text", (text) => void heard.push(text));
		expect((await stream.finalMessage()).stop_reason).toBe("end_turn");
		expect(heard.join("")).toBe("Hello");
		const failing = { ...asked, messages: [{ role: "user" as const, content: "Fail" }] };
		await expect(client.messages.create(failing)).rejects.toMatchObject({
			status: 429,
			error: { error: { type: "rate_limit_error", message: "Slower, please." } },
		});
	});

	test("by OpenAI's SDK: chat completions and responses", async () => {
		const client = new OpenAI({ apiKey: "client", baseURL: scene.gateway.baseUrl, maxRetries: 0 });
		const asked = { model, messages: [{ role: "user" as const, content: "Hello" }] };
		const whole = await client.chat.completions.create(asked);
		expect(whole.choices).toMatchObject([{ message: { content: "Hello" }, finish_reason: "stop" }]);
		const final = await client.chat.completions.stream(asked).finalChatCompletion();
		expect(final.choices).toMatchObject([{ message: { content: "Hello" }, finish_reason: "stop" }]);
		expect((await client.responses.create({ model, input: "Hello" })).output_text).toBe("Hello");
		const failing = { model, messages: [{ role: "user" as const, content: "Fail" }] };
		await expect(client.chat.completions.create(failing)).rejects.toMatchObject({
			status: 429,
			message: expect.stringContaining("Slower, please."),
		});
	});

	test("by Google's SDK", async () => {
		const client = new GoogleGenAI({ apiKey: "client", httpOptions: { baseUrl: scene.gateway.url } });
		expect((await client.models.generateContent({ model, contents: "Hello" })).text).toBe("Hello");
		let text = "";
		for await (const chunk of await client.models.generateContentStream({ model, contents: "Hello" }))
			text += chunk.text ?? "";
		expect(text).toBe("Hello");
		await expect(client.models.generateContent({ model, contents: "Fail" })).rejects.toThrow("Slower, please.");
	});
});
