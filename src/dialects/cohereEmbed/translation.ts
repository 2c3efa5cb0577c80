/** Cohere's embeddings, out of the neutral model, and their answers into it. */
import { isObject } from "../../json/isObject.js";
import type { EmbeddingTranslation } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";

/** Cohere's words for what texts are for, by Google's. */
const inputTypes: ReadonlyMap<string, string> = new Map([
	["RETRIEVAL_QUERY", "search_query"],
	["QUESTION_ANSWERING", "search_query"],
	["FACT_VERIFICATION", "search_query"],
	["CODE_RETRIEVAL_QUERY", "search_query"],
	["RETRIEVAL_DOCUMENT", "search_document"],
	["CLASSIFICATION", "classification"],
	["CLUSTERING", "clustering"],
	["SEMANTIC_SIMILARITY", "clustering"],
]);

/** Cohere demands one. */
const usualType = "search_document";

/** @param dropped gets the name of a task that Cohere has no word for */
export function inputTypeOf(task: string | undefined, dropped: Set<string>): string {
	const type = task === undefined ? usualType : inputTypes.get(task);
	if (type === undefined) dropped.add("taskType");
	return type ?? usualType;
}

export const translation: Pick<EmbeddingTranslation, "writeRequest" | "readResponse"> = {
	writeRequest({ model, texts, dimensions, task, user }, dropped) {
		if (user !== undefined) dropped.add("user");
		return withoutUndefined({
			model,
			texts,
			input_type: inputTypeOf(task, dropped),
			embedding_types: ["float"],
			output_dimension: dimensions,
		});
	},
	readResponse({ embeddings, meta }) {
		const vectors = isObject(embeddings) ? embeddings.float : embeddings;
		const billed = isObject(meta) && isObject(meta.billed_units) ? meta.billed_units : {};
		return { model: undefined, vectors: listIn(vectors) as number[][], tokens: numberIn(billed.input_tokens) };
	},
};
