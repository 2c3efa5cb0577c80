/** What a plugin may do with a request and its answer. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { chunk, completion, type HostAnswer, sendJson, startAiHost, startStream } from "./kit/aiHost.js";
import { errorOf, gatewayFor, hello, jsonOf, postChat, temporaryFile } from "./kit/gateway.js";
import { gatewayWith, keyOf, until } from "./kit/limited.js";
import { route, upstream } from "./kit/routing.js";

const llmgw = new URL("../src/index.ts", import.meta.url).href;
const done = "data: [DONE]\n\n";
const patience = { timeout: 10_000 };
/** What plugins of these tests note, in this process. */
const notes = globalThis as unknown as { notes: unknown[]; llmgw: unknown };
notes.llmgw = await import(/* @vite-ignore */ llmgw);

async function hostFor(answer?: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

/** A plugin with this middleware; it may use all that the package exports. */
function pluginOf(stage: string, body: string): string {
	notes.notes = [];
	return temporaryFile(
		"plugin.mjs",
		`const { answerWith, changeAnswer, chatRequest, GatewayError, replaceBody, watchAnswer } = globalThis.llmgw;
		const note = (value) => globalThis.notes.push(value);
		export default { name: "mine", stage: "${stage}",
			middleware: (_options, { log, contract }) => async (ctx, next) => { const { exchange } = ctx.state; ${body} } };`,
	);
}

const streamed: HostAnswer = (_request, response) => {
	startStream(response);
	response.end(chunk({ content: "Hel" }) + chunk({ content: "lo" }, "stop") + done);
};

describe("a plugin answers by itself,", () => {
	test("whole: nobody is asked, nothing is used up, and the answer can be stored", async () => {
		const host = await hostFor();
		const plugin = [
			pluginOf("upstream", `answerWith(ctx, ${JSON.stringify(completion)}, { headers: { "X-Mine": "1" } });`),
		];
		const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 5_000 } }, { flags: { plugin } });
		const response = await postChat(gateway.baseUrl, { ...hello, store: true });
		expect([response.status, response.headers.get("x-mine")]).toEqual([200, "1"]);
		const { id, ...answer } = await jsonOf<typeof completion>(response);
		expect(answer.choices).toEqual(completion.choices);
		expect((await fetch(`${gateway.baseUrl}/chat/completions/${id}`)).status).toBe(200);
		expect(host.received).toEqual([]);
		await until(() => gateway.gateway.services.load.requests === 0);
		const again = await postChat(gateway.baseUrl, hello);
		expect(Number(again.headers.get("x-ratelimit-remaining-tokens"))).toBeGreaterThan(3_000);
	});

	test("with a stream of objects, which are events, and ends with the operation's last event", async () => {
		const host = await hostFor();
		const body = `answerWith(ctx, (async function* () {
			yield { choices: [{ index: 0, delta: { content: "Hel" } }] };
			yield 'data: {"choices":[{"index":0,"delta":{"con';
			yield new TextEncoder().encode('tent":"lo"}}]}\\n\\n');
		})());`;
		const gateway = await gatewayFor(host, { plugin: [pluginOf("upstream", body)], "log-format": "json" });
		const response = await postChat(gateway.baseUrl, { ...hello, stream: true });
		expect(response.headers.get("content-type")).toBe("text/event-stream");
		expect(await response.text()).toBe(
			'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"lo"}}]}\n\n' +
				done,
		);
		expect(host.received).toEqual([]);
		await vi.waitUntil(() => gateway.printed.length > 0, patience);
		expect(JSON.parse(gateway.printed[0] as string)).toMatchObject({ status: 200, stream: true, route: "*" });
		expect(gateway.gateway.services.load).toEqual({ requests: 0, streams: 0 });
	});

	test("with a stream that fails, which ends with an error event", async () => {
		const body = `answerWith(ctx, (async function* () { yield { choices: [] }; throw new Error("secret detail"); })());`;
		const gateway = await gatewayFor(await hostFor(), { plugin: [pluginOf("upstream", body)] });
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		expect(text).not.toMatch(/DONE|secret/);
		expect(JSON.parse(text.trimEnd().split("data: ").at(-1) ?? "").error.code).toBe("internal_error");
		expect(gateway.printed.join()).toContain("secret detail");
	});

	test("at the client's pace, until it leaves", async () => {
		const body = `
			exchange.signal.addEventListener("abort", () => note("aborted"));
			let parts = 0;
			answerWith(ctx, (async function* () {
				try { for (;;) { globalThis.notes[0] = parts += 1; yield { pad: "x".repeat(100_000) }; } }
				finally { note("returned"); }
			})());`;
		const gateway = await gatewayFor(await hostFor(), { plugin: [pluginOf("upstream", body)] });
		const leaving = new AbortController();
		const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ ...hello, stream: true }),
			signal: leaving.signal,
		});
		await response.body?.getReader().read();
		let before = -1;
		// Nobody reads: it comes to a stop.
		while (before !== notes.notes[0]) {
			before = notes.notes[0] as number;
			await new Promise((resolve) => setTimeout(resolve, 200));
		}
		expect(before).toBeLessThan(1_000);
		leaving.abort();
		await vi.waitFor(() => expect(notes.notes.slice(1).sort()).toEqual(["aborted", "returned"]), patience);
	});

	test("in place of an upstream that is answering, whose request is cancelled", async () => {
		const host = await hostFor((_request, response) => {
			startStream(response);
			response.write(chunk({ content: "Hel" }));
		});
		const gateway = await gatewayFor(host, {
			plugin: [pluginOf("upstream", "await next(); answerWith(ctx, { mine: true });")],
		});
		const aborted = host.nextAbort();
		expect(await jsonOf(await postChat(gateway.baseUrl, { ...hello, stream: true }))).toEqual({ mine: true });
		await aborted;
	});
});

