/** Rerankings over upstreams of every shape, for clients of Cohere's, Jina's and Voyage's. */
import { CohereClient, CohereClientV2 } from "cohere-ai";
import { describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { gatewayWith as limitedGateway } from "../kit/limited.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { dropped, type Json, json, type Over, translatedOver } from "../kit/translated.js";
import { nextRecord } from "../kit/usage.js";

const documents = ["Berlin is in Germany.", "Paris is in France.", "Rome is in Italy."];
const query = "Where is Paris?";
const asked = { model: "test-model", query, documents, top_n: 2 };

interface Host {
	readonly over: Over;
	readonly path: string;
	readonly answer: object;
	/** What it is sent for `asked`, with `max_tokens_per_doc`. */
	readonly sent: Json;
	readonly tokens: number | undefined;
	readonly drops?: string[];
}

const scores = [
	{ index: 1, relevance_score: 0.9 },
	{ index: 2, relevance_score: 0.2 },
];

const hosts: Record<string, Host> = {
	Cohere: {
		over: { settings: { provider: "cohere" } },
		path: "/v1/rerank",
		answer: { id: "r1", results: scores, meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } } },
		sent: { model: "real-model", query, documents, top_n: 2, max_tokens_per_doc: 99 },
		tokens: undefined,
	},
	Jina: {
		over: { settings: { provider: "jina" } },
		path: "/v1/rerank",
		answer: { model: "jina", usage: { total_tokens: 40 }, results: scores },
		sent: { model: "real-model", query, documents, top_n: 2, max_tokens_per_doc: 99 },
		tokens: 40,
	},
	vLLM: {
		over: { settings: { provider: "vllm" } },
		path: "/v1/rerank",
		answer: {
			id: "rerank-1",
			model: "bge",
			usage: { prompt_tokens: 40, total_tokens: 40 },
			results: scores.map((score) => ({ ...score, document: { text: documents[score.index] } })),
		},
		sent: { model: "real-model", query, documents, top_n: 2, max_tokens_per_doc: 99 },
		tokens: 40,
	},
	Voyage: {
		over: { settings: { provider: "voyage" } },
		path: "/v1/rerank",
		answer: { object: "list", data: scores, model: "rerank-2.5", usage: { total_tokens: 40 } },
		sent: { model: "real-model", query, documents, top_k: 2 },
		tokens: 40,
		drops: ["max_tokens_per_doc"],
	},
	SGLang: {
		over: { settings: { provider: "sglang" } },
		path: "/v1/rerank",
		answer: [
			{ score: 0.9, document: documents[1], index: 1, meta_info: { id: "a", prompt_tokens: 14 } },
			{ score: 0.2, document: documents[2], index: 2, meta_info: { id: "b", prompt_tokens: 14 } },
			{ score: 0.1, document: documents[0], index: 0, meta_info: { id: "c", prompt_tokens: 12 } },
		],
		sent: { model: "real-model", query, documents, return_documents: false },
		tokens: 40,
		drops: ["max_tokens_per_doc"],
	},
	"Cohere at Bedrock": {
		over: { settings: { provider: "bedrock", key: "key" }, model: "cohere.rerank-v3-5:0" },
		path: "/v1/model/cohere.rerank-v3-5%3A0/invoke",
		answer: { results: scores },
		sent: { query, documents, top_n: 2, api_version: 2, max_tokens_per_doc: 99 },
		tokens: undefined,
	},
	"Amazon's at Bedrock": {
		over: {
			settings: { provider: "bedrock", key: "key" },
			model: "arn:aws:bedrock:us-west-2::foundation-model/amazon.rerank-v1:0",
		},
		path: "/v1/model/arn%3Aaws%3Abedrock%3Aus-west-2%3A%3Afoundation-model%2Famazon.rerank-v1%3A0/invoke",
		answer: { results: scores },
		sent: { query, documents, top_n: 2 },
		tokens: undefined,
		drops: ["max_tokens_per_doc"],
	},
	Google: {
		over: { settings: { provider: "vertex", key: "ya29.secret" }, model: "semantic-ranker-default-004" },
		path: "/v1/rankingConfigs/default_ranking_config:rank",
		answer: { records: scores.map(({ index, relevance_score: score }) => ({ id: String(index), score })) },
		sent: {
			model: "semantic-ranker-default-004",
			query,
			records: documents.map((content, index) => ({ id: String(index), content })),
			topN: 2,
			ignoreRecordDetailsInResponse: true,
		},
		tokens: undefined,
		drops: ["max_tokens_per_doc"],
	},
	"Text Embeddings Inference": {
		over: { settings: { provider: "tei" } },
		path: "/rerank",
		// It knows no number of results, and sorts them by itself.
		answer: [
			{ index: 0, score: 0.1 },
			{ index: 1, score: 0.9 },
			{ index: 2, score: 0.2 },
		],
		sent: { query, texts: documents, truncate: true },
		tokens: undefined,
		drops: ["max_tokens_per_doc"],
	},
};

