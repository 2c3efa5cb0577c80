/** Ollama's own SDK, unmodified, over upstreams of chat completions and of Messages, and over Ollama itself. */
import { type Message, Ollama, type ToolCall } from "ollama";
import { describe, expect, test } from "vitest";
import type { WireName } from "../kit/wires.js";
import { brokenEvents, city, failing, model, report, scene, sunny, weather, words } from "./scene.js";

const wireNames: readonly WireName[] = ["chat", "messages", "ollama"];
const hello: Message[] = [{ role: "user", content: "Hello" }];
const tools = [{ type: "function", function: { ...weather, parameters: { ...city, required: ["city"] } } }];
/** A picture of one pixel. */
const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async function start(wire: WireName, answer?: Parameters<typeof scene>[1]) {
	const { host, gateway } = await scene(wire, answer);
	return { host, gateway, client: new Ollama({ host: gateway.url }) };
}

describe.each(wireNames)("chat to an upstream that speaks %s", (wire) => {
	test("gets a whole answer, with times and counts", async () => {
		const { client, host } = await start(wire);
		const answer = await client.chat({ model, messages: hello, options: { temperature: 0, num_predict: 99 } });
		expect(answer).toMatchObject({
			message: { role: "assistant", content: words.join("") },
			done: true,
			done_reason: "stop",
			prompt_eval_count: 20,
			eval_count: 7,
		});
		expect(answer.total_duration).toBeGreaterThan(0);
		expect(Date.parse(String(answer.created_at))).toBeGreaterThan(0);
		expect(host.questions).toMatchObject([{ model: "real-model", isStream: false, text: "Hello" }]);
	});

	test("gets a stream, with times and counts at its end", async () => {
		const { client } = await start(wire);
		const parts = [];
		for await (const part of await client.chat({ model, messages: hello, stream: true })) parts.push(part);
		expect(parts.map(({ message }) => message.content).join("")).toBe(words.join(""));
		expect(parts.slice(0, -1).every(({ done }) => done === false)).toBe(true);
		const last = parts.at(-1);
		expect(last).toMatchObject({ done: true, done_reason: "stop", prompt_eval_count: 20, eval_count: 7 });
		expect(last?.total_duration).toBeGreaterThan(0);
		if (wire !== "ollama")
			expect(Number(last?.prompt_eval_duration) + Number(last?.eval_duration)).toBe(last?.total_duration);
	});

	test.each([false, true])("calls tools and gives their results (streamed: %s)", async (stream) => {
		const { client, host } = await start(wire);
		const messages: Message[] = [{ role: "user", content: "What is the weather?" }];
		const ask = async (): Promise<Message> => {
			if (!stream) return (await client.chat({ model, messages, tools })).message;
			const said: Message = { role: "assistant", content: "" };
			for await (const { message } of await client.chat({ model, messages, tools, stream: true })) {
				said.content += message.content;
				if (message.tool_calls) said.tool_calls = [...(said.tool_calls ?? []), ...message.tool_calls];
			}
			return said;
		};
		const asked = await ask();
		expect(asked.tool_calls?.map(({ function: called }) => called)).toMatchObject([
			{ name: "weather", arguments: { city: "Paris" } },
			{ name: "weather", arguments: { city: "Rome" } },
		]);
		const results = (asked.tool_calls as ToolCall[]).map(
			({
				function: {
					name,
					arguments: { city: at },
				},
			}) => ({
				role: "tool",
				tool_name: name,
				content: `${at}: fine`,
			}),
		);
		messages.push(asked, ...results);
		expect((await ask()).content).toBe(sunny.join(""));
		expect(host.questions[1]?.results.join(" ")).toMatch(/Paris: fine.*Rome: fine/);
	});

	test.each([true, "high" as const])("thinks (%s)", async (think) => {
		const { client } = await start(wire);
		const whole = await client.chat({ model, messages: hello, think });
		expect(whole.message).toMatchObject({ thinking: "Let me think.", content: words.join("") });
		let thinking = "";
		for await (const { message } of await client.chat({ model, messages: hello, think, stream: true }))
			thinking += message.thinking ?? "";
		expect(thinking).toBe("Let me think.");
	});

	test("answers in the form of a schema", async () => {
		const { client, host } = await start(wire);
		const { message } = await client.chat({ model, messages: hello, format: city });
		expect(JSON.parse(message.content)).toEqual(report);
		expect(host.questions[0]?.hasSchema).toBe(true);
	});

	test("shows a picture", async () => {
		const { client, host } = await start(wire);
		await client.chat({ model, messages: [{ role: "user", content: "Look", images: [picture] }] });
		const sent = host.received.at(-1)?.body.toString() ?? "";
		expect(sent).toContain(picture);
		if (wire !== "ollama") expect(sent).toContain("image/png");
	});

	test("tells that an answer was cut", async () => {
		const { client } = await start(wire);
		const messages = [{ role: "user", content: "Cut it short" }];
		expect((await client.chat({ model, messages })).done_reason).toBe("length");
	});

	test("throws the upstream's error with its status", async () => {
		const { client } = await start(wire, failing(400)(wire));
		for (const stream of [false, true])
			await expect(client.chat({ model, messages: hello, stream: stream as false })).rejects.toMatchObject({
				name: "ResponseError",
				message: "Not today.",
				status_code: 400,
			});
	});

	test("throws when a stream breaks", async () => {
		const events = brokenEvents(wire, model);
		const { client } = await start(wire, (_question, response) => {
			response.writeHead(200, {
				"content-type": wire === "ollama" ? "application/x-ndjson" : "text/event-stream",
			});
			response.write(events.join(""), () => response.destroy());
			return undefined;
		});
		let text = "";
		const read = async () => {
			for await (const { message } of await client.chat({ model, messages: hello, stream: true }))
				text += message.content;
		};
		await expect(read()).rejects.toThrow(/upstream|ended|cut/i);
		expect(text).toBe("Hello, ");
	});

	test("ends the upstream's request when it is aborted", async () => {
		const [begun] = brokenEvents(wire, model).filter((event) => event.includes("Hel"));
		let left = () => {};
		const leaving = new Promise<void>((resolve) => {
			left = resolve;
		});
		const { client } = await start(wire, (_question, response) => {
			response.once("close", left);
			response.writeHead(200, {
				"content-type": wire === "ollama" ? "application/x-ndjson" : "text/event-stream",
			});
			response.write(
				brokenEvents(wire, model)
					.slice(0, brokenEvents(wire, model).indexOf(begun as string) + 1)
					.join(""),
			);
			return undefined;
		});
		const stream = await client.chat({ model, messages: hello, stream: true });
		await expect(
			(async () => {
				for await (const _part of stream) client.abort();
			})(),
		).rejects.toThrow(/abort/i);
		await leaving;
	});

	test("generates, whole and streamed", async () => {
		const { client, host } = await start(wire, (question, response, request) => {
			if (!request.url.endsWith("/api/generate")) return { words };
			const line = (said: object) => `${JSON.stringify({ model: "real-model", ...said })}\n`;
			response.writeHead(200, { "content-type": "application/x-ndjson" });
			const ended = { done: true, done_reason: "stop", prompt_eval_count: 20, eval_count: 7, total_duration: 1 };
			if (!question.isStream) response.end(line({ response: words.join(""), ...ended }));
			else
				response.end(
					[...words.map((text) => line({ response: text, done: false })), line({ response: "", ...ended })].join(""),
				);
			return undefined;
		});
		const whole = await client.generate({ model, prompt: "Hello", system: "Be brief" });
		expect(whole).toMatchObject({ response: words.join(""), done: true, done_reason: "stop", eval_count: 7 });
		let text = "";
		for await (const part of await client.generate({ model, prompt: "Hello", stream: true })) text += part.response;
		expect(text).toBe(words.join(""));
		expect(host.received[0]?.body.toString()).toContain("Be brief");
	});
});

