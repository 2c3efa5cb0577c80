/** Ollama's API for clients: lines, spaces in silence, lists, and what a request may be besides what Ollama's SDK sends. */
import { describe, expect, onTestFinished, test } from "vitest";
import { lineFraming } from "../../src/dialects/ollama/framing.js";
import { chatShape } from "../../src/dialects/ollama/shape.js";
import { streamOf } from "../../src/dialects/ollama/stream.js";
import { ollamaChat } from "../../src/dialects/ollamaChat/index.js";
import { ollamaGenerate } from "../../src/dialects/ollamaGenerate/index.js";
import { unread } from "../../src/streaming/piece.js";
import { ResponseStream } from "../../src/streaming/responseStream.js";
import { answerShortly, type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { jsonOf, withoutRateLimit } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { cutOff, readerOf } from "../kit/spoken.js";

type Json = Record<string, unknown>;

async function hostOf(answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

const json = { "content-type": "application/json" };
const post = ({ url }: { url: string }, path: string, body: object, headers: Record<string, string> = {}) =>
	fetch(`${url}/api/${path}`, { method: "POST", headers: { ...json, ...headers }, body: JSON.stringify(body) });
const messages = [{ role: "user", content: "Hi" }];
const chunk = (delta: object, reason: string | null = null) =>
	`data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
const linesIn = (text: string) =>
	text
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line) as Json);
const said = (lines: readonly Json[]) =>
	lines.map(({ message }) => (message as Json | undefined)?.content ?? "").join("");

describe("silence", () => {
	const scene = async (answer: HostAnswer, more: object = {}) => {
		const host = await hostOf(answer);
		return gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`, more)],
			routes: [route([target("one/m", { timeouts: { heartbeatMs: 300, holdMs: 0 } })], { models: ["*"] })],
		});
	};

	test("is filled with spaces, which every line may begin with", async () => {
		let goOn = () => {};
		const gateway = await scene((_request, host) => {
			host.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
			host.write(": PROCESSING\n\n");
			let turn = 0;
			goOn = () => {
				turn += 1;
				if (turn === 1) host.write(chunk({ content: "Hello" }));
				else host.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
			};
		});
		const response = await post(gateway, "chat", { model: "m", messages });
		expect(response.headers.get("content-type")).toBe("application/x-ndjson");
		const { until, toEnd } = readerOf(response);
		// It is the spaces that let the upstream go on.
		await until(" ");
		goOn();
		await until("\n ");
		goOn();
		const text = await toEnd();
		expect(text).toMatch(/^ +\{"model":.*\}\n +\{.*"done":true.*\}\n$/);
		expect(said(linesIn(text))).toBe("Hello");
	});

	test("ends with the error of an upstream that never speaks, as a line", async () => {
		const host = await hostOf(
			(_request, answer) => void answer.writeHead(200, { "content-type": "application/x-ndjson" }).flushHeaders(),
		);
		const timeouts = { heartbeatMs: 200, holdMs: 0, firstTokenMs: 900 };
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`, { provider: "ollama" })],
			routes: [route([target("one/m", { timeouts })], { models: ["*"] })],
		});
		const text = await (await post(gateway, "chat", { model: "m", messages })).text();
		expect(text).toMatch(/^ +\{"error":".+"\}\n$/);
	});
});

describe("lines of Ollama's own", () => {
	const line = (content: string, more: object = {}) =>
		`${JSON.stringify({ model: "real", created_at: "2026-11-29T12:00:00.123456789Z", message: { role: "assistant", content }, done: false, ...more })}\n`;
	const ended = {
		done: true,
		done_reason: "stop",
		total_duration: 5,
		prompt_eval_count: 2,
		eval_count: 3,
		load_duration: 1,
	};

	test.each([1, 2, 7, 64, 4096])("pass byte for byte, in pieces of %d bytes", async (size) => {
		const text = [line("Grüße "), line('"\\n" 👋', { odd: 1.0 }), line("", ended)].join("");
		const bytes = Buffer.from(text);
		const host = await hostOf(async (_request, response) => {
			response.writeHead(200, { "content-type": "application/x-ndjson" });
			for (let at = 0; at < bytes.length; at += size) {
				response.write(bytes.subarray(at, at + size));
				await new Promise(setImmediate);
			}
			response.end();
		});
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`, { provider: "ollama" })],
			routes: [route([target("one/real")], { models: ["public"] })],
		});
		const response = await post(gateway, "chat", { model: "public", messages, think: false, keep_alive: -1 });
		expect(await response.text()).toBe(text);
		expect(host.received[0]?.url).toBe("/api/chat");
		expect(host.received[0]?.body.toString()).toBe(
			`{"model":"real","messages":[{"role":"user","content":"Hi"}],"think":false,"keep_alive":-1,"stream":true}`,
		);
	});

	test("are known as lines whatever they are labelled", async () => {
		for (const type of ["application/json", "text/event-stream", "application/octet-stream", "text/plain"]) {
			const text = [line("Hel"), line("lo"), line("", ended)].join("");
			const host = await hostOf(
				(_request, response) => void response.writeHead(200, { "content-type": type }).end(text),
			);
			const gateway = await gatewayWith({
				upstreams: [upstream("one", `${host.url}/v1`, { provider: "ollama" })],
				routes: [route([target("one/real")], { models: ["*"] })],
			});
			expect([type, await (await post(gateway, "chat", { model: "m", messages })).text()]).toEqual([type, text]);
		}
	});

	test("may be longer than what is held of an event", async () => {
		const text = [line("x".repeat(3_000_000)), line("", ended)].join("");
		const host = await hostOf(
			(_request, response) => void response.writeHead(200, { "content-type": "application/x-ndjson" }).end(text),
		);
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`, { provider: "ollama" })],
			routes: [route([target("one/real")], { models: ["*"] })],
		});
		expect((await (await post(gateway, "chat", { model: "m", messages })).text()) === text).toBe(true);
	});

	test("are made of events wherever a piece of them is cut", () => {
		const events = `: comment\n\ndata: {"a":"data: \\n"}\n\n: x\n\ndata: {"b":2}\n\n`;
		for (let at = 0; at <= events.length; at += 1) {
			// A part of an event comes alone only where the event is very long.
			if (/(^|\n)(d|da|dat|data|data:|:| |data: ?)$/.test(events.slice(0, at))) continue;
			const answer = new ResponseStream({ pause() {}, resume() {}, stop() {}, isMidEvent: false });
			answer.dialect = ollamaChat;
			lineFraming(streamOf(chatShape)).frame(answer);
			const [lines] = answer.transforms;
			const parts = [events.slice(0, at), events.slice(at)].map((part) => lines?.push(unread(Buffer.from(part))));
			const text = parts.map((part) => ((part as { bytes: Buffer } | undefined)?.bytes ?? "").toString()).join("");
			expect([at, text]).toEqual([at, `{"a":"data: \\n"}\n{"b":2}\n`]);
		}
	});

	test("end with Ollama's own error in the middle", async () => {
		const text = `${line("Hel")}{"error":"an error was encountered while running the model"}\n`;
		const host = await hostOf(
			(_request, response) => void response.writeHead(200, { "content-type": "application/x-ndjson" }).end(text),
		);
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`, { provider: "ollama" })],
			routes: [route([target("one/real")], { models: ["*"] })],
		});
		expect(await (await post(gateway, "chat", { model: "m", messages })).text()).toBe(text);
	});
});

