/** Chat completions that are kept as they pass: what the client sees of it, and what is there afterwards. */
import { once } from "node:events";
import { connect } from "node:net";
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CompletionStore, type Store, StoreError } from "../../src/store/store.js";
import { chunk, completion, type HostAnswer, sendJson, startAiHost, startStream } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, jsonOf, postChat, type TestGateway } from "../kit/gateway.js";
import { overBothGateways } from "../kit/stores.js";

const done = "data: [DONE]\n\n";
const idPattern = /^chatcmpl-[0-9A-Za-z]{24,}$/;

interface Stored {
	id: string;
	status: string;
	model: string;
	choices: { index: number; finish_reason: string | null; message: { content: string | null } }[];
	metadata: Record<string, string>;
	[name: string]: unknown;
}

async function gatewayBefore(answer?: HostAnswer, flags: Record<string, unknown> = {}): Promise<TestGateway> {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return gatewayFor(host, flags);
}

function streaming(...events: string[]): HostAnswer {
	return (_request, response) => {
		startStream(response);
		response.end(events.join(""));
	};
}

async function stored(gateway: TestGateway, query = ""): Promise<Stored[]> {
	const response = await fetch(`${gateway.baseUrl}/chat/completions${query}`);
	expect(response.status).toBe(200);
	return (await jsonOf<{ data: Stored[] }>(response)).data;
}

/** Waits for the record of an answer whose client has left. */
async function untilStored(gateway: TestGateway, count: number): Promise<Stored[]> {
	return expect
		.poll(() => stored(gateway))
		.toHaveLength(count)
		.then(() => stored(gateway));
}

/** A gateway whose store can't write. */
async function withBrokenStore(error: Error, flags: Record<string, unknown> = {}, answer?: HostAnswer) {
	const gateway = await gatewayBefore(answer, flags);
	replaceAdd(gateway, () => () => Promise.reject(error));
	return gateway;
}

function replaceAdd({ gateway }: TestGateway, make: (add: CompletionStore["add"]) => CompletionStore["add"]): void {
	const services = gateway.services as { store: Store };
	const { completions } = services.store;
	const add = make((owner, record) => completions.add(owner, record));
	services.store = {
		...services.store,
		completions: new Proxy(completions, {
			get: (_target, name) => (name === "add" ? add : completions[name as keyof CompletionStore]),
		}),
	};
}

function eventsOf(text: string): Record<string, unknown>[] {
	return text
		.split("\n\n")
		.filter((event) => event.startsWith("data: {"))
		.map((event) => JSON.parse(event.slice("data: ".length)));
}

