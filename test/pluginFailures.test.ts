/** Failures of users' plugins: the caller gets an error, and nothing else is affected. */
import { describe, expect, onTestFinished, test } from "vitest";
import { chunk, completion, type HostAnswer, sendJson, startAiHost, startStream } from "./kit/aiHost.js";
import { errorOf, gatewayFor, hello, postChat, temporaryFile } from "./kit/gateway.js";

const done = "data: [DONE]\n\n";

async function hostFor(answer?: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

/** A plugin around the call to the upstream; `afterwards` is what it does once the host has begun to answer. */
const around = (afterwards: string) =>
	temporaryFile(
		"plugin.mjs",
		`export default { name: "wrong", stage: "upstream", middleware: () => async (ctx, next) => {
			await next(); const { answer } = ctx.state.exchange; ${afterwards} } }`,
	);

const fails = `() => { throw new Error("secret detail"); }`;

/** A stream that goes on until nobody wants it any more. */
const endless: HostAnswer = (_request, response) => {
	startStream(response);
	response.write(chunk({ content: "Hel" }));
	const timer = setInterval(() => response.write(chunk({ content: "lo" })), 20);
	response.on("close", () => clearInterval(timer));
};

describe("a transform that throws", () => {
	const later: HostAnswer = (_request, response) => {
		response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
		setTimeout(() => response.end(JSON.stringify(completion)), 50);
	};
	test.each([
		["at the whole body", `answer.transforms.push({ push: ${fails}, end: () => Buffer.alloc(0) });`],
		["at its end", `answer.transforms.push({ push: (bytes) => bytes, end: ${fails} });`],
	])("%s is a 500", async (_name, afterwards) => {
		const gateway = await gatewayFor(await hostFor(later), { plugin: [around(afterwards)] });
		const response = await postChat(gateway.baseUrl, hello);
		expect([response.status, (await errorOf(response)).code]).toEqual([500, "internal_error"]);
		expect(gateway.printed).toEqual([expect.stringContaining("secret detail")]);
	});

	test.each([
		["at its first event", `answer.transforms.push({ push: ${fails}, end: () => Buffer.alloc(0) });`, ""],
		["at its end", `answer.transforms.push({ push: (bytes) => bytes, end: ${fails} });`, chunk({ content: "Hello" })],
	])("%s ends a stream with an error event", async (_name, afterwards, before) => {
		const host = await hostFor((_request, response) => {
			startStream(response);
			response.flushHeaders();
			setTimeout(() => response.end(chunk({ content: "Hello" }) + chunk({}, "stop")), 50);
		});
		const gateway = await gatewayFor(host, { plugin: [around(afterwards)] });
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		expect(text.startsWith(before)).toBe(true);
		// What fails at the very end fails after the host's own end.
		expect(text.includes("[DONE]")).toBe(before !== "");
		expect(JSON.parse(text.trimEnd().split("data: ").at(-1) ?? "").error.code).toBe("internal_error");
		expect(text).not.toContain("secret");
		expect(gateway.printed).toEqual([expect.stringContaining("secret detail")]);
	});
});

test.each([
	["chunk", `answer.observers.push({ chunk: ${fails} });`],
	["end", `answer.observers.push({ end: ${fails} });`],
])("an observer whose `%s` throws is heard of, and the answer is whole", async (_name, afterwards) => {
	const sent = chunk({ content: "Hel" }) + chunk({ content: "lo" }, "stop") + done;
	const host = await hostFor((_request, response) => {
		startStream(response);
		for (const event of sent.split(/(?<=\n\n)/)) response.write(event);
		response.end();
	});
	const gateway = await gatewayFor(host, { plugin: [around(afterwards)] });
	expect(await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text()).toBe(sent);
	expect(gateway.printed).toEqual([expect.stringContaining("secret detail")]);
});

test.each([
	["throws", "throw new Error('secret detail');", 500],
	["answers itself", "ctx.body = { mine: true };", 200],
])("a plugin that %s after the upstream's answer leaves no request behind", async (_name, afterwards, status) => {
	const host = await hostFor(endless);
	const gateway = await gatewayFor(host, { plugin: [around(afterwards)] });
	const aborted = host.nextAbort();
	const response = await postChat(gateway.baseUrl, { ...hello, stream: true });
	expect(response.status).toBe(status);
	await response.text();
	await aborted;
	expect(gateway.gateway.services.load).toEqual({ requests: 0, streams: 0 });
});

describe("whatever a plugin answers has OpenAI's shape", () => {
	const edge = (does: string) =>
		temporaryFile(
			"plugin.mjs",
			`export default { name: "own", stage: "edge", middleware: () => (ctx, next) => { ${does} } }`,
		);
	test.each([
		["Koa's own throw", 'ctx.throw(403, "Not for you.", { headers: { "x-why": "because" } });', 403, "Not for you."],
		["a bare status", "ctx.status = 402;", 402, "Payment Required."],
		["nothing at all", "", 404, "Not Found."],
	])("%s", async (_name, does, status, message) => {
		const gateway = await gatewayFor(await hostFor(), { plugin: [edge(does)] });
		const response = await postChat(gateway.baseUrl, hello);
		expect(response.status).toBe(status);
		expect(response.headers.get("content-type")).toMatch(/^application\/json/);
		expect((await errorOf(response)).message).toBe(message);
		if (status === 403) expect(response.headers.get("x-why")).toBe("because");
		expect(gateway.printed).toEqual([]);
	});
});

describe("the word filter, with answers that are not as usual,", () => {
	const plugin = [
		`${new URL("../examples/plugins/wordFilter.js", import.meta.url).pathname}={"words":["secret plan"]}`,
	];

	test("passes on what has no choices to read", async () => {
		const host = await hostFor((_request, response) => sendJson(response, { choices: [null, {}] }));
		const gateway = await gatewayFor(host, { plugin });
		expect(await (await postChat(gateway.baseUrl, hello)).json()).toEqual({ choices: [null, {}] });
	});

	const finish = (more: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...more }] })}\n\n`;
	test.each([
		["the last event has no delta", finish({ finish_reason: "stop" }) + done],
		["the last event's delta is null", finish({ delta: null, finish_reason: "stop" }) + done],
		["nothing finishes it but the terminator", done],
	])("loses nothing of a stream in which %s", async (_name, end) => {
		const host = await hostFor((_request, response) => {
			startStream(response);
			response.end(chunk({ content: "the answer is " }) + chunk({ content: "forty" }) + end);
		});
		const gateway = await gatewayFor(host, { plugin });
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		const events = text.split("\n\n").filter((event) => event.startsWith("data: {"));
		const content = events.map((event) => JSON.parse(event.slice(6)).choices[0].delta?.content ?? "").join("");
		expect(content).toBe("the answer is forty");
		expect(text.endsWith(done)).toBe(true);
	});
});