test("the settings of an upstream hold for Ollama's clients too, unless their requests say otherwise", async () => {
	const host = await hostOf(({ url }, response) =>
		sendJson(
			response,
			url === "/api/embed"
				? { embeddings: [[1]] }
				: { message: { role: "assistant", content: "Hi" }, response: "Hi", done: true },
		),
	);
	const gateway = await gatewayWith({
		upstreams: [
			upstream("one", `${host.url}/v1`, { provider: "ollama", ollama: { contextLength: 8192, keepAlive: "10m" } }),
		],
		routes: [route([target("one/real")], { models: ["*"] })],
	});
	const ask = async (path: string, body: object) => {
		await (await post(gateway, path, { model: "m", ...body })).arrayBuffer();
		return JSON.parse(host.received.at(-1)?.body.toString() ?? "") as Json;
	};
	const set = { keep_alive: "10m", options: { num_ctx: 8192 } };
	expect(await ask("chat", { messages, stream: false })).toMatchObject(set);
	expect(await ask("generate", { prompt: "Hi", stream: false, options: { seed: 1 } })).toMatchObject({
		...set,
		options: { num_ctx: 8192, seed: 1 },
	});
	expect(await ask("embed", { input: "Hi" })).toMatchObject(set);
	expect(await ask("chat", { messages, stream: false, keep_alive: 0, options: { num_ctx: 1 } })).toMatchObject({
		keep_alive: 0,
		options: { num_ctx: 1 },
	});
});

