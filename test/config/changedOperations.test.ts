/** What an overlay changes is compiled and checked at the start; the rest is as it ships. */
import { expect, test } from "vitest";
import { readBaseDocument } from "../../src/contract/baseDocument.js";
import { changedOperations } from "../../src/contract/changedOperations.js";
import { documentInForce } from "../../src/contract/document.js";
import type { JsonObject } from "../../src/json/jsonTypes.js";
import { startGateway, temporaryFile } from "../kit/gateway.js";

const text = (actions: object[]) => JSON.stringify({ overlay: "1.0.0", info: { title: "t", version: "1" }, actions });

/** The operations that these actions change, by their ids. */
function changedBy(actions: { target: string; update?: JsonObject; remove?: true }[]): string[] {
	const document = documentInForce([{ overlay: JSON.parse(text(actions)), places: [] }]);
	const isChanged = changedOperations(document, readBaseDocument());
	const paths = Object.entries(document.paths as Record<string, Record<string, { operationId?: string }>>);
	return paths.flatMap(([path, methods]) =>
		Object.entries(methods).flatMap(([method, { operationId }]) =>
			operationId !== undefined && isChanged(path, method) ? [operationId] : [],
		),
	);
}

test.each([
	["the whole contract's limit", "$", { "x-rate-limit": { max: 1, window: "1m" } }, []],
	["how long one may take", "$.paths['/v1/embeddings'].post", { "x-timeout": "1m" }, []],
	[
		"parameters beside the operations",
		"$.paths['/v1/embeddings']",
		{ parameters: [{ name: "tenant", in: "query", schema: { type: "string" } }] },
		["createEmbedding"],
	],
	[
		"a schema that only one refers to",
		"$.components.schemas.CreateEmbeddingRequest",
		{ minProperties: 1 },
		["createEmbedding"],
	],
	[
		"a new operation",
		"$.paths",
		{ "/v1/new": { post: { operationId: "addNew", requestBody: { content: {} }, responses: {} } } },
		["addNew"],
	],
])("%s", (_name, target, update, changed) => {
	expect(changedBy([{ target, update }])).toEqual(changed);
});

test("a schema that is referred to at some depth changes all that reach it", () => {
	const changed = changedBy([{ target: "$.components.schemas.ChatMessage", update: { minProperties: 1 } }]);
	expect(changed).toEqual([
		"createChatCompletion",
		"createEmbedding",
		"tokenize",
		"createPrompt",
		"createPromptVersion",
	]);
});

test("what is wrong with a changed schema keeps the gateway from starting", async () => {
	const wrong = {
		target: "$.components.schemas.CreateEmbeddingRequest",
		update: { properties: { model: { pattern: "(" } } },
	};
	const overlay = [temporaryFile("wrong.yaml", text([wrong]))];
	await expect(startGateway("http://127.0.0.1:1", { overlay })).rejects.toThrow(/regular expression/);
	await expect(startGateway("http://127.0.0.1:1", { overlay })).rejects.toThrow(/regular expression/);
});

test("gateways of one process share the contract that is the same, and no other", async () => {
	const overlay = [
		temporaryFile("limit.yaml", text([{ target: "$", update: { "x-rate-limit": { max: 7, window: "1m" } } }])),
	];
	const [one, same, other] = await Promise.all(
		[{ overlay }, { overlay }, {}].map((flags) => startGateway("http://127.0.0.1:1", flags)),
	);
	const contractOf = (gateway: typeof one) => gateway?.gateway.services.contract;
	expect(contractOf(one)).toBe(contractOf(same));
	expect(contractOf(one)).not.toBe(contractOf(other));
	await Promise.all([one, same, other].map((gateway) => gateway?.stop()));
});
