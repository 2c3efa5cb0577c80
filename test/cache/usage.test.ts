/** What an answer of the cache counts for: usage, limits, metrics; who gets it; and how administrators see and clear it. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { addKey } from "../kit/keys.js";
import { readMetrics } from "../kit/metrics.js";
import { recordsOf } from "../kit/usage.js";
import { answerIn, cachingGateway, question, startCountingHost } from "./kit.js";

const admin = { authorization: "Bearer administrator-of-caches" };
const asAdmin = { "admin-key": "administrator-of-caches", "require-keys": "true" };
const embedding = { model: "m", input: "Hello" };

async function administered(gateway: { url: string }, method: string, path: string) {
	const response = await fetch(`${gateway.url}/v1/admin${path}`, { method, headers: admin });
	return (await response.json()) as Record<string, never>;
}

test("a hit costs nothing, is recorded with what it saved, counts as a request and for no other limit", async () => {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host, {}, asAdmin);
	const records = recordsOf(gateway);
	const { secret } = await addKey(gateway, {
		name: "bot",
		limits: { requests_per_minute: 3, tokens_per_minute: 40 },
	});
	const headers = { authorization: `Bearer ${secret}` };
	const asked = { ...question(), max_tokens: 20 };
	expect((await gateway.ask(asked, headers)).cache).toBe("fwd=miss; stored");
	for (const _time of [1, 2]) expect((await gateway.ask(asked, headers)).cache).toMatch(/^hit/);
	expect((await gateway.ask(asked, headers)).status).toBe(429);
	await expect.poll(() => records.length).toBe(4);
	const cached = { kind: "exact", saved: 20_000_000, similarity: null };
	expect(records).toMatchObject([
		{ outcome: "completed", cost: 20_000_000, cached: null, upstream: expect.any(String) },
		{ outcome: "completed", cost: 0, cached, tokens: null, upstream: null, responseModel: "behind-it", attempts: [] },
		{ outcome: "completed", cost: 0, cached },
		{ outcome: "refused", cached: null },
	]);
	const { usage } = gateway.gateway.services.store;
	await usage.add(records);
	expect((await usage.list({ limit: 9, order: "asc" })).data).toMatchObject(
		records.map(({ cached, cost }) => ({ cached, cost })),
	);
	const bucket = { width: 86_400, from: 0, to: 4_102_444_800, by: [], filter: {} } as const;
	expect(await usage.sums(bucket)).toMatchObject([
		{ requests: 4, cachedRequests: 2, saved: 40_000_000, cost: 20_000_000, attempts: 1 },
	]);
	const { sum } = readMetrics(await (await fetch(`${gateway.url}/metrics`, { headers: admin })).text());
	const results = ["hit", "miss"].map((result) => sum("llmgw_cache_requests_total", { result }));
	expect([...results, sum("llmgw_cache_stored_total"), sum("llmgw_cache_saved_dollars_total")]).toEqual([
		2, 1, 1, 0.04,
	]);
});

test("keys, teams and credentials get their own answers, unless the route shares them", async () => {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host, {}, asAdmin);
	const team = await cachingGateway(host, { scope: "team" }, asAdmin);
	const shared = await cachingGateway(host, { scope: "shared" }, asAdmin);
	const keyless = await cachingGateway(host, {});
	const same = async (of: typeof gateway, first: object, second: object) => {
		const keys = [];
		for (const [index, more] of [first, second].entries()) keys.push(await addKey(of, { name: `k${index}`, ...more }));
		const [one, other] = keys.map(({ secret }) => ({ authorization: `Bearer ${secret}` }));
		const { text } = await of.ask(question(), one);
		return (await of.ask(question(), other)).text === text;
	};
	expect(await same(gateway, { team: "a" }, { team: "a" })).toBe(false);
	expect(await same(team, { team: "a" }, { team: "a" })).toBe(true);
	expect(await same(shared, {}, {})).toBe(true);
	const { text } = await keyless.ask(question(), { authorization: "Bearer one" });
	expect((await keyless.ask(question(), { "x-api-key": "one" })).text).toBe(text);
	expect((await keyless.ask(question(), { authorization: "Bearer two" })).text).not.toBe(text);
});

test("administrators count and clear answers by model, key and tag, and the audit says so", async () => {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host, { scope: "shared" }, asAdmin);
	const { record, secret } = await addKey(gateway, { name: "bot" });
	const headers = { authorization: `Bearer ${secret}` };
	await gateway.ask(question("One"), { ...headers, "x-llmgw-cache-tag": "faq, spring_1" });
	await gateway.ask(question("Two", { model: "n" }), { ...headers, "x-llmgw-cache-tag": "faqs" });
	await gateway.ask(embedding, headers, "/v1/embeddings");
	expect(await administered(gateway, "GET", "/cache")).toMatchObject({
		memory: { entries: 3, max_bytes: 67_108_864 },
		store: { entries: 3, max_bytes: 1_073_741_824 },
		store_kind: "sqlite",
	});
	const removed = async (query: string) => (await administered(gateway, "DELETE", `/cache${query}`)).removed;
	expect(await administered(gateway, "DELETE", "/cache?tags=faq")).toMatchObject({ error: { param: "tags" } });
	expect(await removed("?tag=fa")).toBe(0);
	expect(await removed("?tag=springx1")).toBe(0);
	expect(await removed("?tag=faq&model=n")).toBe(0);
	expect(await removed("?tag=faq")).toBe(1);
	expect(await removed("?model=n&key=bot")).toBe(1);
	expect(await removed(`?key=${record.id}`)).toBe(1);
	expect((await gateway.ask(question("One"), headers)).cache).toBe("fwd=miss; stored");
	expect(await removed("")).toBe(1);
	const { data } = await administered(gateway, "GET", "/audit?order=desc&limit=1");
	expect(data).toMatchObject([{ action: "cache.cleared", target: null, after: {} }]);
});

test("answers expire, and outlive a restart in the store", async () => {
	const host = await startCountingHost();
	const soon = await cachingGateway(host, { ageMs: 200 });
	const { text } = await soon.ask(question());
	await sleep(250);
	expect((await soon.ask(question())).text).not.toBe(text);

	const first = await cachingGateway(host);
	const kept = await first.ask(question("Kept"));
	await first.gateway.services.cache.settled();
	const second = await cachingGateway(host, {}, { data: first.gateway.services.settings.dataFolder });
	expect((await second.ask(question("Kept"))).text).toBe(kept.text);
	expect(await second.ask(question("Kept"))).toMatchObject({ cache: expect.stringMatching(/^hit/) });
});

test("embeddings are cached as they were asked for", async () => {
	const host = await startCountingHost();
	const { ask } = await cachingGateway(host);
	expect((await ask(embedding, {}, "/v1/embeddings")).cache).toBe("fwd=miss; stored");
	expect((await ask(embedding, {}, "/v1/embeddings")).cache).toMatch(/^hit/);
	expect((await ask({ ...embedding, input: ["Hello"] }, {}, "/v1/embeddings")).cache).toBe("fwd=miss; stored");
});

test("each API's clients get an answer in their own words, whichever had it made", async () => {
	const host = await startCountingHost();
	const { ask } = await cachingGateway(host);
	const chat = { model: "m", temperature: 0, max_tokens: 50, messages: [{ role: "user", content: "Hello" }] };
	const { text } = await ask({ ...chat, messages: [{ role: "system", content: "Be kind" }, ...chat.messages] });
	const messages = { ...chat, system: "Be kind" };
	const responses = { model: "m", temperature: 0, max_output_tokens: 50, instructions: "Be kind", input: "Hello" };
	const gemini = {
		systemInstruction: { parts: [{ text: "Be kind" }] },
		contents: [{ role: "user", parts: [{ text: "Hello" }] }],
		generationConfig: { temperature: 0, maxOutputTokens: 50 },
	};
	const system = { role: "system", content: "Be kind" };
	const ollama = { model: "m", options: { temperature: 0, num_predict: 50 }, keep_alive: "5m" };
	const asked: [string, object, string][] = [
		["/v1/messages", messages, '"type":"message"'],
		["/v1/messages", { ...messages, stream: true }, "event: message_stop"],
		["/v1/responses", responses, '"object":"response"'],
		["/v1/responses", { ...responses, stream: true }, "event: response.completed"],
		["/v1beta/models/m:generateContent", gemini, '"candidates"'],
		["/v1beta/models/m:streamGenerateContent?alt=sse", gemini, "data: {"],
		["/v1beta/models/m:streamGenerateContent", gemini, "[{"],
		["/api/chat", { ...ollama, messages: [system, ...chat.messages], stream: false }, '"done":true'],
		["/api/chat", { ...ollama, messages: [system, ...chat.messages] }, '"done":false}\n'],
		["/api/generate", { ...ollama, prompt: "Hello", system: "Be kind" }, '"response":"Answer'],
	];
	for (const [path, body, form] of asked) {
		const told = await ask(body, {}, path);
		expect([path, told.status, told.cache.slice(0, 3)]).toEqual([path, 200, "hit"]);
		expect([path, answerIn(told.text), told.text]).toEqual([path, answerIn(text), expect.stringContaining(form)]);
	}
	expect(host.received).toHaveLength(1);
});
