/** Streams that a client goes on with from the last event it has: `x-llmgw-resumable` and `Last-Event-ID`. */
import { expect, test } from "vitest";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { ask, gatewayOver, question, startSteppedHost, words } from "./kit.js";

const streamed = { ...question, stream: true };
const resumable = { "x-llmgw-resumable": "true" };

const idsIn = (text: string) => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id as string);
const textIn = (text: string) => [...text.matchAll(/"content":"([^"]*)"/g)].map(([, part]) => part).join("");
const whole = words.join("");

test("each event has an id, and what follows any of them can be had, once it is over", async () => {
	const host = await startSteppedHost();
	host.finish();
	const { url } = await gatewayOver(host);
	const first = await ask(url, streamed, resumable).body;
	const ids = idsIn(first);
	expect(ids).toHaveLength(words.length + 2);
	expect(textIn(first)).toBe(whole);
	for (const [at, id] of ids.entries()) {
		const rest = await ask(url, streamed, { "last-event-id": id }).body;
		expect(idsIn(rest)).toEqual(ids.slice(at + 1));
		expect(first.endsWith(rest)).toBe(true);
	}
	expect(host.received).toHaveLength(1);
});

test("while it is under way, the rest comes as it is generated, whoever has left", async () => {
	const host = await startSteppedHost();
	const { url } = await gatewayOver(host);
	const first = ask(url, streamed, resumable);
	await host.step();
	await host.step();
	await first.until("two");
	first.leave();
	const got = first.text();
	const second = ask(url, streamed, { "last-event-id": idsIn(got).at(-1) as string });
	await host.step();
	await second.until("three");
	host.finish();
	expect(textIn(got + (await second.body))).toBe(whole);
	expect(host.received).toHaveLength(1);
	expect(host.aborted).toBe(0);
});

test("all streams of a route can be, and other dialects' streams too", async () => {
	const host = await startSteppedHost();
	host.finish();
	const gateway = await gatewayOver(host);
	const { routes } = gateway.gateway.services.settings.routing;
	(routes[0] as { isResumable: boolean }).isResumable = true;
	const messages = { model: "m", max_tokens: 9, stream: true, messages: question.messages };
	const body = await ask(gateway.url, messages, {}, "/v1/messages").body;
	const ids = idsIn(body);
	expect(ids.length).toBe(body.match(/^data: /gm)?.length);
	const rest = await ask(gateway.url, messages, { "last-event-id": ids[2] as string }, "/v1/messages").body;
	expect(body.endsWith(rest)).toBe(true);
	expect(rest).toContain("message_stop");
});

test("what is not kept, or somebody else's, is gone; another request is refused; other ids mean nothing", async () => {
	const host = await startSteppedHost();
	host.finish();
	const { url } = await gatewayOver(host);
	const [id = ""] = idsIn(await ask(url, streamed, { ...resumable, authorization: "Bearer one" }).body);
	const statusOf = async (body: object, headers: Record<string, string>) =>
		(await ask(url, body, headers).response).statusCode;
	const one = { authorization: "Bearer one" };
	expect(await statusOf(streamed, { ...one, "last-event-id": id })).toBe(200);
	expect(await statusOf(streamed, { "last-event-id": id })).toBe(410);
	expect(await statusOf(streamed, { ...one, "last-event-id": id.replace(/-1$/, "-99") })).toBe(410);
	expect(await statusOf(streamed, { ...one, "last-event-id": `answer_${"x".repeat(24)}-1` })).toBe(410);
	expect(await statusOf({ ...streamed, model: "n" }, { ...one, "last-event-id": id })).toBe(422);
	expect(await statusOf(streamed, { ...one, "last-event-id": "17" })).toBe(200);
	expect(await statusOf(question, { ...one, "last-event-id": id })).toBe(200);
});

test("with a key, a repetition without a last event begins at the first", async () => {
	const host = await startSteppedHost();
	host.finish();
	const { url } = await gatewayOver(host);
	const headers = { ...resumable, "idempotency-key": "k" };
	const first = await ask(url, streamed, headers).body;
	expect(await ask(url, streamed, headers).body).toBe(first);
	const rest = await ask(url, streamed, { ...headers, "last-event-id": idsIn(first)[0] as string }).body;
	expect(first.endsWith(rest)).toBe(true);
	expect(host.received).toHaveLength(1);
});

/** Reads a stream in pieces: leaves after each event, and goes on where it was. */
async function readInPieces(url: string, key: string): Promise<string> {
	const headers = { ...resumable, "idempotency-key": key };
	let got = "";
	for (const word of [...words, "[DONE]"]) {
		if (got.includes(word)) continue;
		const last = idsIn(got).at(-1);
		const client = ask(url, streamed, { ...headers, ...(last === undefined ? {} : { "last-event-id": last }) });
		await client.until(word);
		client.leave();
		got += client.text();
	}
	return got;
}

test("resumes through a reload lose nothing and double nothing, in any worker", { timeout: 90_000 }, async () => {
	const host = await startSteppedHost();
	const llmw = await serveLlmw(host, ["--workers", "2"]);
	const step = host.step();
	const clients = Array.from({ length: 20 }, (_none, at) => readInPieces(llmw.url, `k${at}`));
	await step;
	llmw.process.kill("SIGHUP");
	host.finish();
	for (const text of await Promise.all(clients)) expect(textIn(text)).toBe(whole);
	expect(host.received).toHaveLength(20);
});

test("an answer whose worker was killed ends in an error for those who follow it, and the key is free again", {
	timeout: 90_000,
}, async () => {
	const host = await startSteppedHost();
	const { url } = await serveLlmw(host, ["--workers", "2"]);
	const [one, other] = await workerPids(url, 2);
	const first = ask(url, streamed, { "idempotency-key": "k" });
	await host.step();
	await first.until("One");
	const followers = Array.from({ length: 6 }, () => ask(url, streamed, { "idempotency-key": "k" }));
	await Promise.all(followers.map((follower) => follower.until("One")));
	// Whichever of them gives the answer.
	process.kill(one as number, "SIGKILL");
	process.kill(other as number, "SIGKILL");
	await Promise.all([first, ...followers].map(({ body }) => body.catch(() => "")));
	host.finish();
	await expect
		.poll(async () => ask(url, streamed, { "idempotency-key": "k" }).body.catch(() => ""), { timeout: 20_000 })
		.toContain("[DONE]");
	expect(host.received).toHaveLength(2);
});
