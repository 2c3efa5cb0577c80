/** Vectors of upstreams that have them in a form of their own, for clients of OpenAI's embeddings and of Google's. */
import { describe, expect, test } from "vitest";
import { dropped, type Json, json, type Over, translatedOver } from "../kit/translated.js";

const vectors = [
	[0.5, -1],
	[0.25, 2],
];
const texts = ["Zoë", "Rome"];

interface Host {
	readonly over: Over;
	readonly path: string;
	readonly answer: Json;
	/** What it is sent, for texts of 2 numbers each. */
	readonly sent: Json;
}

const hosts: Record<string, Host> = {
	Cohere: {
		over: { settings: { provider: "cohere" } },
		path: "/v1/embed",
		answer: { id: "e1", embeddings: { float: vectors }, texts, meta: { billed_units: { input_tokens: 6 } } },
		sent: {
			model: "real-model",
			texts,
			input_type: "search_document",
			embedding_types: ["float"],
			output_dimension: 2,
		},
	},
	Ollama: {
		over: { settings: { provider: "ollama", ollama: { contextLength: 8192, keepAlive: "10m" } } },
		path: "/api/embed",
		answer: { model: "nomic", embeddings: vectors, prompt_eval_count: 6 },
		sent: { model: "real-model", input: texts, dimensions: 2, keep_alive: "10m", options: { num_ctx: 8192 } },
	},
	Gemini: {
		over: { settings: { provider: "gemini" } },
		path: "/v1/models/real-model:batchEmbedContents",
		answer: { embeddings: vectors.map((values) => ({ values })), usageMetadata: { promptTokenCount: 6 } },
		sent: {
			requests: texts.map((text) => ({
				model: "models/real-model",
				content: { parts: [{ text }] },
				outputDimensionality: 2,
			})),
		},
	},
};

const asked = { model: "test-model", input: texts, dimensions: 2 };

describe.each(Object.entries(hosts))("%s", (_name, { over, path, answer, sent: expected }) => {
	test("is asked in its own words by a client of OpenAI's embeddings", async () => {
		const { ask, sent, host } = await translatedOver(json(answer), over);
		expect(await ask("/v1/embeddings", asked)).toMatchObject({
			object: "list",
			data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
			usage: { prompt_tokens: 6, total_tokens: 6 },
		});
		expect(sent()).toEqual(expected);
		expect(host.received.at(-1)?.url).toBe(path);
	});

	test("has its numbers written as base64 where the client wants that", async () => {
		const { ask } = await translatedOver(json(answer), over);
		const { data } = (await ask("/v1/embeddings", { ...asked, encoding_format: "base64" })) as { data: Json[] };
		const read = data.map(({ embedding }) => {
			const bytes = Buffer.from(embedding as string, "base64");
			return [bytes.readFloatLE(0), bytes.readFloatLE(4)];
		});
		expect(read).toEqual(vectors);
	});

	test("is not sent tokens, which mean nothing to it", async () => {
		const { post, host } = await translatedOver(json(answer), over);
		for (const input of [
			[1, 2],
			[[1], [2]],
		]) {
			const response = await post("/v1/embeddings", { ...asked, input });
			expect([response.status, await response.json()]).toMatchObject([
				400,
				{ error: { code: "unsupported_input", param: "input" } },
			]);
		}
		expect(host.received).toEqual([]);
	});
});

test("Cohere is told what the texts are for, by clients of either", async () => {
	const { post, sent } = await translatedOver(json(hosts.Cohere?.answer as Json), hosts.Cohere?.over);
	const response = await post("/v1/embeddings", { ...asked, input_type: "search_query", user: "u" });
	expect(sent()).toMatchObject({ input_type: "search_query" });
	expect(dropped(response)).toEqual(["user"]);
	const requests = texts.map((text) => ({
		model: "models/test-model",
		content: { parts: [{ text }] },
		taskType: "CLASSIFICATION",
	}));
	const google = await post("/v1beta/models/test-model:batchEmbedContents", { requests });
	expect(sent()).toMatchObject({ input_type: "classification", texts });
	expect(await google.json()).toMatchObject({ embeddings: vectors.map((values) => ({ values })) });
});

test.each<[string, unknown]>([
	["text in place of one", ["x", [1]]],
	["null in place of one", [[1], null]],
	["an empty one", [[1], []]],
	["something else among its numbers", [[1], [1, null]]],
])("vectors with %s are no answer, in either encoding", async (_what, float) => {
	const { post } = await translatedOver(json({ embeddings: { float } }), hosts.Cohere?.over);
	for (const encoding_format of ["float", "base64"]) {
		const response = await post("/v1/embeddings", { ...asked, encoding_format });
		expect([response.status, await response.json()]).toMatchObject([502, { error: { code: "upstream_invalid" } }]);
	}
});

const requestsWith = (...members: Json[]) => ({
	requests: members.map((member) => ({ content: { parts: [{ text: "Rome" }] }, ...member })),
});
const batch = "/v1beta/models/test-model:batchEmbedContents";
const bedrock: Over = { settings: { provider: "bedrock", key: "k" }, model: "cohere.embed-v4:0" };

test.each<[string, Over]>([
	["Cohere", hosts.Cohere?.over as Over],
	["Cohere on Bedrock", bedrock],
])("%s is told of a task by one word, and the client of one that it has no word for", async (_name, over) => {
	const { post, sent } = await translatedOver(json({ embeddings: { float: vectors } }), over);
	for (const [tasks, type, lost] of [
		[["CODE_RETRIEVAL_QUERY", "CODE_RETRIEVAL_QUERY"], "search_query", []],
		[["SEMANTIC_SIMILARITY", "SEMANTIC_SIMILARITY"], "clustering", []],
		[["NEW_TASK", "NEW_TASK"], "search_document", ["taskType"]],
		[["CLASSIFICATION", "RETRIEVAL_QUERY"], "search_document", ["taskType"]],
		[["CLASSIFICATION", undefined], "search_document", ["taskType"]],
	] as const) {
		const response = await post(batch, requestsWith(...tasks.map((taskType) => ({ taskType }))));
		expect([response.status, dropped(response), sent().input_type]).toEqual([200, lost, type]);
	}
});

test("one request can't ask another vendor for vectors of several lengths", async () => {
	const { post, host } = await translatedOver(json({ embeddings: { float: vectors } }), hosts.Cohere?.over);
	const several = await post(batch, requestsWith({ outputDimensionality: 256 }, {}));
	expect([several.status, await several.json()]).toMatchObject([400, { error: { status: "INVALID_ARGUMENT" } }]);
	expect(host.received).toEqual([]);
});

test("Cohere's refusal of an embedding comes in the client's words", async () => {
	const { post } = await translatedOver(json({ id: "e", message: "too many texts" }, 400), hosts.Cohere?.over);
	const response = await post("/v1/embeddings", asked);
	expect([response.status, await response.json()]).toMatchObject([400, { error: { message: "too many texts" } }]);
});

test("Mistral has its own word for how long a vector is to be", async () => {
	const answer = { object: "list", data: vectors.map((embedding, index) => ({ index, embedding })), model: "m" };
	const { post, sent } = await translatedOver(json(answer), { settings: { provider: "mistral" } });
	const response = await post("/v1/embeddings", { ...asked, user: "u" });
	expect([response.status, dropped(response)]).toEqual([200, ["user"]]);
	expect(sent()).toEqual({ model: "real-model", input: texts, output_dimension: 2 });
});