describe("a request", () => {
	const read = (body: Json) => ollamaChat.translation?.readRequest({ model: "m", ...body });

	test("may have pictures as URLs of data, arguments as text, results without names, and a format that is empty", () => {
		const request = read({
			format: "",
			messages: [
				{ role: "user", content: "Look", images: ["data:image/gif;base64,R0lGOD", "/9j/4AAQ", "UklGRg", "AAAA"] },
				{
					role: "assistant",
					content: null,
					tool_calls: [
						{ function: { name: "a", arguments: '{"x":1}' } },
						{ id: "own", function: { name: "b", arguments: {} } },
						{ function: { name: "a" } },
					],
				},
				{ role: "tool", content: "1" },
				{ role: "tool", tool_name: "b", content: "2" },
				{ role: "tool", name: "a", content: "3" },
				{ role: "tool", tool_name: "c", content: "4" },
			],
		});
		const [user, assistant, ...results] = request?.messages ?? [];
		expect(user?.parts.flatMap((part) => (part.type === "image" ? [part.source] : []))).toEqual(
			["gif", "jpeg", "webp", "png"].map((kind) => expect.objectContaining({ mediaType: `image/${kind}` })),
		);
		const calls = assistant?.parts.flatMap((part) => (part.type === "tool_call" ? [part] : [])) ?? [];
		expect(calls.map((call) => call.arguments)).toEqual(['{"x":1}', "{}", "{}"]);
		const ids = calls.map(({ id }) => id);
		expect(new Set(ids).size).toBe(3);
		expect(results.map(({ parts: [part] }) => part?.type === "tool_result" && part.id)).toEqual([
			ids[0],
			"own",
			ids[2],
			"call_c",
		]);
		expect(request?.responseFormat).toBeUndefined();
	});

	test.each<[body: Json, expected: Json]>([
		[{ think: true }, { reasoning: { effort: "medium", isShown: true } }],
		[{ think: "high" }, { reasoning: { effort: "high", isShown: true } }],
		[{ think: false }, { reasoning: { effort: "none" } }],
		[{ think: null }, { reasoning: undefined }],
		[{ options: { num_predict: -1, stop: "END" } }, { maxOutputTokens: undefined, stop: ["END"] }],
		[{ options: { num_predict: 5, stop: ["a", "b"], top_k: 3 } }, { maxOutputTokens: 5, stop: ["a", "b"] }],
		[{ options: null, format: "json" }, { responseFormat: { type: "json" } }],
		[{ logprobs: true, top_logprobs: 2 }, { logprobs: { top: 2 } }],
		[{ options: { num_ctx: 1 }, keep_alive: 0 }, { extensions: { "options.num_ctx": 1, keep_alive: 0 } }],
	])("%j is understood", (body, expected) => {
		expect(read({ messages, ...body })).toMatchObject(expected);
		expect(ollamaGenerate.translation?.readRequest({ model: "m", prompt: "Hi", ...body })).toMatchObject(expected);
	});

	test.each<[path: string, body: Json, message: RegExp]>([
		["chat", { messages: [] }, /model/],
		["chat", { model: "m", messages: "Hi" }, /'messages': expected array/],
		["chat", { model: "m", messages: [{ content: "Hi" }] }, /role/],
		["chat", { model: "m", messages: [{ role: "user", content: [] }] }, /'messages\[0\].content': expected string/],
		["chat", { model: "m", messages, options: 5 }, /'options': expected object/],
		["chat", { model: "m", messages, stream: "no" }, /'stream': expected boolean/],
		["chat", { model: "m", messages, format: 5 }, /format/],
		["generate", { model: "m", prompt: 5 }, /'prompt': expected string/],
		["embed", { model: "m", input: [5] }, /'input\[0\]': expected string/],
		["embeddings", { model: "m" }, /prompt/],
		["show", {}, /model must be the name of a model/],
		["show", { model: 5 }, /'model': expected string/],
	])("to %s that is wrong is refused in Ollama's words: %j", async (path, body, message) => {
		const host = await hostOf((_request, response) => sendJson(response, {}));
		const gateway = await gatewayWith({
			upstreams: [upstream("one", host.url)],
			routes: [route(["one"], { models: ["*"] })],
		});
		const response = await post(gateway, path, body);
		expect([response.status, await jsonOf(response)]).toEqual([400, { error: expect.stringMatching(message) }]);
	});

	test.each([null, undefined])("whose stream is %s is answered in lines", async (stream) => {
		const host = await hostOf((_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.end(`${chunk({ content: "Hello" })}${chunk({}, "stop")}data: [DONE]\n\n`);
		});
		const gateway = await gatewayWith({
			upstreams: [upstream("one", host.url)],
			routes: [route(["one"], { models: ["*"] })],
		});
		const text = await (await post(gateway, "chat", { model: "m", messages, stream })).text();
		expect(said(linesIn(text))).toBe("Hello");
	});
});

