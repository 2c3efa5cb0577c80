/** Ollama's embeddings: into the neutral model, and out of it. */
import type { EmbeddingRequest } from "../../chat/embeddings.js";
import type { EmbeddingTranslation, Json } from "../dialect.js";
import { durations } from "../ollama/durations.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";

export const translation: EmbeddingTranslation = {
	readRequest(body, dropped) {
		dropOthers(body, new Set(["model", "input", "dimensions"]), dropped);
		const { input } = body;
		const texts = typeof input === "string" ? [input] : listIn(input).map(textIn);
		return requestFor(body, texts, numberIn(body.dimensions));
	},
	writeRequest({ model, texts, dimensions, task, user }, dropped) {
		if (task !== undefined) dropped.add("taskType");
		if (user !== undefined) dropped.add("user");
		return withoutUndefined({ model, input: texts, dimensions });
	},
	readResponse: ({ model, embeddings, prompt_eval_count: tokens }) => ({
		model: textIn(model) || undefined,
		vectors: listIn(embeddings) as number[][],
		tokens: numberIn(tokens),
	}),
	writeResponse: ({ model, vectors, tokens }, request, receivedMs) => ({
		model: model ?? request.model ?? "",
		embeddings: vectors,
		...durations({ receivedMs, endMs: performance.now() }),
		...(tokens === undefined ? {} : { prompt_eval_count: tokens }),
	}),
};

/** The older operation, for one text. */
export const single: EmbeddingTranslation = {
	readRequest(body, dropped) {
		dropOthers(body, new Set(["model", "prompt"]), dropped);
		return requestFor(body, [textIn(body.prompt)], undefined);
	},
	writeRequest({ model, texts, dimensions, task, user }, dropped) {
		if (dimensions !== undefined) dropped.add("dimensions");
		if (task !== undefined) dropped.add("taskType");
		if (user !== undefined) dropped.add("user");
		return withoutUndefined({ model, prompt: texts[0] });
	},
	readResponse: ({ embedding }) => ({ model: undefined, vectors: [listIn(embedding) as number[]], tokens: undefined }),
	writeResponse: ({ vectors: [vector = []] }) => ({ embedding: vector }),
};

function requestFor({ model }: Json, texts: readonly string[], dimensions: number | undefined): EmbeddingRequest {
	return { model: textIn(model) || undefined, texts, dimensions, isBase64: false, task: undefined, user: undefined };
}

/** How a model is loaded, and what it cuts off, is for Ollama alone. */
function dropOthers(body: Json, known: ReadonlySet<string>, dropped: Set<string>): void {
	for (const name in body) if (body[name] && !known.has(name)) dropped.add(name);
}