describe("a plugin replaces the body", () => {
	const routing = (url: string) => ({
		upstreams: [upstream("a", `${url}/v1`)],
		routes: [route(["a"], { name: "small", models: ["small"] }), route(["a"], { name: "large", models: ["large"] })],
	});
	const toLarge = `await replaceBody(ctx, { ...exchange.body.json, model: "large", temperature: 0.5 }); note(exchange.route.name);`;

	test("and its model's route is found anew", async () => {
		const host = await hostFor();
		const flags = { plugin: [pluginOf("validated", `${toLarge} await next();`)] };
		const gateway = await gatewayWith(host, {}, { routing: routing(host.url), flags });
		expect((await postChat(gateway.baseUrl, { ...hello, model: "small" })).status).toBe(200);
		expect(notes.notes).toEqual(["large"]);
		expect(JSON.parse(host.received[0]?.body.toString() ?? "")).toMatchObject({ model: "large", temperature: 0.5 });
	});

	test("never with a model that the caller may not use, even if it doesn't care", async () => {
		const host = await hostFor();
		const flags = {
			plugin: [pluginOf("validated", `try { ${toLarge} } catch (error) { note(error.code); } await next();`)],
		};
		const gateway = await gatewayWith(host, {}, { routing: routing(host.url), flags });
		const authorization = `Bearer ${await keyOf(gateway, { models: ["small"] })}`;
		expect((await postChat(gateway.baseUrl, { ...hello, model: "small" }, { authorization })).status).toBe(200);
		expect(notes.notes).toEqual(["model_not_allowed"]);
		expect(JSON.parse(host.received[0]?.body.toString() ?? "").model).toBe("small");
	});

	test.each([
		["another model within the limits", "upstream", toLarge, "the model can be changed in the stage `validated` only"],
		[
			"what the contract refuses",
			"validated",
			"await replaceBody(ctx, { messages: 5 });",
			"the contract refuses the new body",
		],
		["a body that has not come yet", "authenticated", "await replaceBody(ctx, {});", "no body, or none yet"],
	])("but not with %s, which is its own fault", async (_name, stage, body, reason) => {
		const host = await hostFor();
		const flags = { plugin: [pluginOf(stage, `${body} await next();`)] };
		const gateway = await gatewayWith(host, {}, { routing: routing(host.url), flags });
		const response = await postChat(gateway.baseUrl, { ...hello, model: "small" });
		expect([response.status, (await errorOf(response)).code]).toEqual([500, "internal_error"]);
		expect(gateway.printed.join()).toContain(reason);
		expect(host.received).toEqual([]);
	});
});

describe("a plugin sees and changes", () => {
	const read = `const { messages, model } = chatRequest(ctx); note([model, messages[0].role, messages[0].parts[0].text]);`;
	const watch = `watchAnswer(ctx, { events: (events) => { for (const { type, text } of events) if (type === "text") note(text); },
		end: (failure) => note(failure === undefined) });`;

	test.each<[string, HostAnswer, object, string[]]>([
		["streamed", streamed, { stream: true }, ["Hel", "lo"]],
		[
			"whole",
			(_request, response) => sendJson(response, completion),
			{},
			[completion.choices[0]?.message.content ?? ""],
		],
	])("a request and an answer, %s, in the neutral model", async (_name, answer, more, texts) => {
		const plugin = [pluginOf("upstream", `${read} await next(); ${watch}`)];
		const gateway = await gatewayFor(await hostFor(answer), { plugin });
		await (await postChat(gateway.baseUrl, { ...hello, model: "m", ...more })).text();
		await vi.waitFor(() => expect(notes.notes).toEqual([["m", "user", "Hello AI"], ...texts, true]), patience);
	});

	test("a request that only an upstream with a memory can serve", async () => {
		const plugin = [pluginOf("upstream", `${read} await next();`)];
		const host = await hostFor((_request, response) => sendJson(response, { id: "resp_1", output: [] }));
		const one = upstream("one", `${host.url}/v1`, { dialects: ["openai.responses"], keepsResponses: true });
		const gateway = await gatewayWith(
			host,
			{},
			{ routing: { upstreams: [one], routes: [route(["one"])] }, flags: { plugin } },
		);
		const asked = {
			model: "test-model",
			input: [{ role: "user", content: "Hello AI" }],
			previous_response_id: "resp_0",
		};
		const response = await fetch(`${gateway.baseUrl}/responses`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(asked),
		});
		expect(response.status).toBe(200);
		expect(notes.notes).toEqual([["test-model", "user", "Hello AI"]]);
	});

	const slowly = `await next(); changeAnswer(ctx, {
		push: async (bytes, events) => {
			await new Promise((resolve) => setTimeout(resolve, 20));
			if (events.some(({ text }) => text === "lo")) throw new GatewayError(403, "Not this.", { code: "refused_by_guard" });
			return bytes;
		} });`;
	test("a stream that waits for it, event by event, and ends it", async () => {
		const host = await hostFor((_request, response) => {
			startStream(response);
			response.write(chunk({ content: "Hel" }));
			setTimeout(() => response.end(chunk({ content: "lo" }, "stop") + done), 50);
		});
		const gateway = await gatewayFor(host, { plugin: [pluginOf("upstream", slowly)] });
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		expect(text.startsWith(chunk({ content: "Hel" }))).toBe(true);
		expect(JSON.parse(text.trimEnd().split("data: ").at(-1) ?? "").error.code).toBe("refused_by_guard");
		expect(text).not.toMatch(/"lo"|DONE/);
	});
});

