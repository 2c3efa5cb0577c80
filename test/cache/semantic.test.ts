/** Answers to questions that mean the same. */
import { expect, test } from "vitest";
import { addKey } from "../kit/keys.js";
import { recordsOf } from "../kit/usage.js";
import { cachingGateway, question, startCountingHost } from "./kit.js";

const semantic = { model: "vectors", threshold: 0.9, maxMessages: 3 };
const asked = "when do you open on a monday in the month of may";
/** The same words but for one. */
const alike = "when do you open on a monday in the month of june";
const similar = /^hit; ttl=\d+; detail=semantic; similarity=0\.9\d\d$/;

async function semanticGateway(more: object = {}, flags: object = {}) {
	const host = await startCountingHost();
	const gateway = await cachingGateway(host, { semantic: { ...semantic, ...more } }, flags as Record<string, unknown>);
	const count = (path: string) => host.received.filter(({ url }) => url.endsWith(path)).length;
	return { ...gateway, host, vectors: () => count("/embeddings"), answers: () => count("/chat/completions") };
}

test("a question that means the same gets the answer, with its similarity, and then without a vector", async () => {
	const { ask, vectors, answers } = await semanticGateway();
	const first = await ask(question(asked));
	expect(first.cache).toBe("fwd=miss; stored");
	expect((await ask(question(asked))).cache).toMatch(/^hit; ttl=\d+$/);
	expect(vectors()).toBe(1);
	const near = await ask(question(alike));
	expect([near.text, near.cache]).toEqual([first.text, expect.stringMatching(similar)]);
	expect(vectors()).toBe(2);
	expect((await ask(question(alike, { stream: true }))).cache).toMatch(similar);
	expect([vectors(), answers()]).toEqual([2, 1]);
	const far = await ask(question("something else entirely"));
	expect(far.cache).toMatch(/^fwd=miss; stored; similarity=0\.\d{3}$/);
});

test("everything else has to be equal, and agents' turns are never compared", async () => {
	const { ask, vectors } = await semanticGateway();
	const messages = (...contents: string[]) =>
		contents.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content }));
	const tools = [{ type: "function", function: { name: "look" } }];
	const image = { type: "image_url", image_url: { url: "data:image/png;base64,aaaa" } };
	await ask(question(asked));
	const others: [string, object][] = [
		[
			"another instruction",
			{
				messages: [
					{ role: "system", content: "Be rude" },
					{ role: "user", content: alike },
				],
			},
		],
		["another history", { messages: messages("Hi", "Hello", alike) }],
		["another limit", { max_tokens: 9 }],
		["another model", { model: "n" }],
	];
	for (const [name, more] of others)
		expect([name, (await ask(question(alike, more))).cache]).toEqual([name, "fwd=miss; stored"]);
	const count = vectors();
	const never: [string, object][] = [
		["long", { messages: messages("Hi", "Hello", "a", "b", alike) }],
		["tools", { tools }],
		["image", { messages: [{ role: "user", content: [{ type: "text", text: alike }, image] }] }],
		["schema", { response_format: { type: "json_object" } }],
	];
	for (const [name, more] of never)
		expect([name, (await ask(question(alike, more))).cache]).toEqual([
			name,
			expect.stringMatching(/^fwd=(miss; stored|bypass; detail=tools)$/),
		]);
	expect(vectors()).toBe(count);
});

test("the vector is charged to the caller and recorded; without it the answer is a miss, never an error", async () => {
	const gateway = await semanticGateway({}, { "admin-key": "administrator-of-caches", "require-keys": "true" });
	const records = recordsOf(gateway);
	const { secret } = await addKey(gateway, { name: "bot" });
	const narrow = await addKey(gateway, { name: "narrow", models: ["m"] });
	const headers = { authorization: `Bearer ${secret}` };
	await gateway.ask(question(asked), headers);
	await gateway.ask(question(alike), headers);
	await expect.poll(() => records.length).toBe(4);
	expect(records.filter(({ operation }) => operation === "createEmbedding")).toMatchObject([
		{ keyName: "bot", model: "vectors", cost: 4_000_000 },
		{ keyName: "bot", model: "vectors", cost: 4_000_000 },
	]);
	expect(records).toContainEqual(
		expect.objectContaining({ cached: { kind: "semantic", saved: 20_000_000, similarity: expect.closeTo(0.92, 1) } }),
	);
	const refused = await gateway.ask(question(asked), { authorization: `Bearer ${narrow.secret}` });
	expect([refused.status, refused.cache]).toEqual([200, "fwd=miss; stored"]);
});
