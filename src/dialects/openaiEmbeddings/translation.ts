/** OpenAI's embeddings: into the neutral model, and out of it. */
import type { EmbeddingRequest } from "../../chat/embeddings.js";
import { tokensOfText } from "../../chat/tokenCounts.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import type { EmbeddingTranslation, Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";

const known = new Set(["model", "input", "dimensions", "encoding_format", "user", "input_type"]);

/** Words of Cohere's, and of servers of models that tell questions from texts, by Google's. */
const tasks: ReadonlyMap<unknown, string> = new Map([
	["search_query", "RETRIEVAL_QUERY"],
	["query", "RETRIEVAL_QUERY"],
	["search_document", "RETRIEVAL_DOCUMENT"],
	["document", "RETRIEVAL_DOCUMENT"],
	["passage", "RETRIEVAL_DOCUMENT"],
	["classification", "CLASSIFICATION"],
	["clustering", "CLUSTERING"],
]);

export const translation: EmbeddingTranslation = {
	readRequest(body, dropped) {
		for (const name in body) if (!known.has(name) && body[name]) dropped.add(name);
		const task = tasks.get(body.input_type);
		if (body.input_type && task === undefined) dropped.add("input_type");
		return {
			model: textIn(body.model) || undefined,
			texts: textsIn(body.input),
			dimensions: numberIn(body.dimensions),
			isBase64: body.encoding_format === "base64",
			task,
			user: textIn(body.user) || undefined,
		};
	},
	writeRequest({ model, texts, dimensions, task, user }, dropped) {
		if (task !== undefined) dropped.add("taskType");
		const input = texts.length === 1 ? texts[0] : texts;
		return withoutUndefined({ model, input, dimensions, encoding_format: "float", user });
	},
	readResponse: ({ data, model, usage }) => ({
		model: textIn(model) || undefined,
		vectors: listIn(data).filter(isObject).sort(byIndex).map(vectorIn),
		tokens: isObject(usage) ? numberIn(usage.prompt_tokens) : undefined,
	}),
	writeResponse({ vectors, model, tokens }, request) {
		const counted = tokens ?? estimateOf(request);
		return {
			object: "list",
			data: vectors.map((vector, index) => ({
				object: "embedding",
				index,
				embedding: request.isBase64 ? base64Of(vector) : vector,
			})),
			model: model ?? request.model ?? "",
			usage: { prompt_tokens: counted, total_tokens: counted },
		};
	},
};

/** @throws GatewayError 400 for tokens, which mean nothing to another vendor's model */
function textsIn(input: unknown): string[] {
	const texts = Array.isArray(input) ? input : [input];
	if (texts.every((text) => typeof text === "string")) return texts;
	throw new GatewayError(400, "input must be a text or a list of texts: the upstream takes no tokens", {
		code: "unsupported_input",
		param: "input",
	});
}

function byIndex({ index: one }: Json, { index: other }: Json): number {
	return (numberIn(one) ?? 0) - (numberIn(other) ?? 0);
}

function vectorIn({ embedding }: Json): number[] {
	if (typeof embedding !== "string") return listIn(embedding) as number[];
	const bytes = Buffer.from(embedding, "base64");
	return Array.from({ length: Math.floor(bytes.length / 4) }, (_none, at) => bytes.readFloatLE(4 * at));
}

function base64Of(vector: readonly number[]): string {
	const bytes = Buffer.alloc(4 * vector.length);
	for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, 4 * at);
	return bytes.toString("base64");
}

/** Google counts no tokens of texts that become vectors. */
function estimateOf({ texts }: EmbeddingRequest): number {
	return texts.reduce((sum, text) => sum + tokensOfText(Buffer.byteLength(text)), 0);
}
