/** Equal requests at the same time: one at the upstream, whatever becomes of the first. */
import { expect, test } from "vitest";
import { recordsOf } from "../kit/usage.js";
import { cachingGateway, question, startCountingHost } from "./kit.js";

const many = 60;

test.each([{}, { stream: true }])("hundreds at once are one request at the upstream: %o", async (form) => {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host);
	const records = recordsOf(gateway);
	host.hold();
	const asked = Array.from({ length: many }, () => gateway.ask(question("Many", form)));
	await expect.poll(() => gateway.gateway.services.load.requests).toBe(many);
	host.release();
	const told = await Promise.all(asked);
	expect(new Set(told.map(({ text }) => text)).size).toBe(1);
	expect(told.filter(({ cache }) => cache === "fwd=miss; collapsed")).toHaveLength(many - 1);
	expect(host.received).toHaveLength(1);
	await expect.poll(() => records.length).toBe(many);
	expect(records.filter(({ cost }) => cost === 0)).toHaveLength(many - 1);
});

test("a stream that is under way is given from its first byte, and goes on when its first client leaves", async () => {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host);
	host.hold();
	const first = new AbortController();
	const send = (signal: AbortSignal | null) =>
		fetch(`${gateway.url}/v1/chat/completions`, {
			method: "POST",
			signal,
			headers: { "content-type": "application/json" },
			body: JSON.stringify(question("Leave", { stream: true })),
		});
	const left = send(first.signal).catch(() => "left");
	await expect.poll(() => host.received.length).toBe(1);
	const other = send(null);
	await expect.poll(() => gateway.gateway.services.load.requests).toBe(2);
	// The second one reads the first one's answer by the time that one leaves.
	await gateway.ask(question("Embeddings take a turn"), { "cache-control": "only-if-cached" });
	first.abort();
	expect(await left).toBe("left");
	host.release();
	const response = await other;
	expect(response.headers.get("cache-status")).toBe("llmgw; fwd=miss; collapsed");
	expect(await response.text()).toMatch(/Answer 1[\s\S]*\[DONE\]/);
	expect([host.received.length, host.aborted]).toEqual([1, 0]);
});

test("if the first fails, another one makes it anew; if all do, all get the upstream's error", async () => {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host);
	host.hold();
	const asked = Array.from({ length: 40 }, () => gateway.ask(question("Wrong")));
	await expect.poll(() => gateway.gateway.services.load.requests).toBe(40);
	host.release();
	const told = await Promise.all(asked);
	expect(new Set(told.map(({ status }) => status))).toEqual(new Set([400]));
	expect(host.received.length).toBeLessThanOrEqual(4);
	expect(host.received.length).toBeGreaterThan(1);
});

test("what is not kept in the end is still given to all who waited", async () => {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host);
	host.hold();
	const asked = Array.from({ length: 20 }, () => gateway.ask(question("Long")));
	await expect.poll(() => gateway.gateway.services.load.requests).toBe(20);
	host.release();
	expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
	expect(host.received).toHaveLength(1);
	expect((await gateway.ask(question("Long"))).cache).toBe("fwd=miss");
});

test("what is one client's own is given to no other: ids of events, and the id of its stored completion", async () => {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host);
	host.hold();
	const asked = question("Own", { stream: true });
	const resumable = { "x-llmgw-resumable": "true" };
	const first = gateway.ask(question("Own", { stream: true, store: true }), resumable);
	await expect.poll(() => host.received.length).toBe(1);
	const others = [gateway.ask(asked, resumable), gateway.ask(asked)];
	await expect.poll(() => gateway.gateway.services.load.requests).toBe(3);
	host.release();
	const texts = (await Promise.all([first, ...others])).map(({ text }) => text);
	const idsOf = (text: string, pattern: RegExp) => [...new Set(Array.from(text.matchAll(pattern), ([, id]) => id))];
	const answers = texts.map((text) => idsOf(text, /^id: (answer_\w+)-\d+$/gm));
	expect(answers.map(({ length }) => length)).toEqual([1, 1, 0]);
	expect(answers[0]).not.toEqual(answers[1]);
	const completions = texts.map((text) => idsOf(text, /"id":"(chatcmpl-\w+)"/g));
	expect(completions[0]).toHaveLength(1);
	expect(completions[0]).not.toEqual(completions[1]);
	expect(completions[1]).toEqual(completions[2]);
	expect(host.received).toHaveLength(1);
});

test("an answer that is too long to be kept is whole for all who waited, the first client too", async () => {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host);
	host.hold();
	const asked = Array.from({ length: 3 }, () => gateway.ask(question("Large")));
	await expect.poll(() => gateway.gateway.services.load.requests).toBe(3);
	host.release();
	const told = await Promise.all(asked);
	const lengths = told.map(({ text }) => JSON.parse(text).choices[0].message.content.length);
	expect(new Set(lengths)).toEqual(new Set(["Answer ".length + 6 * 1024 * 1024]));
	expect(host.received).toHaveLength(1);
	expect((await gateway.ask(question("Large"), { "cache-control": "only-if-cached" })).status).toBe(504);
});
