/** Vertex AI's `:predict` of models that embed: a list of texts, and a vector of each. */
import type { EmbeddingRequest, EmbeddingResponse } from "../../chat/embeddings.js";
import { isObject } from "../../json/isObject.js";
import type { Dialect, Json, OutboundEmbeddings } from "../dialect.js";
import { geminiErrors } from "../gemini/errors.js";
import { listIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";

const embeddings: OutboundEmbeddings = {
	writeRequest({ texts, dimensions, task, user }: EmbeddingRequest, dropped): Json {
		if (user !== undefined) dropped.add("user");
		const instances = texts.map((content) => withoutUndefined({ content, task_type: task }));
		return withoutUndefined({
			instances,
			parameters: dimensions === undefined ? undefined : { outputDimensionality: dimensions },
		});
	},
	readResponse({ predictions }): EmbeddingResponse {
		const made = listIn(predictions).map((one) => (isObject(one) && isObject(one.embeddings) ? one.embeddings : {}));
		const counts = made.map(({ statistics }) => (isObject(statistics) ? numberIn(statistics.token_count) : undefined));
		return {
			model: undefined,
			vectors: made.map(({ values }) => listIn(values) as number[]),
			tokens: counts.includes(undefined) ? undefined : (counts as number[]).reduce((sum, count) => sum + count, 0),
		};
	},
};

/** In which only upstreams are asked. */
export const vertexPredict: Dialect = {
	name: "vertex.predict",
	operation: "embeddings",
	contentMember: "predictions",
	stream: undefined,
	errors: geminiErrors("predictions"),
	readWhole: undefined,
	translation: undefined,
	embeddings,
};