test("lists and shows models, and says which version of Ollama it is like", async () => {
	const { client, gateway } = await start("chat");
	const { models } = await client.list();
	expect(models).toMatchObject([
		{ name: `${model}:latest`, model: `${model}:latest`, size: 0, details: { family: "" } },
		{ name: "gpt-5-mini:latest", model: "gpt-5-mini:latest" },
	]);
	const shown = await client.show({ model: "gpt-5-mini" });
	expect(shown.capabilities).toEqual(["completion", "tools", "thinking"]);
	expect((await client.ps()).models).toEqual([]);
	expect(Number((await client.version()).version.split(".")[1])).toBeGreaterThanOrEqual(6);
	await expect(client.show({ model: "nothing" })).rejects.toMatchObject({ status_code: 404 });
	await expect(client.pull({ model })).rejects.toMatchObject({ message: expect.stringContaining("/api/pull") });
	const greeting = await fetch(gateway.url, { headers: { "user-agent": "ollama-python/0.6" } });
	expect(await greeting.text()).toBe("Ollama is running");
});

test("what only Ollama takes is named where nobody else can be told it", async () => {
	const { gateway } = await start("chat");
	const response = await fetch(`${gateway.url}/api/generate`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({
			...{ model, prompt: "Hello", suffix: "end", raw: true, template: "{{ .Prompt }}", context: [1] },
			...{ keep_alive: "5m", options: { num_ctx: 4096, temperature: 0, mirostat: 2 }, stream: false },
		}),
	});
	expect(response.headers.get("x-llmgw-dropped")?.split(", ").sort()).toEqual(
		["context", "keep_alive", "options.mirostat", "options.num_ctx", "raw", "suffix", "template"].sort(),
	);
	await response.arrayBuffer();
});

