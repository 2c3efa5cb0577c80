/** Streams whose worker is killed: another one goes on with them, under the same ids. */
import { describe, expect, onTestFinished, test } from "vitest";
import { chunk, startAiHost, startStream } from "../kit/aiHost.js";
import { temporaryFolder } from "../kit/gateway.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { ask, question, startSteppedHost, type TestWorker, workersOf } from "./kit.js";

const streamed = { ...question, stream: true };
const resumable = { "x-llmgw-resumable": "true" };
const words = ["One", " two", " three", " four", " five", " six"];
const whole = words.join("");

const idsIn = (text: string) => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id as string);
const numbersIn = (text: string) => idsIn(text).map((id) => Number(id.split("-")[1]));
const textIn = (text: string) =>
	[...text.matchAll(/"(?:content|delta|text)":"([^"]*)"/g)].map(([, part]) => part).join("");
const wholeEvents = (text: string) => text.slice(0, text.lastIndexOf("\n\n") + 2);

/** An upstream whose streams come to a word only once they all may. */
async function startGatedHost() {
	let allowed = 0;
	let waiting: (() => void)[] = [];
	const host = await startAiHost(async (_request, response) => {
		startStream(response);
		for (const [at, content] of words.entries()) {
			while (at >= allowed) await new Promise<void>((resolve) => waiting.push(resolve));
			response.write(chunk({ content }));
		}
		response.write(chunk({}, "stop"));
		response.end("data: [DONE]\n\n");
	});
	onTestFinished(() => host.close());
	return Object.assign(host, {
		allow(count: number) {
			allowed = count;
			for (const go of waiting.splice(0)) go();
			waiting = [];
		},
	});
}

async function twoWorkers(host: { url: string }, flags: string[] = []) {
	const llmw = await serveLlmw(host, ["--workers", "2", "--data", temporaryFolder(), ...flags]);
	const [one, other] = (await workersOf(llmw.url, 2, 6)) as [TestWorker, TestWorker];
	return { llmw, one, other };
}

const clients = [
	["chat", "/v1/chat/completions", streamed],
	["messages", "/v1/messages", { model: "m", max_tokens: 90, stream: true, messages: question.messages }],
	["responses", "/v1/responses", { model: "m", stream: true, input: "Count" }],
] as const;

