/** Google's own SDK, unmodified, over an upstream that speaks its API and over one of chat completions. */
import {
	type Content,
	FunctionCallingConfigMode,
	type GenerateContentResponse,
	GoogleGenAI,
	Type,
} from "@google/genai";
import { describe, expect, test } from "vitest";
import type { HostAnswer } from "../kit/aiHost.js";
import { content, geminiScene } from "../kit/geminiScene.js";
import { bytes, chunks, completion, functionCall, type Json, json } from "../kit/translated.js";

const scene = geminiScene();
const client = (apiVersion?: string) =>
	new GoogleGenAI({
		apiKey: "the-clients-key",
		httpOptions: { baseUrl: scene.gateway.url, ...(apiVersion === undefined ? {} : { apiVersion }) },
	});

interface Upstream {
	readonly model: string;
	readonly host: "google" | "chat";
	text(words: readonly string[]): HostAnswer;
	stream(words: readonly string[], size: number): HostAnswer;
	call(name: string, args: Json): HostAnswer;
	error(status: number, message: string): HostAnswer;
	vectors(vectors: readonly number[][]): HostAnswer;
}

const events = (all: readonly Json[], size: number) =>
	bytes(all.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join(""), size);
const ofText = (text: string) => ({ candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0 }] });

const upstreams: Upstream[] = [
	{
		model: "gem",
		host: "google",
		text: (words) => json(content([{ text: words.join("") }])),
		stream: (words, size) => events([...words.map(ofText), content([{ text: "" }])], size),
		call: (name, args) => json(content([{ functionCall: { name, args }, thoughtSignature: "c2lnbmVk" }])),
		error: (code, message) => json({ error: { code, message, status: "NOT_FOUND" } }, code),
		vectors: (vectors) => json({ embeddings: vectors.map((values) => ({ values })) }),
	},
	{
		model: "gpt",
		host: "chat",
		text: (words) => completion({ content: words.join("") }),
		stream: (words, size) => chunks([{ role: "assistant" }, ...words.map((word) => ({ content: word }))], "stop", size),
		call: (name, args) =>
			completion({ tool_calls: [functionCall("call_1", name, JSON.stringify(args))] }, "tool_calls"),
		error: (status, message) => json({ error: { message, type: "invalid_request_error" } }, status),
		vectors: (vectors) =>
			json({ object: "list", data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })) }),
	},
];

const weather = {
	name: "weather",
	description: "The weather in a city",
	parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ["city"] },
};

describe.each(upstreams)("over $host", (upstream) => {
	const { model, host } = upstream;
	const answering = (answer: HostAnswer) => scene.answer({ [host]: answer });
	const words = ["Grü", "ße, ", "👋", " from \n", "here."];

	test.each([undefined, "v1"])("gets a whole answer (version %s)", async (version) => {
		answering(upstream.text(words));
		const answer = await client(version).models.generateContent({
			model,
			contents: "Hello",
			config: { temperature: 0 },
		});
		expect(answer.text).toBe(words.join(""));
		expect(answer.candidates?.[0]?.finishReason).toBe("STOP");
	});

	test.each([1, 2, 3, 17, 4096])("gets a stream that comes in pieces of %d bytes", async (size) => {
		answering(upstream.stream(words, size));
		let text = "";
		let last: GenerateContentResponse | undefined;
		for await (const chunk of await client().models.generateContentStream({ model, contents: "Hello" })) {
			text += chunk.text ?? "";
			last = chunk;
		}
		expect(text).toBe(words.join(""));
		expect(last?.candidates?.[0]?.finishReason).toBe("STOP");
	});

	test("chats with a tool", async () => {
		const chat = client().chats.create({
			model,
			config: {
				tools: [{ functionDeclarations: [weather] }],
				toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
			},
		});
		answering(upstream.call("weather", { city: "Paris" }));
		const { functionCalls = [] } = await chat.sendMessage({ message: "What is the weather in Paris?" });
		expect(functionCalls).toMatchObject([{ name: "weather", args: { city: "Paris" } }]);
		answering(upstream.stream(["It is ", "sunny."], 9));
		const [call] = functionCalls;
		const functionResponse = { id: call?.id ?? "", name: "weather", response: { output: "sunny" } };
		let text = "";
		for await (const chunk of await chat.sendMessageStream({ message: [{ functionResponse }] }))
			text += chunk.text ?? "";
		expect(text).toBe("It is sunny.");
		const sent = scene.sent(host).json;
		if (host === "chat") {
			expect(sent.messages).toMatchObject([
				{ role: "user" },
				{ role: "assistant", tool_calls: [{ id: "call_1" }] },
				{ role: "tool", tool_call_id: "call_1", content: "sunny" },
			]);
			expect(sent.tool_choice).toBe("required");
		} else
			expect((sent.contents as Content[])[1]?.parts).toMatchObject([
				{ functionCall: { name: "weather" }, thoughtSignature: "c2lnbmVk" },
			]);
		// Each piece of a stream is a content of its own there; what was not valid would be missing.
		expect(
			chat
				.getHistory(true)
				.map(({ role }) => role)
				.slice(0, 4),
		).toEqual(["user", "model", "user", "model"]);
	});

	test("makes vectors", async () => {
		answering(
			upstream.vectors([
				[1, 2],
				[3, 4],
			]),
		);
		const { embeddings } = await client().models.embedContent({
			model,
			contents: ["a", "b"],
			config: { outputDimensionality: 2 },
		});
		expect(embeddings?.map(({ values }) => values)).toEqual([
			[1, 2],
			[3, 4],
		]);
	});

	test("counts tokens", async () => {
		answering(json({ totalTokens: 7 }));
		const { totalTokens } = await client().models.countTokens({ model, contents: "Hello there" });
		expect(totalTokens).toEqual(host === "google" ? 7 : expect.any(Number));
	});

	test("throws its own error", async () => {
		answering(upstream.error(404, "There is no such thing."));
		const failing = client().models.generateContent({ model, contents: "Hello" });
		await expect(failing).rejects.toMatchObject({
			name: "ApiError",
			status: 404,
			message: expect.stringContaining("There is no such thing."),
		});
	});
});

test("lists models", async () => {
	scene.answer({ google: json({ models: [] }), chat: json({ object: "list", data: [] }) });
	const names: (string | undefined)[] = [];
	for await (const model of await client().models.list({ config: { pageSize: 2 } })) names.push(model.name);
	expect(names).toEqual(["models/gem", "models/gpt", "models/org/gpt", "tunedModels/gpt"]);
	expect(await client().models.get({ model: "gpt" })).toMatchObject({ name: "models/gpt" });
	for await (const model of await client("v1").models.list()) expect(model.name).toMatch(/odels\//);
});