describe.each(Object.entries(hosts))("%s", (name, { over, path, answer, sent: expected, tokens, drops = [] }) => {
	test("is asked in its own words", async () => {
		const { post, sent, host } = await translatedOver(json(answer), over);
		const response = await post("/v1/rerank", { ...asked, max_tokens_per_doc: 99 });
		const body = (await response.json()) as Json;
		expect(response.status).toBe(200);
		expect(body.results).toMatchObject(scores);
		expect(dropped(response)).toEqual(drops);
		expect(sent()).toEqual(expected);
		expect(host.received.at(-1)?.url).toBe(path);
	});

	test("gives Cohere's SDK what that reads", async () => {
		const { gateway } = await translatedOver(json(answer), over);
		const client = new CohereClientV2({ token: "key", environment: gateway.url });
		const ranked = await client.rerank({ model: "test-model", query, documents, topN: 2 });
		expect(ranked.results.map(({ index, relevanceScore }) => [index, relevanceScore])).toEqual([
			[1, 0.9],
			[2, 0.2],
		]);
		const older = new CohereClient({ token: "key", environment: gateway.url });
		const texts = documents.map((text) => ({ text }));
		const { results } = await older.rerank({ model: "test-model", query, documents: texts, topN: 2 });
		expect(results.map(({ index }) => index)).toEqual([1, 2]);
	});

	test("answers a client of Voyage's in its words", async () => {
		const { ask } = await translatedOver(json(answer), over);
		const voyage = { model: "test-model", query, documents, top_k: 2, return_documents: true };
		const { data, object } = await ask("/v1/rerank", voyage);
		expect(object).toBe("list");
		expect(data).toMatchObject(scores);
	});

	test("is recorded with its search units, and the tokens that it has counted", async () => {
		const { post, gateway } = await translatedOver(json(answer), over);
		const recorded = nextRecord(gateway);
		await (await post("/v2/rerank", asked)).text();
		const record = await recorded;
		expect(record).toMatchObject({
			units: { search_units: 1 },
			isEstimated: false,
			outcome: "completed",
		});
		expect(record.tokens?.input).toBe(tokens);
		if (name === "Cohere") expect(record.attempts[0]?.usage).toEqual({ search_units: 1 });
	});
});

test("documents come back where they are asked for, as they were sent", async () => {
	const { ask } = await translatedOver(json(hosts.Voyage?.answer as object), hosts.Voyage?.over);
	const given = ["a", { text: "b", page: 2 }, "c"];
	expect(await ask("/v1/rerank", { ...asked, documents: given, return_documents: true })).toMatchObject({
		results: [
			{ index: 1, document: { text: "b", page: 2 } },
			{ index: 2, document: { text: "c" } },
		],
	});
});

test("documents of several members are ranked by all of them, or by those that are named", async () => {
	const { ask, sent } = await translatedOver(json(hosts.Voyage?.answer as object), hosts.Voyage?.over);
	const given = [{ title: "A", body: "x", year: 1 }, { title: "B" }, { title: "C" }];
	await ask("/v1/rerank", { ...asked, documents: given });
	expect(sent().documents).toEqual(["title: A\nbody: x\nyear: 1", "title: B", "title: C"]);
	await ask("/v1/rerank", { ...asked, documents: given, rank_fields: ["body", "title"] });
	expect(sent().documents).toEqual(["body: x\ntitle: A", "title: B", "title: C"]);
});