describe("an answer whose worker is killed", { timeout: 60_000 }, () => {
	test.each(clients)("goes on for its client that comes back, and for a follower: %s", async (_name, path, body) => {
		const host = await startGatedHost();
		const { one, other } = await twoWorkers(host);
		const first = one.ask(body, { ...resumable, "idempotency-key": "k" }, path);
		host.allow(2);
		await first.until("two");
		const follower = other.ask(body, { "idempotency-key": "k" }, path);
		await follower.until("two");
		process.kill(one.pid, "SIGKILL");
		await first.body.catch(() => "");
		const got = wholeEvents(first.text());
		const back = other.ask(body, { "last-event-id": idsIn(got).at(-1) as string }, path);
		host.allow(words.length);
		const all = got + (await back.body);
		expect(numbersIn(all)).toEqual(numbersIn(all).map((_number, at) => at + 1));
		expect(await follower.body).toBe(all);
		expect(textIn(all).startsWith(whole)).toBe(true);
		expect(all).toMatch(/\[DONE\]|message_stop|response\.completed/);
		expect(all).not.toContain("answer_lost");
		// It is kept as any other.
		expect(await other.ask(body, { "idempotency-key": "k" }, path).body).toBe(all);
		expect(host.received).toHaveLength(2);
	});

	test("is gone on with by whoever comes back, if nobody followed it", async () => {
		const host = await startGatedHost();
		const { one, other } = await twoWorkers(host);
		const first = one.ask(streamed, resumable);
		host.allow(2);
		await first.until("two");
		process.kill(one.pid, "SIGKILL");
		await first.body.catch(() => "");
		host.allow(words.length);
		const got = wholeEvents(first.text());
		const rest = await other.ask(streamed, { "last-event-id": idsIn(got).at(-1) as string }).body;
		expect(numbersIn(got + rest)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
		expect(textIn(got + rest)).toBe(whole);
	});

	test("ends in an honest error if nothing can be joined to it, and its key is free again", async () => {
		const host = await startAiHost((_request, response) => {
			startStream(response);
			response.write(chunk({ content: `answer ${host.received.length}` }));
			if (host.received.length > 1) response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
		});
		onTestFinished(() => host.close());
		const { one, other } = await twoWorkers(host);
		const first = one.ask();
		await first.until("answer 1");
		const follower = other.ask();
		await follower.until("answer 1");
		process.kill(one.pid, "SIGKILL");
		expect(await follower.body).toContain("answer_lost");
		expect(await other.ask().body).toMatch(/answer 3.*\[DONE\]/s);
	});

	test("that is Gemini's JSON array ends as one, with an error", async () => {
		const host = await startGatedHost();
		const { one, other } = await twoWorkers(host);
		const ofGemini = [
			{ contents: [{ role: "user", parts: [{ text: "Count" }] }] },
			{ "idempotency-key": "k" },
			"/v1beta/models/m:streamGenerateContent",
		] as const;
		host.allow(2);
		const first = one.ask(...ofGemini);
		await first.until("two");
		const follower = other.ask(...ofGemini);
		await follower.until("two");
		process.kill(one.pid, "SIGKILL");
		const all = JSON.parse(await follower.body) as object[];
		expect(all.length).toBeGreaterThan(2);
		expect(all.at(-1)).toMatchObject({ error: { code: 503 } });
	});

	test("that is no stream is made anew", async () => {
		const host = await startSteppedHost();
		const { one, other } = await twoWorkers(host);
		const first = one.ask(question);
		await expect.poll(() => host.received.length).toBe(1);
		process.kill(one.pid, "SIGKILL");
		await first.body.catch(() => "");
		host.finish();
		expect(JSON.parse(await other.ask(question).body)).toMatchObject({ choices: [{}] });
		expect(host.received).toHaveLength(2);
	});
});

/** Goes on with what it has until that contains the word, whatever breaks meanwhile. */
async function readTo(url: string, key: string, got: string, word: string): Promise<string> {
	let text = got;
	for (let turn = 0; turn < 50 && !text.includes(word); turn += 1) {
		const last = idsIn(text).at(-1);
		const headers = { ...resumable, "idempotency-key": key, ...(last && { "last-event-id": last }) };
		const client = ask(url, streamed, headers);
		await Promise.race([client.until(word), client.body.catch(() => "")]);
		client.leave();
		text += wholeEvents(client.text());
		expect(client.text()).not.toContain('"error"');
	}
	return text;
}

test("200 resumes through a reload and a killed worker lose nothing and double nothing", {
	timeout: 120_000,
}, async () => {
	const host = await startGatedHost();
	const llmw = await serveLlmw(host, ["--workers", "2", "--data", temporaryFolder()]);
	const old = await workerPids(llmw.url, 2);
	const keys = Array.from({ length: 40 }, (_none, at) => `k${at}`);
	let texts = keys.map(() => "");
	const readAllTo = async (word: string) => {
		texts = await Promise.all(texts.map((got, at) => readTo(llmw.url, keys[at] as string, got, word)));
	};
	for (const [at, word] of [...words, "[DONE]"].entries()) {
		host.allow(at + 1);
		await readAllTo(word);
		if (at === 1) llmw.process.kill("SIGHUP");
		if (at === 3) process.kill(old[0] as number, "SIGKILL");
	}
	for (const text of texts) {
		expect(textIn(text)).toBe(whole);
		expect(numbersIn(text)).toEqual(numbersIn(text).map((_number, at) => at + 1));
	}
	expect(host.received.length).toBeGreaterThan(keys.length);
});