test("log probabilities stand with the text that they are of", async () => {
	const token = {
		token: "Hello",
		logprob: -0.5,
		bytes: [72],
		top_logprobs: [{ token: "Hi", logprob: -1, bytes: [72] }],
	};
	const host = await hostOf(({ body }, response) => {
		expect(JSON.parse(body.toString())).toMatchObject({ logprobs: true, top_logprobs: 1 });
		response.writeHead(200, { "content-type": "text/event-stream" });
		const first = chunk({ content: "Hello" }).replace(
			'"finish_reason"',
			`"logprobs":{"content":[${JSON.stringify(token)}]},"finish_reason"`,
		);
		response.end(`${first}${chunk({ content: " you" })}${chunk({}, "stop")}data: [DONE]\n\n`);
	});
	const gateway = await gatewayWith({
		upstreams: [upstream("one", host.url)],
		routes: [route(["one"], { models: ["*"] })],
	});
	const body = { model: "m", messages, logprobs: true, top_logprobs: 1 };
	const [one, two] = linesIn(await (await post(gateway, "chat", body)).text());
	expect([one?.logprobs, two?.logprobs]).toEqual([[token], undefined]);
});

describe("lists", () => {
	const tags = {
		models: [
			{ name: "a:7b", model: "a:7b", size: 5, digest: "sha256:1", details: { family: "llama" } },
			{ name: "b:1b", model: "b:1b", size: 6, digest: "sha256:2", details: { family: "qwen" } },
		],
	};
	const shown = {
		modelfile: "FROM a",
		capabilities: ["completion", "vision"],
		model_info: { "llama.context_length": 9 },
	};
	const answer: HostAnswer = ({ url }, response) => {
		if (url === "/api/tags" || url === "/api/ps") return sendJson(response, tags);
		if (url === "/api/show") return sendJson(response, shown);
		return sendJson(response, { object: "list", data: [{ id: "a:7b", created: 1_700_000_000, owned_by: "library" }] });
	};

	test("are Ollama's own where all requests go to one, but for what a key may not use", async () => {
		const host = await hostOf(answer);
		const gateway = await gatewayWith(
			{
				upstreams: [upstream("one", `${host.url}/v1`, { provider: "ollama" })],
				routes: [route([target("one")], { models: ["*"] })],
			},
			{ "admin-key": "the-admin-key-of-this-test" },
		);
		const get = async (path: string, headers = {}) =>
			jsonOf<Json>(await fetch(`${gateway.url}/api/${path}`, { headers }));
		for (const path of ["tags", "ps"]) expect(await get(path)).toEqual(tags);
		const { secret } = await addKey(gateway, { models: ["b:*"] });
		const key = { authorization: `Bearer ${secret}` };
		for (const path of ["tags", "ps"]) expect(await get(path, key)).toEqual({ models: tags.models.slice(1) });
		expect(await jsonOf(await post(gateway, "show", { model: "b:1b" }, key))).toEqual(shown);
		for (const body of [{ model: "a:7b" }, { name: "a:7b" }]) {
			const refused = await post(gateway, "show", body, key);
			expect([refused.status, await jsonOf(refused)]).toEqual([403, { error: expect.stringContaining("a:7b") }]);
		}
	});

	test("of routes name those; a model that only Ollama has is shown by it, under its own name", async () => {
		const host = await hostOf(answer);
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`, { provider: "ollama" }), upstream("two", `${host.url}/v1`)],
			routes: [
				route([target("one/a:7b")], { models: ["mine"] }),
				route([target("one/a:7b"), target("two/a:7b", { capabilities: { context: 1234, tools: false } })], {
					models: ["both"],
				}),
				route([target("two/text-embedding-3-small")], { models: ["my-embed"] }),
			],
		});
		const list = await jsonOf<{ models: Json[] }>(await fetch(`${gateway.url}/api/tags`));
		expect(list.models.map(({ name, model, modified_at: at, size }) => [name, model, at, size])).toEqual([
			["mine:latest", "mine:latest", "2023-11-14T22:13:20.000Z", 0],
			["both:latest", "both:latest", "2023-11-14T22:13:20.000Z", 0],
			["my-embed:latest", "my-embed:latest", "0001-01-01T00:00:00Z", 0],
		]);
		expect(await jsonOf(await post(gateway, "show", { name: "mine" }))).toEqual(shown);
		expect(JSON.parse(host.received.at(-1)?.body.toString() ?? "")).toMatchObject({ model: "a:7b" });
		expect(await jsonOf(await post(gateway, "show", { model: "both" }))).toMatchObject({
			capabilities: ["completion"],
			model_info: { "general.architecture": "unknown", "general.basename": "both", "unknown.context_length": 1234 },
		});
		expect(await jsonOf(await post(gateway, "show", { model: "my-embed" }))).toMatchObject({
			capabilities: ["embedding"],
		});
		expect((await post(gateway, "show", { model: "nothing" })).status).toBe(404);
		expect(await jsonOf(await fetch(`${gateway.url}/api/ps`))).toEqual({ models: [] });
	});

	test("are made here where a server only follows Ollama", async () => {
		const host = await hostOf((request, response, rest) =>
			request.url.startsWith("/api/")
				? sendJson(response, { error: "not found" }, 404)
				: answer(request, response, rest),
		);
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`, { provider: "ollama" })],
			routes: [route([target("one")], { models: ["*"] })],
		});
		expect(await jsonOf(await fetch(`${gateway.url}/api/tags`))).toMatchObject({ models: [{ name: "a:7b" }] });
		expect(await jsonOf(await post(gateway, "show", { model: "a:7b" }))).toMatchObject({
			capabilities: ["completion", "tools"],
		});
		expect((await post(gateway, "show", { model: "z" })).status).toBe(404);
	});
});

