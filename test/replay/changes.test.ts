/** Keys beside plugins that change, replace or break answers; very long events; and readers that lag behind. */
import { expect, onTestFinished, test } from "vitest";
import { AnswerLog } from "../../src/replay/answerLog.js";
import { chunk, startAiHost, startStream } from "../kit/aiHost.js";
import { temporaryFile } from "../kit/gateway.js";
import { ask, gatewayOver, question, startSteppedHost, wholeStream } from "./kit.js";

const key = { "idempotency-key": "k" };
const streamed = { ...question, stream: true };

test.each([
	["throws", "throw new Error('broken')", 500],
	["answers instead", "ctx.body = { mine: true }", 200],
])("a plugin that %s after the call doesn't take the key for ever", async (_name, act, status) => {
	const plugin = temporaryFile(
		"plugin.mjs",
		`export default { name: "odd", stage: "validated", middleware: () => async (ctx, next) => { await next(); ${act}; } };`,
	);
	const host = await startSteppedHost();
	host.finish();
	const { url } = await gatewayOver(host, { plugin: [plugin] });
	for (let count = 1; count <= 2; count += 1) {
		expect((await ask(url, streamed, key).response).statusCode).toBe(status);
		expect(host.received).toHaveLength(count);
	}
});

test("an answer goes through a plugin's change once, however often it is given", async () => {
	const plugin = temporaryFile(
		"plugin.mjs",
		`import { changeAnswer } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).pathname)};
		export default { name: "marks", stage: "validated", middleware: () => async (ctx, next) => { await next();
			changeAnswer(ctx, { push: (bytes) => bytes, end: () => Buffer.from(": marked\\n\\n") }); } };`,
	);
	const host = await startSteppedHost();
	host.finish();
	const { url } = await gatewayOver(host, { plugin: [plugin] });
	for (let count = 0; count < 2; count += 1)
		expect(await ask(url, streamed, key).body).toBe(`${wholeStream}: marked\n\n`);
	expect(host.received).toHaveLength(1);
});

test("an event that comes in parts has one id, and what follows it begins with the next event", async () => {
	const long = chunk({ content: "x".repeat(3_000_000) });
	const host = await startAiHost((_request, response) => {
		startStream(response);
		response.write(chunk({ content: "first" }));
		response.write(long);
		response.write(chunk({ content: "last" }));
		response.end("data: [DONE]\n\n");
	});
	onTestFinished(() => host.close());
	const { url } = await gatewayOver(host);
	const whole = await ask(url, streamed, { "x-llmgw-resumable": "true" }).body;
	const ids = [...whole.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id as string);
	expect(whole.split(/^id: \S+\n/m)).toEqual([
		"",
		chunk({ content: "first" }),
		long,
		chunk({ content: "last" }),
		"data: [DONE]\n\n",
	]);
	const rest = await ask(url, streamed, { "last-event-id": ids[1] as string }).body;
	expect(rest).toBe(whole.slice(whole.indexOf(`id: ${ids[2]}`)));
});

test("a reader that takes a very large answer too slowly is given up, and holds no memory", async () => {
	const log = new AnswerLog("a", 1000);
	const slow = log.read();
	const fast = log.read();
	log.begin({ status: 200, headers: {}, contentLength: undefined, isStream: true });
	let taken = 0;
	const failures: (string | null)[] = [];
	fast.pipe({
		write({ bytes }) {
			taken += bytes.length;
			return true;
		},
		end() {},
		fail() {},
	});
	slow.pipe({ write: () => false, end() {}, fail: ({ code }) => void failures.push(code) });
	for (let count = 0; count < 30; count += 1) log.add(Buffer.alloc(100));
	expect(taken).toBe(3000);
	expect(failures).toEqual(["answer_not_held"]);
	expect(log.parts.filter((part) => part !== undefined)).toEqual([]);
	expect(log.readerCount).toBe(1);
});