test.each([
	["chat", undefined, "load"],
	["chat", 0, "unload"],
	["messages", "0s", "unload"],
] as const)("a request to %s that says nothing (keep_alive: %s) asks nobody: %s", async (wire, keepAlive, reason) => {
	const { client, host } = await start(wire);
	const more = keepAlive === undefined ? {} : { keep_alive: keepAlive };
	expect(await client.chat({ model, messages: [], ...more })).toMatchObject({
		message: { role: "assistant", content: "" },
		done: true,
		done_reason: reason,
	});
	expect(await client.generate({ model, prompt: "", ...more })).toMatchObject({ response: "", done_reason: reason });
	expect(host.questions).toEqual([]);
});

test.each([false, true])("Ollama loads a model itself (streamed: %s)", async (stream) => {
	const loaded = { model: "real-model", message: { role: "assistant", content: "" }, done: true, done_reason: "load" };
	const { client, host } = await start("ollama", (_question, response) => {
		response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(loaded));
		return undefined;
	});
	const answer = await client.chat({ model, messages: [], stream: stream as true });
	const parts: unknown[] = [];
	if (stream) for await (const part of answer) parts.push(part);
	expect(stream ? parts : [answer]).toEqual([loaded]);
	expect(host.received.at(-1)?.url).toBe("/api/chat");
});

describe("vectors", () => {
	test.each(["chat", "ollama"] as const)("of texts, by an upstream that speaks %s", async (wire) => {
		const { client, host } = await start(wire, (_question, response, { url, body }) => {
			const { input, prompt } = JSON.parse(body.toString());
			const vectors = [input ?? prompt].flat().map((_text: string, at: number) => [at + 0.5, 1]);
			const data = vectors.map((embedding: number[], index: number) => ({ object: "embedding", index, embedding }));
			const answers: Record<string, object> = {
				"/api/embed": { model: "real-model", embeddings: vectors, prompt_eval_count: 4 },
				"/api/embeddings": { embedding: vectors[0] },
			};
			const own = { object: "list", data, model: "real-model", usage: { prompt_tokens: 4, total_tokens: 4 } };
			response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answers[url] ?? own));
			return undefined;
		});
		const several = await client.embed({ model, input: ["One", "Two"] });
		expect(several).toMatchObject({
			embeddings: [
				[0.5, 1],
				[1.5, 1],
			],
			prompt_eval_count: 4,
		});
		expect((await client.embed({ model, input: "One" })).embeddings).toEqual([[0.5, 1]]);
		expect((await client.embeddings({ model, prompt: "One" })).embedding).toEqual([0.5, 1]);
		expect(host.received).toHaveLength(3);
	});
});
