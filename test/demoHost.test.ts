/** The demo upstream in each wire format. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDemoHost } from "./kit/aiHost.js";

let host: Awaited<ReturnType<typeof startDemoHost>>;
beforeAll(async () => {
	host = await startDemoHost();
});
afterAll(() => host.close());

const messages = [{ role: "user", content: "Hi there" }];
const parts = [{ text: "Hi there" }];

// At once, since its streams take the time of a model's.
test.concurrent.each<[string, object, (string | undefined)?, object?]>([
	["/v1/chat/completions", { messages }, undefined, { stream: true }],
	["/v1/completions", { prompt: "Hi there" }, undefined, { stream: true }],
	["/v1/messages", { max_tokens: 100, messages }, undefined, { stream: true }],
	["/v1/responses", { input: "Hi there" }, undefined, { stream: true }],
	[
		"/v1beta/models/any:generateContent",
		{ contents: [{ role: "user", parts }] },
		"/v1beta/models/any:streamGenerateContent",
	],
	["/v2/chat", { messages }, undefined, { stream: true }],
	["/api/chat", { messages, stream: false }, undefined, { stream: true }],
	["/model/any/converse", { messages: [{ role: "user", content: parts }] }, "/model/any/converse-stream"],
])("%s says that it is no model, and what was said, whole and in words", async (path, body, streamPath, more) => {
	const post = (at: string, json: object) => fetch(host.url + at, { method: "POST", body: JSON.stringify(json) });
	const whole = await (await post(path, body)).text();
	expect(whole).toContain('You said: \\"Hi there\\". ');
	expect(JSON.parse(whole)).toBeTypeOf("object");
	const streamed = await (await post(streamPath ?? path, { ...body, ...more })).text();
	expect(streamed).toContain("model: ");
	expect(streamed).toContain('\\"Hi ');
	const refused = await post(path, []);
	expect([refused.status, await refused.text()]).toEqual([400, expect.stringMatching(/must be an object/)]);
});

test("embeds, draws and counts, and has nothing elsewhere", async () => {
	const post = async (at: string, json: object) =>
		(await (await fetch(host.url + at, { method: "POST", body: JSON.stringify(json) })).json()) as object;
	expect(await post("/v1/embeddings", { input: "Hi there" })).toMatchObject({ data: [{ embedding: { length: 8 } }] });
	expect(await post("/v1/images/generations", { prompt: "Hi there" })).toMatchObject({ output_format: "png" });
	const documents = ["Rome is in Italy.", "Paris is in France."];
	const best = { index: 1, relevance_score: 1 };
	expect(await post("/v1/rerank", { query: "Paris", documents })).toMatchObject({ results: [best, { index: 0 }] });
	expect(await post("/v1/rerank", { query: "Paris", documents, top_k: 1 })).toMatchObject({ data: [best] });
	expect(await post("/v2/rerank", { query: "Paris", documents, top_n: 1 })).toMatchObject({ results: [best] });
	expect(await post("/rerank", { query: "Paris", texts: documents })).toMatchObject([{ index: 1, score: 1 }, {}]);
	expect(await post("/sglang/v1/rerank", { query: "Paris", documents })).toMatchObject([
		{ index: 1, score: 1, meta_info: { prompt_tokens: 4 } },
		{ index: 0 },
	]);
	expect(await post("/model/any/invoke", { query: "Paris", documents })).toMatchObject({ results: [best, {}] });
	const records = documents.map((content, index) => ({ id: String(index), content }));
	expect(
		await post("/v1/rankingConfigs/default_ranking_config:rank", { query: "Paris", records, topN: 1 }),
	).toMatchObject({ records: [{ id: "1", score: 1 }] });
	expect(await post("/v1/moderations", { input: ["violence", "cake"] })).toMatchObject({
		results: [{ flagged: true, categories: { violence: true } }, { flagged: false }],
	});
	const { tokens } = (await post("/tokenize", { prompt: "Hi" })) as { tokens: number[] };
	expect(await post("/detokenize", { tokens })).toEqual({ prompt: "Hi" });
	expect(await post("/v1/messages/count_tokens", { messages })).toEqual({ input_tokens: 2 });
	expect((await fetch(`${host.url}/v1/nothing`)).status).toBe(404);
});