test.each(["ollama", "chat"] as const)(
	"a stream that breaks is gone on with elsewhere (first at %s)",
	async (first) => {
		const texts = ["One, two", " and thr", "ee: that is", " all there is."];
		const line = (content: string, more: object = {}) =>
			`${JSON.stringify({ model: "real", message: { role: "assistant", content }, done: false, ...more })}\n`;
		const half =
			first === "ollama"
				? texts.slice(0, 2).map((text) => line(text))
				: texts.slice(0, 2).map((content) => chunk({ content }));
		const type = first === "ollama" ? "application/x-ndjson" : "text/event-stream";
		const breaking = await hostOf(
			first === "chat"
				? cutOff(half.join(""))
				: (_request, response) => {
						response.writeHead(200, { "content-type": type });
						response.write(half.join(""), () => response.destroy());
					},
		);
		const other = await hostOf((_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.end(`${texts.map((content) => chunk({ content })).join("")}${chunk({}, "stop")}data: [DONE]\n\n`);
		});
		const gateway = await gatewayWith({
			upstreams: [
				upstream("first", `${breaking.url}/v1`, first === "ollama" ? { provider: "ollama" } : {}),
				upstream("second", `${other.url}/v1`),
			],
			routes: [
				route([target("first/m"), target("second/m")], {
					retry: { ...route([]).retry, attemptsPerTarget: 1 },
					models: ["*"],
				}),
			],
		});
		for (const path of ["chat", "generate"] as const) {
			if (path === "generate" && first === "ollama") continue;
			const body = path === "chat" ? { model: "m", messages } : { model: "m", prompt: "Hi" };
			const lines = linesIn(await (await post(gateway, path, body)).text());
			expect(path === "chat" ? said(lines) : lines.map(({ response = "" }) => response).join("")).toBe(texts.join(""));
			expect(lines.at(-1)).toMatchObject({ done: true, done_reason: "stop" });
		}
	},
);

