/** Counts that the gateway has asked for go away alone: what else an upstream says in the same chunk is the client's. */
import { describe, expect, onTestFinished, test } from "vitest";
import { chunk, startAiHost, startStream } from "../kit/aiHost.js";
import { hello, postChat, startGateway } from "../kit/gateway.js";
import { route, upstream } from "../kit/routing.js";

const counts = '{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}';
const timings = '{"prompt_n": 7, "predicted_ms":  12.50, "predicted_per_second":1e2}';
const done = "data: [DONE]\n\n";
const said = chunk({ content: "Hi" }) + chunk({}, "stop");

async function answerOf(last: string, usage: "ask" | "continuous" = "ask", more: object = {}) {
	const host = await startAiHost((_request, response) => {
		startStream(response);
		response.end(said + last + done);
	});
	onTestFinished(() => host.close());
	const routing = { upstreams: [upstream("a", host.url, { usage })], routes: [route(["a/m"], { models: ["*"] })] };
	const gateway = await startGateway(host.url, {}, routing);
	onTestFinished(() => gateway.stop());
	const recorder = gateway.gateway.services.usage;
	const recorded = new Promise<unknown>((resolve) => {
		if (recorder) recorder.add = ({ tokens }) => resolve([tokens?.input, tokens?.output]);
	});
	const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, ...more })).text();
	return { text, recorded: await recorded };
}

const head = '"id":"c","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"b1"';

describe.each(["ask", "continuous"] as const)("an upstream that was asked by the gateway (%s)", (usage) => {
	test.each([
		["after the counts", `{"choices":[],${head}@,"usage":${counts}@,"timings":${timings}}`],
		["before them", `{"timings":${timings}@,"usage":${counts}@,"choices":[],${head}}`],
		["with the counts first", `{@"usage":${counts},@"choices":[],${head},"timings":${timings}}`],
		["with spaces", `{ "choices" : [ ], ${head}@, "usage" : ${counts}@, "timings" : ${timings} }`],
		["with counts of its own within", `{"choices":[]@,"usage":${counts}@,${head},"x":{"usage":${counts},"a":[null]}}`],
		["with a null of that name within", `{"choices":[],"x":{"usage":null,"a":1},${head}@,"usage":${counts}@}`],
		["without choices", `{${head}@,"usage":${counts}@,"timings":${timings}}`],
		["with counts said twice", `{"choices":[]@,"usage":null@,${head}@,"usage":${counts}@,"timings":${timings}}`],
	])("keeps what it says beside them: %s", async (_name, marked) => {
		const { text, recorded } = await answerOf(`data: ${marked.replaceAll("@", "")}\n\n`, usage);
		expect(text).toBe(`${said}data: ${marked.replace(/@.*?@/g, "")}\n\n${done}`);
		expect(recorded).toEqual([7, 2]);
	});

	test.each([
		["as OpenAI sends it", `{${head},"service_tier":"default","choices":[],"usage":${counts}}`],
		["padded", `{${head},"choices":[],"usage":${counts},"obfuscation":"abc"}`],
		["with members that say nothing", `{${head},"choices":[],"usage":${counts},"prompt_logprobs":null}`],
		["without choices", `{${head},"usage":${counts}}`],
	])("the chunk that says nothing else goes away whole: %s", async (_name, json) => {
		const { text, recorded } = await answerOf(`data: ${json}\n\n`, usage);
		expect(text).toBe(said + done);
		expect(recorded).toEqual([7, 2]);
	});

	test("other fields of its event stay", async () => {
		const { text } = await answerOf(`event: last\nid: 7\ndata: {"choices":[],"usage":${counts},"a":1}\n\n`, usage);
		expect(text).toBe(`${said}event: last\nid: 7\ndata: {"choices":[],"a":1}\n\n${done}`);
	});

	test.each([
		["escaped", `data: {"choices":[],"usa\\u0067e":${counts},"timings":${timings}}\n\n`],
		["in several lines", `data: {"choices":[],\ndata: "usage":${counts},\ndata: "timings":${timings}}\n\n`],
	])("counts that are %s go away too", async (_name, event) => {
		const { text } = await answerOf(event, usage);
		const expected = `data: ${JSON.stringify({ choices: [], timings: JSON.parse(timings) as unknown })}\n\n`;
		expect(text).toBe(said + expected + done);
	});
});

test("a null of that name that is not the chunk's own stays", async () => {
	const event =
		'data: {"choices":[{"index":0,"delta":{"content":"!","usage":null}}],"usage":null,"a":{"usage":null}}\n\n';
	const { text } = await answerOf(event);
	expect(text).toBe(`${said}${event.replace('],"usage":null', "]")}${done}`);
});

test("a client that has asked gets all of it, as it came", async () => {
	const event = `data: {"choices":[],${head},"usage":${counts},"timings":${timings}}\n\n`;
	const { text } = await answerOf(event, "ask", { stream_options: { include_usage: true } });
	expect(text).toBe(said + event + done);
});
