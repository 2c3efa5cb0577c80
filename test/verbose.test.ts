import { describe, expect, onTestFinished, test, vi } from "vitest";
import { jsonWithoutSecrets, legibleWithout, paintFor } from "../src/logging/verboseText.js";
import { chunk, type HostAnswer, sendJson, startAiHost, startStream } from "./kit/aiHost.js";
import { gatewayFor, hello, postChat, type TestGateway, temporaryFile } from "./kit/gateway.js";
import { openStream, startHeldHost } from "./kit/heldStreams.js";
import { runAtTerminal, serveLlmw } from "./kit/llmw.js";

const done = "data: [DONE]\n\n";
const esc = "\u001b";

async function hostFor(answer?: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

async function verboseGateway(answer?: HostAnswer, flags: Record<string, unknown> = {}): Promise<TestGateway> {
	vi.stubEnv("FORCE_COLOR", "");
	onTestFinished(() => void vi.unstubAllEnvs());
	return gatewayFor(await hostFor(answer), { verbose: true, ...flags });
}

/** The block of the only request so far. */
async function blockOf({ printed }: TestGateway, count = 1): Promise<string> {
	const blocks = () => printed.filter((block) => block.startsWith("┌"));
	await vi.waitFor(() => expect(blocks()).toHaveLength(count), { timeout: 10_000 });
	return blocks().at(-1) as string;
}

async function ask(body: unknown, answer?: HostAnswer, headers: Record<string, string> = {}): Promise<string> {
	const gateway = await verboseGateway(answer);
	await (await postChat(gateway.baseUrl, body, headers)).text();
	return blockOf(gateway);
}

describe("a block", () => {
	test("shows model, parameters, messages, answer, usage and timing", async () => {
		const block = await ask(
			{
				model: "m-1",
				temperature: 0.5,
				stop: ["\n", "END"],
				top_k: 40,
				messages: [
					{ role: "system", content: "Be kind." },
					{
						role: "user",
						content: [
							{ type: "text", text: "Hello AI" },
							{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
						],
					},
				],
			},
			undefined,
			{ "x-request-id": "req-1" },
		);
		const [head, parameters, system, user, outcome, assistant, end] = block.split("\n");
		expect(head).toMatch(/^┌ POST \/v1\/chat\/completions {2}\d\d:\d\d:\d\d\.\d{3} {2}127\.0\.0\.1 {2}req-1$/);
		expect(parameters).toBe('│ model m-1  temperature 0.5  stop ["\\n","END"]  top_k 40  max_tokens 128');
		expect(system).toBe("│ system    Be kind.");
		expect(user).toBe("│ user      Hello AI [image_url]");
		expect(outcome).toMatch(/^├ 200 {2}first byte \d+ ms {2}total \d+ ms {2}tokens 1 in \+ 1 out {2}finish stop$/);
		expect(assistant).toBe("│ assistant Hello");
		expect(end).toBe("└");
	});

	test("has a stream assembled to its text, its reasoning and its tool calls", async () => {
		const call = (index: number, more: object) => ({ tool_calls: [{ index, function: more }] });
		const block = await ask({ ...hello, stream: true }, (_request, response) => {
			startStream(response);
			response.write(chunk({ role: "assistant", reasoning_content: "Let me " }));
			response.write(chunk({ reasoning_content: "think." }));
			for (const word of ["Good ", "morning", "!\nYou"]) response.write(chunk({ content: word }));
			response.write(chunk(call(0, { name: "weather", arguments: '{"city":' })));
			response.write(chunk(call(1, { name: "time", arguments: "{}" })));
			response.write(chunk(call(0, { arguments: '"Bern"}' })));
			response.write(chunk({}, "tool_calls"));
			response.write('data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9}}\n\n');
			response.end(done);
		});
		expect(block).toMatch(/├ 200 .*\d+ chunks {2}tokens 3 in \+ 9 out {2}finish tool_calls/);
		expect(block).toContain("│ reasoning Let me think.\n");
		expect(block).toContain("│ assistant Good morning!⏎ You\n");
		expect(block).toContain('│ tool call weather {"city":"Bern"}\n│ tool call time {}\n');
	});

	test("has the first choice of several, not a mixture", async () => {
		const choice = (index: number, content: string) =>
			`data: ${JSON.stringify({ choices: [{ index, delta: { content }, finish_reason: index === 1 ? "length" : "stop" }] })}\n\n`;
		const block = await ask({ ...hello, n: 2, stream: true }, (_request, response) => {
			startStream(response);
			response.end(choice(0, "one ") + choice(1, "two ") + choice(0, "uno") + choice(1, "due") + done);
		});
		expect(block).toContain("assistant one uno\n");
		expect(block).toContain("first of 2 choices");
	});

	test("shows tool calls and results that are sent along", async () => {
		const tool_calls = [{ id: "c1", type: "function", function: { name: "weather", arguments: "{}" } }];
		const messages = [
			...hello.messages,
			{ role: "assistant", content: null, tool_calls },
			{ role: "tool", tool_call_id: "c1", content: "rain" },
		];
		const block = await ask({ messages });
		expect(block).toMatch(/assistant .*"name":"weather"/);
		expect(block).toContain("│ tool      rain");
	});

	test("shows embeddings and completions too", async () => {
		const gateway = await verboseGateway();
		const post = async (path: string, body: object) => {
			const headers = { "content-type": "application/json" };
			await (await fetch(`${gateway.baseUrl}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).text();
		};
		await post("/embeddings", { model: "e-1", input: ["one", "two"] });
		expect(await blockOf(gateway)).toContain('│ model e-1\n│ input     ["one","two"]\n');
		await post("/completions", { model: "c-1", prompt: "Once upon" });
		expect(await blockOf(gateway, 2)).toContain("│ input     Once upon\n");
	});
});

describe("what goes wrong is shown too", () => {
	test("400, with what was asked", async () => {
		const block = await ask({ ...hello, temperature: 7 });
		expect(block).toContain("temperature 7");
		expect(block).toContain("user      Hello AI");
		expect(block).toMatch(/├ 400 {2}total \d+ ms\n│ Temperature must be between 0\.1 and 1\.0\n└$/);
	});

	test.each<[string, unknown]>([
		["messages that are none", { messages: [5, null, "x", [], { role: 7, content: 8 }, { content: { a: 1 } }] }],
		[
			"parts that are none",
			{ messages: [{ role: "user", content: [{ type: "text", text: 5 }, { type: {} }, null, 3] }] },
		],
		[
			"tool calls that are none",
			{
				messages: [
					{ role: "assistant", tool_calls: "x" },
					{ role: "user", tool_calls: [null] },
				],
			},
		],
		["no object", [1, 2]],
		["null", "null"],
		["no JSON", "{"],
		["parameters of any kind", { messages: [], model: null, tools: 5, toString: 1, __proto__: null, "": {} }],
	])("400 for %s", async (_what, body) => {
		expect(await ask(body)).toMatch(/├ 400 /);
	});

	test("404 and 405", async () => {
		const gateway = await verboseGateway();
		await fetch(`${gateway.url}/nowhere`);
		expect(await blockOf(gateway)).toMatch(/^┌ GET \/nowhere .*\n├ 404 {2}total/);
		await fetch(`${gateway.url}/v1/models`, { method: "POST" });
		expect(await blockOf(gateway, 2)).toMatch(/├ 405 /);
	});

	test("429", async () => {
		const text =
			"overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: \"$['x-rate-limit']\", update: {max: 1}}]\n";
		const gateway = await verboseGateway(undefined, { overlay: temporaryFile("one.yaml", text) });
		for (let count = 0; count < 2; count += 1) await (await postChat(gateway.baseUrl, hello)).text();
		expect(await blockOf(gateway, 2)).toMatch(/├ 429 .*\n│ Rate limit reached: 1 requests per 15m\./);
	});

	test("the upstream's own error, and a host that is not there", async () => {
		const overloaded: HostAnswer = (_request, response) => sendJson(response, { error: { message: "Busy" } }, 503);
		expect(await ask(hello, overloaded)).toMatch(/├ 503 [\s\S]*│ answer {4}\{"error":\{"message":"Busy"\}\}/);
		const gateway = await verboseGateway();
		const gone = await gatewayFor({ url: "http://127.0.0.1:1" }, { verbose: true });
		await (await postChat(gone.baseUrl, hello)).text();
		expect(await blockOf(gone)).toMatch(/├ 502 [\s\S]*refused the connection/);
		expect(gateway.printed).toEqual([]);
	});

	test("a stream that breaks", async () => {
		const block = await ask({ ...hello, stream: true }, (_request, response) => {
			startStream(response);
			response.write(chunk({ content: "Hel" }), () => response.destroy());
		});
		expect(block).toMatch(/├ 200 broken off [\s\S]*│ assistant Hel\n│ The upstream closed the connection/);
	});

	test.each([false, true])("a client that leaves, stream %s, with what it had asked and got", async (stream) => {
		const host = await startHeldHost();
		vi.stubEnv("FORCE_COLOR", "");
		onTestFinished(() => void vi.unstubAllEnvs());
		const silent = await hostFor(() => {});
		const gateway = await gatewayFor(stream ? host : silent, { verbose: true });
		const controller = new AbortController();
		const response = fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ ...hello, stream }),
			signal: controller.signal,
		});
		if (stream) await (await response).body?.getReader().read();
		else await vi.waitFor(() => expect(silent.received).toHaveLength(1));
		controller.abort();
		await response.catch(() => {});
		const block = await blockOf(gateway);
		expect(block).toMatch(/│ user {6}Hello AI\n├ 499 /);
		expect(block).toContain("The client closed the connection.");
		if (stream) expect(block).toContain("assistant begin");
	});
});

describe("what must not be shown", () => {
	test("credentials: of the client, of the gateway, in texts, in parameters", async () => {
		const aikey = "gateway-credential-0815";
		const gateway = await verboseGateway(
			(request, response) =>
				sendJson(
					response,
					{ error: { message: `Bad key ${aikey}, ${request.headers["x-api-key"]}, sk-abcdefghijklmnop` } },
					401,
				),
			{ aikey },
		);
		const body = {
			messages: [
				{ role: "user", content: "My key is sk-proj-abcdefghijkl0123456789 and Bearer abcdef0123456789." },
				{ role: "user", content: "client-credential-4711 AKIAABCDEFGHIJKLMNOP ghp_abcdefghijklmnopqrst" },
			],
			api_key: "plain-secret",
			metadata: { nested: { password: "plain-secret", "x-api-key": "plain-secret" } },
			max_tokens: 5,
		};
		const headers = { authorization: "Bearer client-credential-4711", "x-api-key": "another-credential-42" };
		await (await postChat(gateway.baseUrl, body, headers)).text();
		const block = await blockOf(gateway);
		expect(block).not.toMatch(/0815|4711|credential-42|abcdef|plain-secret|AKIA/);
		expect(block).toContain("My key is *** and Bearer ***");
		expect(block).toContain("api_key ***");
		expect(block).toContain("max_tokens 5");
	});

	test("control characters, in any place a client or a host can write to", async () => {
		const evil = `a${esc}[2J${esc}]0;title\u0007\r\u0008\u009b31m\u202eb\n└\nc`;
		const block = await ask(
			{
				...hello,
				messages: [
					{ role: "user", content: evil },
					{ role: evil, content: [{ type: evil }] },
				],
				[evil]: evil,
				model: evil,
			},
			undefined,
		);
		expect(block).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
		// A line that is not the block's own can't be faked.
		for (const line of block.split("\n")) expect(line).toMatch(/^[┌│├] |^└$/);
		expect(block.match(/^└/gm)).toHaveLength(1);
		const answered = await ask(hello, (_request, response) =>
			sendJson(response, {
				choices: [{ message: { content: evil }, finish_reason: evil }],
				usage: { prompt_tokens: evil },
			}),
		);
		expect(answered).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
		expect(answered.match(/^└/gm)).toHaveLength(1);
	});

	test("more than a part of long texts and long lists", async () => {
		const many = Array.from({ length: 5_000 }, (_unused, index) => ({ role: "user", content: `message ${index}` }));
		const parts = Array.from({ length: 500 }, () => ({ type: "text", text: "part" }));
		const parameters = Object.fromEntries(many.map((_message, index) => [`p${index}`, index]));
		const block = await ask({
			...parameters,
			messages: [
				{ role: "system", content: `begin${"x".repeat(2_000_000)}end` },
				{ role: "user", content: parts },
				...many,
				{ role: "user", content: "last" },
			],
		});
		expect(block.length).toBeLessThan(10_000);
		expect(block).toMatch(/beginx+ … 1999608 characters … x+end/);
		expect(block).toContain("… 4983 more …");
		expect(block).toContain("│ user      last\n");
	});

	test("half a secret, where a text is shortened", () => {
		const legible = legibleWithout([]);
		const long = "x ".repeat(20_000);
		for (let before = 180; before <= 200; before += 1) {
			expect(legible(`${"x".repeat(before - 1)} sk-abcdefghijklmnop ${long}`)).not.toContain("sk-");
			expect(legible(`${long} sk-abcdefghijklmnop ${"x".repeat(before - 1)}`)).not.toMatch(/[a-p]{3} x/);
		}
	});

	test("credentials of any type, and those in URLs", () => {
		const json = jsonWithoutSecrets({ credentials: { user: "me" }, password: 4711, tokens: 3, token: null });
		expect(JSON.parse(json)).toEqual({ credentials: "***", password: "***", tokens: 3, token: null });
		expect(legibleWithout([])("see https://me:pass@example.org/a:b@c or http://h:80/x")).toBe(
			"see https://***@example.org/a:b@c or http://h:80/x",
		);
	});

	test("joined emoji stay what they are", () => {
		expect(legibleWithout([])("👩‍👩‍👧 é 日本")).toBe("👩‍👩‍👧 é 日本");
	});
});

describe("colour", () => {
	test.each<[NodeJS.ProcessEnv, boolean, boolean]>([
		[{}, true, true],
		[{}, false, false],
		[{ NO_COLOR: "1" }, true, false],
		[{ NO_COLOR: "" }, true, true],
		[{ FORCE_COLOR: "1" }, false, true],
		[{ FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
		[{ FORCE_COLOR: "0" }, true, false],
		[{ FORCE_COLOR: "" }, false, false],
	])("%j at a terminal (%s): %s", (environment, isTerminal, coloured) => {
		expect(paintFor(environment, isTerminal).red("x") !== "x").toBe(coloured);
	});

	test("at a terminal there is some, and none where NO_COLOR is set or output is piped", async () => {
		const host = await hostFor();
		const args = ["--bindport", "0", "--aihost", host.url, "--workers", "1", "--verbose"];
		const coloured = runAtTerminal(args);
		const plain = runAtTerminal(args, { NO_COLOR: "1" });
		const piped = await serveLlmw(host, ["--workers", "1", "--verbose"]);
		const forced = await serveLlmw(host, ["--workers", "1", "--verbose"], { FORCE_COLOR: "1" });
		for (const llmw of [coloured, plain, piped, forced]) {
			const [, url = ""] = await llmw.says(/listening on (http:\/\/[\d.:]+)/);
			await (await postChat(`${url}/v1`, hello)).text();
			await llmw.says(/┌ [\s\S]*└/);
		}
		const block = (text: string) => text.slice(text.indexOf("┌"));
		expect(block(coloured.stdout())).toContain(`${esc}[32m200${esc}[39m`);
		expect(block(forced.stdout())).toContain(`${esc}[32m200${esc}[39m`);
		for (const llmw of [plain, piped]) expect(block(llmw.stdout())).not.toContain(esc);
	});
});

test("four workers and 50 requests at once: each block is whole, and there are 50", async () => {
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "4", "--verbose"]);
	const opened = Promise.all(Array.from({ length: 50 }, () => openStream(llmw.url)));
	const streams = await opened;
	host.release();
	for (const { text } of streams) await text;
	await vi.waitFor(() => expect(llmw.stdout().match(/^└$/gm)).toHaveLength(50), { timeout: 10_000 });
	const output = llmw.stdout();
	const blocks = output.slice(output.indexOf("┌")).split(/(?<=^└\n)/m);
	const whole =
		/^┌ POST \/v1\/chat\/completions .*\n│ stream true {2}model .*\n│ user {6}Hello AI\n├ 200 .*\n│ assistant beginend\n└\n$/;
	expect(blocks.filter((block) => !whole.test(block))).toEqual([]);
	const ids = new Set(blocks.map((block) => /^┌ .* (\S+)$/m.exec(block)?.[1]));
	expect(ids.size).toBe(50);
});
