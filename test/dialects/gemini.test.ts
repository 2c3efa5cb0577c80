/** Google's generateContent between clients and upstreams of other dialects. */
import { describe, expect, test } from "vitest";
import { content, geminiScene } from "../kit/geminiScene.js";
import { bytes, chunks, completion, dataOf, dropped, functionCall, type Json, json } from "../kit/translated.js";

const scene = geminiScene();
const hello = { contents: [{ role: "user", parts: [{ text: "Hello" }] }] };
const weather = {
	functionDeclarations: [
		{
			name: "weather",
			description: "The weather in a city",
			parameters: {
				type: "OBJECT",
				properties: {
					city: { type: "STRING", nullable: true },
					type: { type: "ARRAY", items: { type: "INTEGER" }, minItems: "1" },
				},
				required: ["city"],
				propertyOrdering: ["city", "type"],
			},
		},
	],
};

describe("a Gemini client over an upstream of chat completions", () => {
	test("asks with everything that both know", async () => {
		scene.answer({ chat: completion({ content: "Hi." }) });
		const response = await scene.post("/v1beta/models/gpt:generateContent", {
			system_instruction: { parts: [{ text: "Be brief." }] },
			contents: [
				{
					role: "user",
					parts: [
						{ text: "What is it?" },
						{ inline_data: { mime_type: "image/png", data: "aW1n" } },
						{ inlineData: { mimeType: "audio/mpeg", data: "c291bmQ=" } },
						{ inlineData: { mimeType: "application/pdf", data: "cGRm", displayName: "a.pdf" } },
						{ fileData: { mimeType: "image/jpeg", fileUri: "https://example.com/a.jpg" } },
					],
				},
				{
					role: "model",
					parts: [
						{ functionCall: { name: "weather", args: { city: "Paris" } } },
						{ functionCall: { name: "weather", args: { city: "Rome" } } },
					],
				},
				{
					role: "user",
					parts: [
						{ functionResponse: { name: "weather", response: { output: "sunny" } } },
						{ functionResponse: { name: "weather", response: { error: "no such city" } } },
						{ text: "Go on." },
					],
				},
			],
			tools: [weather],
			toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["weather"] } },
			generationConfig: {
				temperature: 0.5,
				top_p: 0.9,
				maxOutputTokens: 100,
				stopSequences: ["END"],
				candidateCount: 1,
				seed: 7,
				responseMimeType: "application/json",
				responseSchema: { type: "OBJECT", properties: { a: { type: "STRING" } } },
			},
			safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
		});
		expect(response.status).toBe(200);
		expect(dropped(response).sort()).toEqual(["isError", "safetySettings"]);
		const { json: sent, url, headers } = scene.sent("chat");
		expect(url).toBe("/v1/chat/completions");
		expect(headers.authorization).toBe("Bearer the-chat-key");
		expect(sent).toEqual({
			model: "real-chat",
			messages: [
				{ role: "system", content: "Be brief." },
				{
					role: "user",
					content: [
						{ type: "text", text: "What is it?" },
						{ type: "image_url", image_url: { url: "data:image/png;base64,aW1n" } },
						{ type: "input_audio", input_audio: { data: "c291bmQ=", format: "mp3" } },
						{ type: "file", file: { file_data: "data:application/pdf;base64,cGRm", filename: "a.pdf" } },
						{ type: "image_url", image_url: { url: "https://example.com/a.jpg" } },
					],
				},
				{
					role: "assistant",
					content: null,
					tool_calls: [
						{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Paris"}' } },
						{ id: "call_2", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } },
					],
				},
				{ role: "tool", tool_call_id: "call_1", content: "sunny" },
				{ role: "tool", tool_call_id: "call_2", content: "no such city" },
				{ role: "user", content: "Go on." },
			],
			tools: [
				{
					type: "function",
					function: {
						name: "weather",
						description: "The weather in a city",
						parameters: {
							type: "object",
							properties: {
								city: { type: ["string", "null"] },
								type: { type: "array", items: { type: "integer" }, minItems: 1 },
							},
							required: ["city"],
						},
					},
				},
			],
			tool_choice: { type: "function", function: { name: "weather" } },
			response_format: {
				type: "json_schema",
				json_schema: { name: "answer", schema: { type: "object", properties: { a: { type: "string" } } } },
			},
			max_tokens: 100,
			temperature: 0.5,
			top_p: 0.9,
			seed: 7,
			stop: ["END"],
		});
	});

	test("gets a whole answer in Google's arithmetic", async () => {
		const usage = {
			prompt_tokens: 20,
			completion_tokens: 9,
			total_tokens: 29,
			prompt_tokens_details: { cached_tokens: 4 },
			completion_tokens_details: { reasoning_tokens: 6 },
		};
		const message = {
			role: "assistant",
			content: "Looking.",
			reasoning_content: "Hm.",
			tool_calls: [functionCall("call_x", "weather", '{"city":"Paris"}')],
		};
		const choices = [{ index: 0, message, finish_reason: "tool_calls" }];
		scene.answer({ chat: json({ id: "c1", object: "chat.completion", created: 1, model: "m", choices, usage }) });
		const answer = await scene.ask("/v1beta/models/gpt:generateContent", { ...hello, tools: [weather] });
		expect(answer).toMatchObject({
			candidates: [
				{
					content: {
						role: "model",
						parts: [
							{ text: "Hm.", thought: true },
							{ text: "Looking." },
							{ functionCall: { id: "call_x", name: "weather", args: { city: "Paris" } } },
						],
					},
					finishReason: "STOP",
					index: 0,
				},
			],
			usageMetadata: {
				promptTokenCount: 20,
				cachedContentTokenCount: 4,
				candidatesTokenCount: 3,
				thoughtsTokenCount: 6,
				totalTokenCount: 29,
			},
			responseId: "c1",
		});
	});

	const pieces = [
		{ role: "assistant", content: "Loo" },
		{ content: "king." },
		{ tool_calls: [{ index: 0, id: "call_x", type: "function", function: { name: "weather", arguments: '{"ci' } }] },
		{ tool_calls: [{ index: 1, id: "call_y", type: "function", function: { name: "weather", arguments: "{}" } }] },
		{ tool_calls: [{ index: 0, function: { arguments: 'ty":"Paris"}' } }] },
	];
	const streamedParts = [
		{ text: "Loo" },
		{ text: "king." },
		{ functionCall: { id: "call_x", name: "weather", args: { city: "Paris" } } },
		{ functionCall: { id: "call_y", name: "weather", args: {} } },
		{ text: "" },
	];
	const partsOf = (events: readonly Json[]) =>
		(events as { candidates: { content: { parts: Json[] } }[] }[]).flatMap(
			({ candidates }) => candidates[0]?.content.parts,
		);

	test.each([1, 7, 1000])("gets a stream of events, cut every %d bytes", async (size) => {
		scene.answer({ chat: chunks(pieces, "tool_calls", size) });
		const response = await scene.post("/v1beta/models/gpt:streamGenerateContent?alt=sse", {
			...hello,
			tools: [weather],
		});
		expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
		const text = await response.text();
		expect(text).not.toContain("[DONE]");
		const events = dataOf(text);
		expect(partsOf(events)).toEqual(streamedParts);
		expect(events.at(-1)).toMatchObject({ candidates: [{ finishReason: "STOP", index: 0 }] });
		expect(scene.sent("chat").json).toMatchObject({ stream: true, stream_options: { include_usage: true } });
	});

	test("gets a list in place of events without alt=sse", async () => {
		scene.answer({ chat: chunks(pieces, "tool_calls", 13) });
		const response = await scene.post("/v1/models/gpt:streamGenerateContent", { ...hello, tools: [weather] });
		expect(response.headers.get("content-type")).toBe("application/json; charset=UTF-8");
		expect(partsOf((await response.json()) as Json[])).toEqual(streamedParts);
	});

	test("is not told that an answer which broke off was whole", async () => {
		const broken = (event: string) => bytes(`${event}data: {"error":{"message":"Out of memory","code":503}}\n\n`);
		const event = `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content: "Hel" } }] })}\n\n`;
		scene.answer({ chat: broken(event) });
		const response = await scene.post("/v1beta/models/gpt:streamGenerateContent?alt=sse", hello);
		const events = dataOf(await response.text());
		expect(events.at(-1)).toMatchObject({
			error: { code: expect.any(Number), message: expect.any(String), status: expect.any(String) },
		});
		expect(JSON.stringify(events)).not.toContain("finishReason");
		scene.answer({ chat: broken(event) });
		const list = (await (await scene.post("/v1beta/models/gpt:streamGenerateContent", hello)).json()) as Json[];
		expect(list.at(-1)).toMatchObject({ error: { status: expect.any(String) } });
	});

	test("does not send Google's word for a missing signature to others", async () => {
		scene.answer({ chat: completion({ content: "Hi." }) });
		const call = {
			functionCall: { id: "a", name: "weather", args: {} },
			thoughtSignature: "skip_thought_signature_validator",
		};
		const result = { functionResponse: { id: "a", name: "weather", response: { output: "sunny" } } };
		const contents = [...hello.contents, { role: "model", parts: [call] }, { role: "user", parts: [result] }];
		await scene.ask("/v1beta/models/gpt:generateContent", { contents, tools: [weather] });
		expect(scene.sent("chat").bytes.toString()).not.toContain("skip_thought");
		expect(scene.sent("chat").json.messages).toMatchObject([{}, { tool_calls: [{ id: "a" }] }, { tool_call_id: "a" }]);
	});

	test("takes a schema in JSON Schema's words, in either case", async () => {
		scene.answer({ chat: completion({ content: "{}" }) });
		const responseJsonSchema = { type: "OBJECT", properties: { type: { type: "STRING", enum: ["STRING"] } } };
		const generationConfig = { responseMimeType: "application/json", responseJsonSchema };
		await scene.ask("/v1beta/models/gpt:generateContent", { ...hello, generationConfig });
		expect(scene.sent("chat").json.response_format).toEqual({
			type: "json_schema",
			json_schema: {
				name: "answer",
				schema: { type: "object", properties: { type: { type: "string", enum: ["STRING"] } } },
			},
		});
	});

	test("has tokens counted by the gateway, of a whole request too", async () => {
		scene.answer({});
		const { totalTokens: few } = await scene.ask("/v1beta/models/gpt:countTokens", hello);
		const whole = {
			generateContentRequest: {
				...hello,
				tools: [weather],
				systemInstruction: { parts: [{ text: "Be brief. ".repeat(50) }] },
			},
		};
		const { totalTokens: many } = await scene.ask("/v1beta/models/gpt:countTokens", whole);
		expect(few).toBeGreaterThan(0);
		expect(many).toBeGreaterThan(100);
		expect(scene.chat.received).toEqual([]);
	});

	test("makes vectors", async () => {
		const vector = (index: number, embedding: number[]) => ({ object: "embedding", index, embedding });
		const usage = { prompt_tokens: 4, total_tokens: 4 };
		scene.answer({ chat: json({ object: "list", data: [vector(1, [3, 4]), vector(0, [1, 2])], model: "m", usage }) });
		const request = (text: string) => ({
			model: "models/gpt",
			content: { parts: [{ text }] },
			outputDimensionality: 2,
		});
		const answer = await scene.ask("/v1beta/models/gpt:batchEmbedContents", { requests: [request("a"), request("b")] });
		expect(answer).toMatchObject({ embeddings: [{ values: [1, 2] }, { values: [3, 4] }] });
		expect(scene.sent("chat")).toMatchObject({
			url: "/v1/embeddings",
			json: { model: "real-chat", input: ["a", "b"], dimensions: 2, encoding_format: "float" },
		});
		scene.answer({ chat: json({ object: "list", data: [vector(0, [1, 2])], model: "m", usage }) });
		const one = await scene.ask("/v1beta/models/gpt:embedContent", { content: { parts: [{ text: "a" }] } });
		expect(one).toMatchObject({ embedding: { values: [1, 2] } });
		expect(scene.sent("chat").json.input).toBe("a");
	});
});