test("Cohere gets the very bytes of a request that is its own", async () => {
	const { host, gateway } = await translatedOver(json(hosts.Cohere?.answer as object), {
		...hosts.Cohere?.over,
		model: "test-model",
	});
	const body = `{"query": "q",  "documents": ["a", "b", "c"], "priority": 3, "model": "test-model"}`;
	const response = await fetch(`${gateway.url}/v2/rerank`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body,
	});
	expect(await response.json()).toEqual(hosts.Cohere?.answer);
	expect(host.received.at(-1)?.body.toString()).toBe(body);
});

test.each([
	["that fails", json({ message: "no" }, 500)],
	["that ranks a document twice", json([0.9, 0.2].map((score) => ({ index: 1, score })))],
])("a host of another shape takes over from one %s", async (_name, answer) => {
	const [broken, voyage] = await Promise.all([startAiHost(answer), startAiHost(json(hosts.Voyage?.answer as object))]);
	onTestFinished(() => void Promise.all([broken.close(), voyage.close()]));
	const gateway = await gatewayWith({
		upstreams: [
			upstream("one", `${broken.url}/v1`, { provider: "tei" }),
			upstream("two", `${voyage.url}/v1`, { provider: "voyage" }),
		],
		routes: [route([target("one/rerank-v4"), target("two/rerank-2.5")])],
	});
	const response = await fetch(`${gateway.url}/v1/rerank`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(asked),
	});
	expect(await response.json()).toMatchObject({ results: scores });
	expect(response.headers.get("x-llmgw-attempts")).toContain("two");
});

describe("refused", () => {
	test.each<[string, Json, string]>([
		["no documents", { documents: [] }, "documents"],
		["documents that are numbers", { documents: [1] }, "documents[0]"],
		["no query", { query: undefined }, "query"],
		["no result at all", { top_n: 0 }, "top_n"],
	])("%s", async (_name, members, param) => {
		const { post, host } = await translatedOver(json({}), hosts.Jina?.over);
		const response = await post("/v1/rerank", { ...asked, ...members });
		expect([response.status, ((await response.json()) as { error: Json }).error.param]).toEqual([400, param]);
		expect(host.received).toEqual([]);
	});

	test("pictures, where the upstream takes none", async () => {
		const { post } = await translatedOver(json({}), hosts.Voyage?.over);
		const response = await post("/v1/rerank", { ...asked, documents: ["a", { image: "https://example.com/a.png" }] });
		expect(response.status).toBe(400);
		expect(await response.json()).toMatchObject({ error: { code: "unsupported_input", param: "documents[1]" } });
	});

	test.each([
		["ranks what it was not sent", { data: [{ index: 7, relevance_score: 1 }] }],
		["has no scores", { data: [{ index: 0 }] }],
		[
			"ranks a document twice",
			{
				data: [
					{ index: 1, relevance_score: 0.9 },
					{ index: 1, relevance_score: 0.2 },
				],
			},
		],
		["ranks nothing", { data: [] }],
		["has another shape", { results: scores }],
	])("an answer that %s", async (_name, answer) => {
		const { post } = await translatedOver(json(answer), hosts.Voyage?.over);
		const response = await post("/v1/rerank", asked);
		expect(response.status).toBe(502);
		expect(await response.json()).toMatchObject({ error: { code: "upstream_invalid" } });
	});

	test("what an upstream refuses, in the client's form and the upstream's words", async () => {
		const { post } = await translatedOver(json({ detail: "top_k is too large" }, 400), hosts.Voyage?.over);
		const response = await post("/v1/rerank", asked);
		expect(response.status).toBe(400);
		expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("top_k is too large") } });
	});
});

test("search units have a price, which a budget counts", async () => {
	const host = await startAiHost(json(hosts.Cohere?.answer as object));
	onTestFinished(() => host.close());
	const cost = { input: 0, output: 0, units: { search_units: 0.002 } };
	const routing = {
		upstreams: [upstream("one", `${host.url}/v2`, { provider: "cohere" as const })],
		routes: [route([{ ...target("one/rerank-v4"), cost }], { models: ["*"] })],
	};
	const gateway = await limitedGateway(host, { clients: { budgetPerDay: 0.003 } }, { routing });
	const post = () =>
		fetch(`${gateway.url}/v1/rerank`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(asked),
		});
	expect((await post()).status).toBe(200);
	const second = await post();
	expect([second.status, ((await second.json()) as { error: Json }).error.code]).toEqual([429, "insufficient_quota"]);
});