describe("a stream that comes event by event", () => {
	const texts = ["Hel", "lo", " wörld €😀", '"quoted"', "\n", " and", " on", "", "."];
	/** An event with this id, written as hosts do. */
	const event = (id: string | undefined, delta: object, reason: string | null = null) =>
		`data: ${JSON.stringify({ id, object: "chat.completion.chunk", created: 7, model: "m", choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;

	test.each([
		["as vLLM's", "chatcmpl-4f0c9a7be1d24c5d8a3f6b2e90d17c48", 41],
		["as SGLang's", "4f0c9a7be1d24c5d8a3f6b2e90d17c48a", 33],
		["too short for one", "chatcmpl-123", 38],
		["too long for one", "x".repeat(100), 38],
		["none", undefined, 38],
	])("has one id in all of it, and is else what the host sent: the host's is %s", async (_name, hosts, length) => {
		const sent = [
			event(hosts, { role: "assistant", content: "" }),
			...texts.map((content) => event(hosts, { content })),
			event(hosts, {}, "stop"),
			done,
		];
		const gateway = await gatewayBefore(async (_request, response) => {
			startStream(response);
			for (const piece of sent) {
				response.write(piece);
				await new Promise((resolve) => setTimeout(resolve, 5));
			}
			response.end();
		});
		const text = await (await postChat(gateway.baseUrl, { ...hello, store: true, stream: true })).text();
		const ids = new Set(eventsOf(text).map(({ id }) => id as string));
		expect(ids.size).toBe(1);
		const [id = ""] = ids;
		expect(id).toMatch(idPattern);
		expect(id).toHaveLength(length);
		if (hosts !== undefined) expect(text.replaceAll(id, hosts)).toBe(sent.join(""));
		const [record] = await untilStored(gateway, 1);
		expect(record).toMatchObject({ id, choices: [{ message: { content: texts.join("") }, finish_reason: "stop" }] });
	});
});

overBothGateways(() => {
	test("a whole answer is kept under an id of the gateway's own", async () => {
		const gateway = await gatewayBefore();
		const request = { ...hello, store: true, model: "m", metadata: { team: "blue" }, top_k: 3 };
		const answer = await jsonOf<Stored>(await postChat(gateway.baseUrl, request));
		expect(answer.id).toMatch(idPattern);
		expect(answer).toEqual({ ...completion, id: answer.id });
		expect(await stored(gateway)).toEqual([
			expect.objectContaining({
				...completion,
				id: answer.id,
				status: "completed",
				metadata: { team: "blue" },
				temperature: 0.7,
				tools: null,
				top_k: 3,
			}),
		]);
	});

	test("two answers to which the host gives the same id are two", async () => {
		const gateway = await gatewayBefore();
		for (let count = 0; count < 2; count += 1) await postChat(gateway.baseUrl, { ...hello, store: true });
		const ids = (await stored(gateway)).map(({ id }) => id);
		expect(new Set(ids).size).toBe(2);
	});

	test("nothing is kept of a request that doesn't ask for it, and the host's id stays", async () => {
		const gateway = await gatewayBefore();
		for (const store of [undefined, false, null])
			expect((await jsonOf<Stored>(await postChat(gateway.baseUrl, { ...hello, store }))).id).toBe(completion.id);
		expect(await stored(gateway)).toEqual([]);
	});

	test("with --store-all every completion is kept", async () => {
		const gateway = await gatewayBefore(undefined, { "store-all": true });
		await postChat(gateway.baseUrl, hello);
		await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		expect((await stored(gateway)).map(({ choices }) => choices[0]?.message.content)).toEqual(["Hello", "Hello"]);
	});

	describe("in a stream", () => {
		const oddEvents = [
			": ping\n\n",
			'event: message\nid: 7\ndata:  {"created" : 5e0, "model":"m","x":"\\u0069d: \\"id\\":\\"no\\"", "id": "h1" ,"choices":[{"delta":{"content":"é\\u00e9"},"index":0,"finish_reason":null}]}\n\n',
			'data: {"choices":[{"index":0,"delta":{"content":"🎉"}}],"id":null}\r\n\r\n',
			'data: {"choices":[{"index":0,"delta":{"content":"!"}}],"usage":{"id":"inner"}}\n\n',
			'data: {"id":"keepalive"}\n\n',
			chunk({}, "stop"),
		];

		test("all but the ids is what the host sent, byte for byte", async () => {
			const gateway = await gatewayBefore(streaming(...oddEvents, done));
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			const [{ id } = { id: "" }] = await stored(gateway);
			expect(id).toMatch(idPattern);
			expect(text).toBe(
				[
					oddEvents[0],
					oddEvents[1]?.replace('"h1"', `"${id}"`),
					oddEvents[2]?.replace('"id":null', `"id":"${id}"`),
					oddEvents[3]?.replace("{", `{"id":"${id}",`),
					oddEvents[4],
					oddEvents[5]?.replace('"chatcmpl-1"', `"${id}"`),
					done,
				].join(""),
			);
		});

		test("it does not matter where the network cuts it", async () => {
			const gateway = await gatewayBefore(async (_request, response) => {
				startStream(response);
				for (const byte of Buffer.from(oddEvents.join("") + done)) {
					response.write(Buffer.from([byte]));
					await new Promise(setImmediate);
				}
				response.end();
			});
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			const [kept] = await stored(gateway);
			expect(kept?.choices[0]?.message.content).toBe("éé🎉!");
			expect(text.split(`"${kept?.id}"`)).toHaveLength(5);
			expect(text.endsWith(done)).toBe(true);
		});

		test("chunks that are much alike are told apart", async () => {
			const texts = [
				"one",
				" two",
				"",
				' "three" ',
				"\\",
				"vier\n",
				"fünf",
				"🎉",
				'"content":"',
				"six",
				"x".repeat(300),
				" end",
			];
			const pieces = texts.flatMap((content) => [
				chunk({ content }),
				chunk({ content: "." }),
				chunk({ content, reasoning_content: "hm" }),
				chunk({ role: "assistant", content: "!" }),
				`data: ${JSON.stringify({ id: "other", choices: [{ index: 1, delta: { content }, finish_reason: null }] })}\n\n`,
				`data: ${JSON.stringify({ choices: [{ index: 1, delta: { content: "?" } }], id: "behind" })}\n\n`,
			]);
			const sent = [...pieces, chunk({}, "stop"), done];
			const gateway = await gatewayBefore(streaming(...sent));
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			const [kept] = await stored(gateway);
			expect(text).toBe(sent.join("").replaceAll(/"id":"(chatcmpl-1|other|behind)"/g, `"id":"${kept?.id}"`));
			expect(kept?.choices.map(({ message }) => message)).toEqual([
				expect.objectContaining({
					content: texts.map((content) => `${content}.${content}!`).join(""),
					reasoning_content: "hm".repeat(texts.length),
				}),
				expect.objectContaining({ content: texts.map((content) => `${content}?`).join("") }),
			]);
		});

		test("many chunks of a kind are one text", async () => {
			const words = Array.from({ length: 400 }, (_, index) => ` w${index}${index % 50 === 0 ? '"' : ""}`);
			const sent = [...words.map((content) => chunk({ content })), chunk({}, "stop"), done];
			const gateway = await gatewayBefore(streaming(...sent));
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			const [kept] = await stored(gateway);
			expect(kept?.choices[0]?.message.content).toBe(words.join(""));
			expect(text).toBe(sent.join("").replaceAll("chatcmpl-1", kept?.id ?? ""));
		});

		test("an event of several data lines is one chunk too", async () => {
			const lines = 'event: e\ndata: {"id":"x","choices":\ndata: [{"index":0,"delta":{"content":"two"}}]}\n\n';
			const gateway = await gatewayBefore(streaming(lines, chunk({}, "stop"), done));
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			const [kept] = await stored(gateway);
			expect(kept?.choices[0]?.message.content).toBe("two");
			expect(
				text.startsWith(`event: e\ndata: {"id":"${kept?.id}","choices":[{"index":0,"delta":{"content":"two"}}]}\n\n`),
			).toBe(true);
		});

		test("[DONE] comes when the record is there, and everything before it at once", async () => {
			const gateway = await gatewayBefore(streaming(chunk({ content: "now" }), chunk({}, "stop"), done));
			let proceed = () => {};
			const held = new Promise<void>((resolve) => {
				proceed = resolve;
			});
			replaceAdd(gateway, (add) => (owner, record) => held.then(() => add(owner, record)));
			const response = await postChat(gateway.baseUrl, { ...hello, stream: true, store: true });
			const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
			let text = "";
			while (!text.includes('"stop"')) text += (await reader.read()).value;
			expect(text).not.toContain("[DONE]");
			proceed();
			for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
			expect(text.endsWith(done)).toBe(true);
		});

		test("a host that keeps its connection open after [DONE] is not waited for", async () => {
			const gateway = await gatewayBefore((_request, response) => {
				startStream(response);
				response.write(chunk({ content: "x" }, "stop") + done);
			});
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			expect(text.endsWith(done)).toBe(true);
			expect(await stored(gateway)).toMatchObject([{ status: "completed" }]);
		});

		test("a finish reason without [DONE] is an end too", async () => {
			const gateway = await gatewayBefore(streaming(chunk({ content: "x" }, "stop")));
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			expect(text.endsWith(done)).toBe(true);
			expect(await stored(gateway)).toMatchObject([{ status: "completed" }]);
		});
	});

	describe("an answer that is cut is kept as far as it came", () => {
		test("the host breaks off", async () => {
			const gateway = await gatewayBefore((_request, response) => {
				startStream(response);
				response.write(chunk({ content: "Hel" }), () => response.destroy());
			});
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			expect(eventsOf(text).at(-1)).toMatchObject({ error: { code: "upstream_closed" } });
			const [kept] = await untilStored(gateway, 1);
			expect(kept).toMatchObject({
				status: "incomplete",
				choices: [{ finish_reason: null, message: { content: "Hel" } }],
			});
			expect(eventsOf(text)[0]?.id).toBe(kept?.id);
		});

		test("the host ends with an error", async () => {
			const gateway = await gatewayBefore(
				streaming(chunk({ content: "Hel" }), 'data: {"error":{"message":"x"}}\n\n', done),
			);
			await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			expect(await stored(gateway)).toMatchObject([{ status: "failed", choices: [{ message: { content: "Hel" } }] }]);
		});

		test("the client leaves", async () => {
			const gateway = await gatewayBefore((_request, response) => {
				startStream(response);
				response.write(chunk({ content: "Hel" }));
			});
			const socket = connect(gateway.port, "127.0.0.1");
			const body = JSON.stringify({ ...hello, stream: true, store: true, metadata: { left: "yes" } });
			socket.write(
				`POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
			);
			let text = "";
			socket.on("data", (bytes) => {
				text += bytes;
				if (text.includes("Hel")) socket.destroy();
			});
			await once(socket, "close");
			const [kept] = await untilStored(gateway, 1);
			expect(kept).toMatchObject({
				status: "incomplete",
				metadata: { left: "yes" },
				choices: [{ message: { content: "Hel" } }],
			});
		});

		test("but nothing of one that is no stream and never became whole", async () => {
			const gateway = await gatewayBefore((_request, response) => {
				response.writeHead(200, { "content-type": "application/json" });
				response.write('{"id":"x","choices":[', () => response.destroy());
			});
			expect((await postChat(gateway.baseUrl, { ...hello, store: true })).status).toBe(502);
			expect(await stored(gateway)).toEqual([]);
		});
	});

	test("what a host says with an error status is not kept", async () => {
		const gateway = await gatewayBefore((_request, response) => sendJson(response, { error: { message: "no" } }, 400), {
			"store-all": true,
		});
		expect((await postChat(gateway.baseUrl, { ...hello, store: true })).status).toBe(400);
		expect(await stored(gateway)).toEqual([]);
	});

	test.each([
		["not json", "upstream_no_answer", "not json"],
		['{"message":"hi"}', "upstream_error", "hi"],
		["[]", "upstream_no_answer", "[]"],
		["null", "upstream_no_answer", "null"],
	])("what is no completion is a 502 with the host's words, and is not kept: %s", async (sent, code, words) => {
		const gateway = await gatewayBefore((_request, response) => {
			response.writeHead(200, { "content-type": "application/json" }).end(sent);
		});
		const response = await postChat(gateway.baseUrl, { ...hello, store: true });
		expect(response.status).toBe(502);
		expect(await errorOf(response)).toMatchObject({ code, message: expect.stringContaining(`: ${words}`) });
		expect(await stored(gateway)).toEqual([]);
	});

	describe("a store that can't write", () => {
		const full = () => new StoreError("full", "disk full");

		test("is a clear error where the client asked for it to be stored", async () => {
			const gateway = await withBrokenStore(full());
			const response = await postChat(gateway.baseUrl, { ...hello, store: true });
			expect(response.status).toBe(507);
			expect(await errorOf(response)).toMatchObject({ code: "store_full", type: "api_error" });
		});

		test("is the stream's last event in place of [DONE]", async () => {
			const gateway = await withBrokenStore(new StoreError("unavailable", "gone"));
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			expect(text).not.toContain("[DONE]");
			expect(eventsOf(text).at(-1)).toMatchObject({ error: { code: "store_unavailable", type: "overloaded_error" } });
			expect(eventsOf(text).slice(0, -1)).toHaveLength(3);
		});

		test("breaks nothing for those who didn't ask", async () => {
			const gateway = await withBrokenStore(new Error("broken inside"), { "store-all": true });
			expect((await postChat(gateway.baseUrl, hello)).status).toBe(200);
			expect(await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text()).toContain(done);
			expect(gateway.printed.join()).toContain("broken inside");
		});

		test("is logged when the client has left", async () => {
			const gateway = await withBrokenStore(new Error("broken inside"), {}, (_request, response) => {
				startStream(response);
				response.write(chunk({ content: "Hel" }), () => response.destroy());
			});
			await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			await expect.poll(() => gateway.printed.join()).toContain("broken inside");
		});
	});

	test("a plugin's changes to the text are in what is kept", async () => {
		const gateway = await gatewayBefore(undefined, {
			plugin: [`${new URL("../../examples/plugins/wordFilter.js", import.meta.url).pathname}={"words":["Hello"]}`],
		});
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
		const seen = eventsOf(text)
			.map((event) => (event.choices as { delta?: { content?: string } }[])[0]?.delta?.content ?? "")
			.join("");
		expect(seen).not.toBe("Hello");
		expect(await stored(gateway)).toMatchObject([{ choices: [{ message: { content: seen } }] }]);
	});

	describe("a recorded stream is what the official SDK makes of it", () => {
		const head = { id: "c", object: "chat.completion.chunk", created: 7, model: "m", system_fingerprint: "fp" };
		const event = (choices: object[], more: object = {}) =>
			`data: ${JSON.stringify({ ...head, ...more, choices })}\n\n`;
		const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
		const call = (index: number, more: object) => [{ index, ...more }];
		const streams: Record<string, string[]> = {
			"text, usage and service tier": [
				event([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }], { usage: null }),
				event([{ index: 0, delta: { content: "Hel" }, finish_reason: null }], { usage: null, service_tier: "flex" }),
				event([{ index: 0, delta: { content: "lo" }, finish_reason: null }], { service_tier: "flex" }),
				event([{ index: 0, delta: {}, finish_reason: "stop" }], { service_tier: "flex" }),
				event([], { usage, service_tier: "flex" }),
			],
			"several choices, mixed": [
				event([{ index: 1, delta: { role: "assistant", content: "B" }, finish_reason: null }]),
				event([{ index: 0, delta: { role: "assistant", content: "A" }, finish_reason: null }]),
				event([{ index: 1, delta: { content: "b" }, finish_reason: "length" }]),
				event([{ index: 0, delta: { content: "a" }, finish_reason: "stop" }]),
			],
			"tool calls": [
				event([
					{
						index: 0,
						delta: {
							role: "assistant",
							content: null,
							tool_calls: call(0, { id: "t1", type: "function", function: { name: "f", arguments: "" } }),
						},
					},
				]),
				event([{ index: 0, delta: { tool_calls: call(0, { function: { arguments: '{"a"' } }) } }]),
				event([
					{
						index: 0,
						delta: { tool_calls: call(1, { id: "t2", type: "function", function: { name: "g", arguments: "{}" } }) },
					},
				]),
				event([{ index: 0, delta: { tool_calls: call(0, { function: { arguments: ":1}" } }) } }]),
				event([{ index: 0, delta: {}, finish_reason: "tool_calls" }]),
			],
			refusal: [
				event([{ index: 0, delta: { role: "assistant", content: "", refusal: "I " }, finish_reason: null }]),
				event([{ index: 0, delta: { refusal: "won't" }, finish_reason: "stop" }]),
			],
			audio: [
				event([
					{ index: 0, delta: { role: "assistant", audio: { id: "a1", transcript: "Hel" } }, finish_reason: null },
				]),
				event([{ index: 0, delta: { audio: { data: "AAAA", transcript: "lo" } }, finish_reason: null }]),
				event([{ index: 0, delta: { audio: { expires_at: 9 } }, finish_reason: "stop" }]),
			],
			"a function call of the older kind": [
				event([{ index: 0, delta: { role: "assistant", content: null, function_call: { name: "f", arguments: "" } } }]),
				event([{ index: 0, delta: { function_call: { arguments: "{}" } }, finish_reason: "function_call" }]),
			],
		};

		test.each(Object.entries(streams))("%s", async (_name, events) => {
			const gateway = await gatewayBefore(streaming(...events, done));
			const client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "k" });
			const bySdk = await client.chat.completions
				.stream({ model: "m", messages: [{ role: "user", content: "x" }], store: true, n: 2 })
				.finalChatCompletion();
			expect(bySdk.id).toMatch(idPattern);
			const kept = await client.chat.completions.retrieve(bySdk.id);
			const { object: _object, ...seen } = JSON.parse(
				JSON.stringify(bySdk, (name, value) => (/^parsed/.test(name) ? undefined : value)),
			);
			expect(kept).toMatchObject(seen);
			expect(kept.object).toBe("chat.completion");
			expect(kept.choices).toHaveLength(seen.choices.length);
		});

		test("log probabilities, of which it takes the first ones twice", async () => {
			const token = (text: string) => ({ token: text, logprob: -0.5, bytes: null, top_logprobs: [] });
			const piece = (text: string, finish: string | null) =>
				event([
					{
						index: 0,
						delta: { content: text },
						logprobs: { content: [token(text)], refusal: null },
						finish_reason: finish,
					},
				]);
			const gateway = await gatewayBefore(streaming(piece("a", null), piece("b", "stop"), done));
			await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			expect(await stored(gateway)).toMatchObject([
				{ choices: [{ logprobs: { content: [token("a"), token("b")], refusal: null } }] },
			]);
		});

		test("and reasoning is put together as well", async () => {
			const gateway = await gatewayBefore(
				streaming(
					chunk({ role: "assistant", reasoning_content: "Let " }),
					chunk({ reasoning_content: "me" }),
					chunk({ content: "42" }, "stop"),
					done,
				),
			);
			await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
			expect(await stored(gateway)).toMatchObject([
				{ choices: [{ message: { content: "42", reasoning_content: "Let me" } }] },
			]);
		});
	});

	test("chunks of any shape break nothing", async () => {
		const odd = [
			'{"choices":[null,5,{"index":"a","delta":7},{"delta":{"content":["x"],"tool_calls":[null,{"function":null}]}}]}',
			'{"choices":[{"index":0,"delta":{"content":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}},"logprobs":[]}],"__proto__":{"polluted":1}}',
			'{"choices":[{"index":0,"delta":{"content":"x","tool_calls":[{"id":"a","function":{"name":"f","arguments":1}},{"id":"b"}]}}],"created":"x","model":""}',
			'{"choices":[]}',
			"[1]",
			"5",
			'{"choices":{}}',
		];
		const gateway = await gatewayBefore(streaming(...odd.map((data) => `data: ${data}\n\n`), chunk({}, "stop"), done));
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
		expect(text.endsWith(done)).toBe(true);
		expect(({} as { polluted?: number }).polluted).toBeUndefined();
		expect(await stored(gateway)).toMatchObject([{ status: "completed" }]);
	});
});