describe("an answer that is kept", () => {
	const scene = async () => {
		let count = 0;
		const host = await hostOf(({ body }, response) => {
			count += 1;
			const { stream } = JSON.parse(body.toString()) as Json;
			const content = `Answer ${count}`;
			const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
			if (stream !== true) {
				const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
				return sendJson(response, { id: "c", object: "chat.completion", created: 1, model: "m", choices, usage });
			}
			response.writeHead(200, { "content-type": "text/event-stream" });
			return response.end(`${chunk({ content })}${chunk({}, "stop")}data: [DONE]\n\n`);
		});
		const cache = {
			...{ ageMs: 60_000, scope: "key", isOnRequest: false, tools: "never", sampled: "never", semantic: undefined },
		} as never;
		const gateway = await gatewayWith(
			{ upstreams: [upstream("one", `${host.url}/v1`)], routes: [route(["one"], { models: ["*"], cache })] },
			{ overlay: withoutRateLimit(), contract: ["openai"] },
		);
		return { gateway, host };
	};

	test("is given as lines and whole, to clients of both APIs", async () => {
		const { gateway, host } = await scene();
		const ask = (more: object) => post(gateway, "chat", { model: "m", messages, options: { temperature: 0 }, ...more });
		expect(said(linesIn(await (await ask({})).text()))).toBe("Answer 1");
		const again = await ask({});
		expect([again.headers.get("content-type"), again.headers.get("cache-status")]).toEqual([
			"application/x-ndjson",
			expect.stringContaining("hit"),
		]);
		expect(said(linesIn(await again.text()))).toBe("Answer 1");
		expect(await jsonOf(await ask({ stream: false }))).toMatchObject({ message: { content: "Answer 1" }, done: true });
		const chat = await fetch(`${gateway.url}/v1/chat/completions`, {
			method: "POST",
			headers: json,
			body: JSON.stringify({ model: "m", messages, temperature: 0 }),
		});
		expect(await jsonOf(chat)).toMatchObject({ choices: [{ message: { content: "Answer 1" } }] });
		expect(host.received).toHaveLength(1);
	});

	test("is given once more for the same key, in the same lines, while it comes and afterwards", async () => {
		const { gateway, host } = await scene();
		const ask = () => post(gateway, "chat", { model: "m", messages }, { "idempotency-key": "the-key" });
		const [one, two] = await Promise.all([ask(), ask()]);
		const texts = [await one.text(), await two.text(), await (await ask()).text()];
		expect(said(linesIn(texts[0] as string))).toBe("Answer 1");
		expect(new Set(texts).size).toBe(1);
		expect(two.headers.get("content-type")).toBe("application/x-ndjson");
		expect(host.received).toHaveLength(1);
	});
});