test("a plugin writes to the log, which names it, and reads the contract", async () => {
	const body = `log.info("seen", { operations: contract.operations.some(({ id }) => id === "createChatCompletion") });
		log.error(contract.document.openapi); await next();`;
	const gateway = await gatewayFor(await hostFor(), { plugin: [pluginOf("validated", body)] });
	await postChat(gateway.baseUrl, hello);
	expect(gateway.printed).toEqual(['plugin mine: seen {"operations":true}', "plugin mine: 3.1.0"]);
});

test.each([
	["ledger", /plugin x \(.*\): a plugin does not get `ledger`: it belongs to the gateway/],
	["settings", /a plugin does not get `settings`: declare what the plugin needs as its own `options`/],
	["complain", /a plugin does not get `complain`: write `log.error\(message\)`/],
])("a plugin that asks for the gateway's %s is refused at start, and told what to do", async (name, reason) => {
	const file = temporaryFile(
		"plugin.mjs",
		`export default { name: "x", stage: "edge", middleware: (_options, { ${name} }) => (ctx, next) => next() }`,
	);
	await expect(gatewayFor({ url: "http://127.0.0.1:1" }, { plugin: [file] })).rejects.toThrow(reason);
});

describe("the documentation's", () => {
	const text = readFileSync(new URL("../docs/plugins.md", import.meta.url), "utf8");
	/** The example's file, which finds the package where these tests have it. */
	const documented = (name: string) => {
		const blocks = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
		const code = blocks.find((block) => block.includes(`name: "${name}"`)) as string;
		return temporaryFile("plugin.mjs", code.replace(/^import (\{.*\}) from "llmgw";/m, "const $1 = globalThis.llmgw;"));
	};

	test("office hours refuse and say so in the log", async () => {
		const gateway = await gatewayFor(await hostFor(), { plugin: [`${documented("office-hours")}={"opens":24}`] });
		const response = await postChat(gateway.baseUrl, hello);
		expect([response.status, (await errorOf(response)).code]).toEqual([403, "closed"]);
		expect(gateway.printed).toEqual(['plugin office-hours: closed {"path":"/v1/chat/completions"}']);
	});

	test("parrot streams an answer of its own", async () => {
		const host = await hostFor();
		const gateway = await gatewayFor(host, { plugin: [documented("parrot")] });
		const asked = { ...hello, model: "parrot", stream: true };
		const events = (await (await postChat(gateway.baseUrl, asked)).text()).split("\n\n");
		const words = events.slice(0, 2).map((event) => JSON.parse(event.slice(6)).choices[0].delta.content);
		expect([words, events.slice(3)]).toEqual([
			["Hello ", "AI "],
			["data: [DONE]", ""],
		]);
		expect(host.received).toEqual([]);
	});

	test("guardrail lets through what its service allows, and ends a stream at what it refuses", async () => {
		const guard = createServer((request, response) => {
			let said = "";
			request.on("data", (part) => {
				said += part;
			});
			request.on("end", () => response.writeHead(said.includes("lo") ? 403 : 200).end());
		});
		guard.listen(0, "127.0.0.1");
		await once(guard, "listening");
		onTestFinished(() => void guard.close());
		const url = `http://127.0.0.1:${(guard.address() as AddressInfo).port}`;
		const host = await hostFor((_request, response) => {
			startStream(response);
			response.write(chunk({ content: "Hel" }));
			setTimeout(() => response.end(chunk({ content: "lo" }, "stop") + done), 50);
		});
		const gateway = await gatewayFor(host, { plugin: [`${documented("guard")}={"url":"${url}"}`] });
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		expect(text.startsWith(chunk({ content: "Hel" }))).toBe(true);
		expect(JSON.parse(text.trimEnd().split("data: ").at(-1) ?? "").error.code).toBe("guard_refused");
	});
});