describe("other clients over an upstream of Google's", () => {
	const messages = [{ role: "user", content: "Hello" }];

	test("a chat completion asks with everything that both know", async () => {
		scene.answer({ google: json(content([{ text: "Hi." }])) });
		const response = await scene.post("/v1/chat/completions", {
			model: "gem",
			messages: [
				{ role: "system", content: "Be brief." },
				{
					role: "user",
					content: [
						{ type: "text", text: "What is it?" },
						{ type: "image_url", image_url: { url: "data:image/png;base64,aW1n" } },
						{ type: "image_url", image_url: { url: "https://example.com/a.webp" } },
						{ type: "input_audio", input_audio: { data: "c291bmQ=", format: "wav" } },
						{ type: "file", file: { file_data: "data:application/pdf;base64,cGRm" } },
					],
				},
				{
					role: "assistant",
					content: null,
					tool_calls: [functionCall("a", "weather", '{"city":"Paris"}'), functionCall("b", "clock", "")],
				},
				{ role: "tool", tool_call_id: "a", content: '{"degrees":21}' },
				{ role: "tool", tool_call_id: "b", content: "noon" },
			],
			tools: [
				{
					type: "function",
					function: {
						name: "weather",
						parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
					},
				},
				{
					type: "function",
					function: {
						name: "strict",
						parameters: {
							type: "object",
							properties: { at: { $ref: "#/$defs/at" } },
							additionalProperties: false,
							$defs: { at: { type: "string" } },
						},
					},
				},
				{ type: "function", function: { name: "clock", parameters: { type: "object", properties: {} } } },
			],
			tool_choice: "required",
			response_format: { type: "json_object" },
			reasoning_effort: "low",
			max_tokens: 50,
			temperature: 0.2,
			stop: ["END"],
			n: 2,
		});
		expect(response.status).toBe(200);
		const { url, json: sent, headers } = scene.sent("google");
		expect(url).toBe("/v1beta/models/gemini-3-pro-preview:generateContent");
		expect(headers["x-goog-api-key"]).toBe("the-google-key");
		expect(headers.authorization).toBeUndefined();
		expect(sent).toEqual({
			systemInstruction: { parts: [{ text: "Be brief." }] },
			contents: [
				{
					role: "user",
					parts: [
						{ text: "What is it?" },
						{ inlineData: { mimeType: "image/png", data: "aW1n" } },
						{ fileData: { mimeType: "image/webp", fileUri: "https://example.com/a.webp" } },
						{ inlineData: { mimeType: "audio/wav", data: "c291bmQ=" } },
						{ inlineData: { mimeType: "application/pdf", data: "cGRm" } },
					],
				},
				{
					role: "model",
					parts: [
						// Gemini 3 refuses a turn of calls whose first is not signed.
						{
							functionCall: { id: "a", name: "weather", args: { city: "Paris" } },
							thoughtSignature: "skip_thought_signature_validator",
						},
						{ functionCall: { id: "b", name: "clock", args: {} } },
					],
				},
				{
					role: "user",
					parts: [
						{ functionResponse: { id: "a", name: "weather", response: { degrees: 21 } } },
						{ functionResponse: { id: "b", name: "clock", response: { output: "noon" } } },
					],
				},
			],
			tools: [
				{
					functionDeclarations: [
						{
							name: "weather",
							parameters: { type: "OBJECT", properties: { city: { type: "STRING" } }, required: ["city"] },
						},
						{
							name: "strict",
							parametersJsonSchema: {
								type: "object",
								properties: { at: { $ref: "#/$defs/at" } },
								additionalProperties: false,
								$defs: { at: { type: "string" } },
							},
						},
						{ name: "clock" },
					],
				},
			],
			toolConfig: { functionCallingConfig: { mode: "ANY" } },
			generationConfig: {
				temperature: 0.2,
				maxOutputTokens: 50,
				stopSequences: ["END"],
				candidateCount: 2,
				responseMimeType: "application/json",
				thinkingConfig: { includeThoughts: true, thinkingLevel: "LOW" },
			},
		});
	});

	const signature = "c2lnbmF0dXJl+/8=";
	const called = content([
		{ text: "Let me look.", thought: true },
		{ functionCall: { name: "weather", args: { city: "Paris" } }, thoughtSignature: signature },
		{ functionCall: { name: "weather", args: { city: "Rome" } } },
	]);

	test.each([
		["whole", false],
		["streamed", true],
	])("a signature survives a %s loop of tool calls of chat completions", async (_name, stream) => {
		const answer = stream ? bytes(`data: ${JSON.stringify(called)}\r\n\r\n`, 5) : json(called);
		scene.answer({ google: answer });
		const text = await (await scene.post("/v1/chat/completions", { model: "gem", messages, stream })).text();
		const all = stream ? dataOf(text) : [JSON.parse(text) as Json];
		type Choice = { delta?: Json; message?: Json; finish_reason?: string };
		const said = all.flatMap(({ choices }) => choices as Choice[]);
		const calls = said.flatMap(({ delta, message }) => ((delta ?? message)?.tool_calls ?? []) as Json[]);
		expect(calls.map((call) => (call.function as Json).arguments)).toEqual(['{"city":"Paris"}', '{"city":"Rome"}']);
		expect(said.at(-1)?.finish_reason).toBe("tool_calls");
		const history = [
			...messages,
			{
				role: "assistant",
				content: null,
				tool_calls: calls.map(({ id, type, function: called }) => ({ id, type, function: called })),
			},
			...calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "sunny" })),
		];
		scene.answer({ google: json(content([{ text: "Sunny." }])) });
		await scene.ask("/v1/chat/completions", { model: "gem", messages: history });
		const [, turn, results] = scene.sent("google").json.contents as { parts: Json[] }[];
		expect(turn?.parts[0]).toMatchObject({ functionCall: { name: "weather" }, thoughtSignature: signature });
		expect(turn?.parts[1]).not.toHaveProperty("thoughtSignature");
		const idOf = (part: Json | undefined, name: string) => (part?.[name] as Json | undefined)?.id;
		expect(idOf(turn?.parts[0], "functionCall")).toBe(idOf(results?.parts[0], "functionResponse"));
		expect(String(idOf(turn?.parts[0], "functionCall"))).toMatch(/^call_[0-9a-f]{24}$/);
	});

	test("a signature survives a loop of tool calls of Messages, and is not shown to another vendor", async () => {
		scene.answer({ google: json(called) });
		const asked = { model: "gem", max_tokens: 100, messages };
		const answer = await scene.ask("/v1/messages", asked);
		const blocks = answer.content as Json[];
		const results = blocks
			.filter(({ type }) => type === "tool_use")
			.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "sunny" }));
		const history = [...messages, { role: "assistant", content: blocks }, { role: "user", content: results }];
		scene.answer({ google: json(content([{ text: "Sunny." }])), chat: completion({ content: "Sunny." }) });
		await scene.ask("/v1/messages", { ...asked, messages: history });
		const [, turn] = scene.sent("google").json.contents as { parts: Json[] }[];
		expect(turn?.parts.find(({ functionCall }) => functionCall !== undefined)).toMatchObject({
			thoughtSignature: signature,
		});
		await scene.ask("/v1/messages", { ...asked, model: "gpt", messages: history });
		const { messages: shown } = scene.sent("chat").json as { messages: { tool_calls?: Json[] }[] };
		expect(shown[1]?.tool_calls?.[0]?.id).toMatch(/^call_[0-9a-f]{24}$/);
		expect(scene.sent("chat").bytes.toString()).not.toContain(signature.slice(0, 12));
	});

	test("a prompt that was blocked is a filtered answer", async () => {
		const blocked = {
			promptFeedback: { blockReason: "SAFETY" },
			usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
		};
		scene.answer({ google: json(blocked) });
		const whole = await scene.ask("/v1/chat/completions", { model: "gem", messages });
		expect(whole).toMatchObject({ choices: [{ finish_reason: "content_filter" }], usage: { prompt_tokens: 3 } });
		scene.answer({ google: bytes(`data: ${JSON.stringify(blocked)}\n\n`) });
		const text = await (await scene.post("/v1/chat/completions", { model: "gem", messages, stream: true })).text();
		expect(text).toContain('"finish_reason":"content_filter"');
		expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
	});

	test.each([
		["MAX_TOKENS", "length"],
		["SAFETY", "content_filter"],
		["RECITATION", "content_filter"],
		["MALFORMED_FUNCTION_CALL", "stop"],
	])("%s is the finish reason %s", async (finishReason, reason) => {
		scene.answer({ google: json({ candidates: [{ content: { parts: [{ text: "x" }] }, finishReason }] }) });
		const answer = await scene.ask("/v1/chat/completions", { model: "gem", messages });
		expect(answer).toMatchObject({ choices: [{ finish_reason: reason }] });
	});

	test("a stream without any finish reason has broken off", async () => {
		scene.answer({
			google: bytes(`data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: "Hel" }] } }] })}\n\n`),
		});
		const text = await (await scene.post("/v1/chat/completions", { model: "gem", messages, stream: true })).text();
		expect(text).toContain('"error"');
		expect(text).not.toContain("[DONE]");
	});

	test("an error says what it was, and when to ask again", async () => {
		const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "6.2s" }];
		const error = { error: { code: 429, message: "Quota exceeded.", status: "RESOURCE_EXHAUSTED", details } };
		scene.answer({ google: json(error, 429) });
		const response = await scene.post("/v1/chat/completions", { model: "gem", messages });
		expect(response.status).toBe(429);
		expect(response.headers.get("retry-after")).toBe("7");
		expect(await response.json()).toMatchObject({ error: { message: "Quota exceeded." } });
	});

	test("vectors come as OpenAI has them, as base64 too", async () => {
		const embeddings = [{ values: [0.5, -2] }, { values: [1, 4] }];
		for (const format of ["float", "base64"]) {
			scene.answer({ google: json({ embeddings }) });
			const asked = { model: "gem", input: ["a", "b"], dimensions: 2, encoding_format: format };
			const answer = await scene.ask("/v1/embeddings", asked);
			const base64 = (values: number[]) => Buffer.from(Float32Array.from(values).buffer).toString("base64");
			const expected = embeddings.map(({ values }) => (format === "float" ? values : base64(values)));
			expect((answer.data as Json[]).map(({ embedding }) => embedding)).toEqual(expected);
		}
		const request = (text: string) => ({
			model: "models/gemini-3-pro-preview",
			content: { parts: [{ text }] },
			outputDimensionality: 2,
		});
		expect(scene.sent("google")).toMatchObject({
			url: "/v1beta/models/gemini-3-pro-preview:batchEmbedContents",
			json: { requests: [request("a"), request("b")] },
		});
		scene.answer({});
		const response = await scene.post("/v1/embeddings", { model: "gem", input: [[1, 2]] });
		expect([response.status, scene.google.received.length]).toEqual([400, 0]);
	});
});