describe("a name with the tag that Ollama's lists have", () => {
	const completion = (_request: unknown, response: Parameters<HostAnswer>[1]) => {
		const choices = [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }];
		sendJson(response, { id: "c", object: "chat.completion", created: 1, model: "m", choices });
	};

	test.each<[asked: string, sent: string]>([
		["plain:latest", "plain"],
		["renamed:latest", "real"],
		["own:latest", "own:latest"],
		["plain:7b", "plain:7b"],
		["gpt-9:latest", "gpt-9"],
		["llama:latest", "llama:latest"],
		[":latest", ":latest"],
	])("%s is asked for as %s, on every path", async (asked, sent) => {
		const host = await hostOf((request, response) =>
			request.url === "/api/chat"
				? sendJson(response, { message: { role: "assistant", content: "Hi" }, done: true })
				: completion(request, response),
		);
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`), upstream("ollama", `${host.url}/v1`, { provider: "ollama" })],
			routes: [
				route([target("one")], { models: ["plain", "own:latest"] }),
				route([target("one/real")], { models: ["renamed"] }),
				route([target("ollama")], { models: ["llama*"] }),
				route([target("one")], { models: ["*"] }),
			],
		});
		const chat = { method: "POST", headers: json, body: JSON.stringify({ model: asked, messages }) };
		for (const response of [
			await post(gateway, "chat", { model: asked, messages, stream: false }),
			await fetch(`${gateway.url}/v1/chat/completions`, chat),
		]) {
			expect(response.status).toBe(200);
			await response.arrayBuffer();
			expect(JSON.parse(host.received.at(-1)?.body.toString() ?? "")).toMatchObject({ model: sent });
		}
	});

	test("is held against a key's models without it", async () => {
		const host = await hostOf(completion);
		const gateway = await gatewayWith(
			{ upstreams: [upstream("one", `${host.url}/v1`)], routes: [route([target("one")], { models: ["a", "b"] })] },
			{ "admin-key": "the-admin-key-of-this-test" },
		);
		const { secret } = await addKey(gateway, { models: ["a"] });
		const key = { authorization: `Bearer ${secret}` };
		const statusOf = async (path: string, body: object) => {
			const response = await post(gateway, path, { stream: false, messages, ...body }, key);
			await response.arrayBuffer();
			return response.status;
		};
		expect(await statusOf("chat", { model: "a:latest" })).toBe(200);
		expect(await statusOf("chat", { model: "b:latest" })).toBe(403);
		expect(await statusOf("show", { model: "a:latest" })).toBe(200);
		expect(await statusOf("show", { model: "b:latest" })).toBe(403);
		const list = await jsonOf<{ models: Json[] }>(await fetch(`${gateway.url}/api/tags`, { headers: key }));
		expect(list.models.map(({ name }) => name)).toEqual(["a:latest"]);
	});
});

test("a client of chat completions asks an upstream that only generates for one prompt, and for no conversation", async () => {
	const host = await hostOf((_request, response) =>
		sendJson(response, {
			model: "m",
			response: "Hi",
			done: true,
			done_reason: "stop",
			prompt_eval_count: 1,
			eval_count: 1,
		}),
	);
	const gateway = await gatewayWith({
		upstreams: [upstream("one", `${host.url}/v1`, { dialects: ["ollama.generate"] })],
		routes: [route(["one"], { models: ["*"] })],
	});
	const ask = (said: object[]) =>
		fetch(`${gateway.url}/v1/chat/completions`, {
			method: "POST",
			headers: json,
			body: JSON.stringify({ model: "m", messages: said, max_tokens: 5 }),
		});
	const system = { role: "system", content: "Be kind" };
	expect(await jsonOf(await ask([system, ...messages]))).toMatchObject({ choices: [{ message: { content: "Hi" } }] });
	expect([host.received[0]?.url, JSON.parse(host.received[0]?.body.toString() ?? "")]).toEqual([
		"/api/generate",
		{ model: "m", prompt: "Hi", system: "Be kind", stream: false, options: { num_predict: 5 } },
	]);
	const refused = await ask([...messages, { role: "assistant", content: "Hi" }, ...messages]);
	expect([refused.status, await jsonOf(refused)]).toMatchObject([400, { error: { code: "unsupported_by_upstream" } }]);
});

describe("a body that isn't labelled as JSON", () => {
	const form = { "content-type": "application/x-www-form-urlencoded" };
	const ask = async (headers: Record<string, string>, path = "/api/chat") => {
		const host = await hostOf(answerShortly);
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`)],
			routes: [route(["one"], { models: ["*"] })],
		});
		const body = JSON.stringify({ model: "m", messages, stream: false });
		return (await fetch(`${gateway.url}${path}`, { method: "POST", headers, body })).status;
	};

	test("is taken from curl, as Ollama itself takes it", async () => {
		expect(await ask({ ...form, "user-agent": "curl/8.5.0" })).toBe(200);
	});

	test.each([
		["a page's form", { origin: "http://127.0.0.1:3000" }],
		["a link's page", { referer: "http://127.0.0.1:3000/" }],
		["a browser that says no more than its name", { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" }],
	])("is refused from %s", async (_who, headers) => {
		expect(
			await ask({ ...form, "user-agent": "curl/8.5.0", ...headers } as Record<string, string>),
		).toBeGreaterThanOrEqual(403);
	});

	test("is refused where the vendor refuses it", async () => {
		expect(await ask({ ...form, "user-agent": "curl/8.5.0" }, "/v1/chat/completions")).toBe(415);
	});
});
