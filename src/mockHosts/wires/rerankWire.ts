/** Rerankings as Jina, Cohere, Voyage, SGLang, Text Embeddings Inference, Bedrock and Google have them: documents are ranked by the words of the query in them. */
import { invokeWire } from "./bedrock/invokeWire.js";
import { limitOf, questionOf, textOf, tokensOf } from "./bodyReaders.js";
import { chatWire } from "./chatWire.js";
import { cohereWire } from "./cohereWire.js";
import type { Asked, Body, Question, WireFormat } from "./wire.js";

type Shape = "jina" | "cohere" | "voyage" | "sglang" | "tei" | "bedrock" | "google";

export const rerankWire: WireFormat = { ...chatWire, name: "rerankings", read, data };

export const bedrockRerankWire: WireFormat = { ...invokeWire, name: "Bedrock's rerankings", read, data };

export const cohereRerankWire: WireFormat = { ...cohereWire, name: "Cohere's rerankings", read, data };

function read(body: Body, asked: Asked): Question {
	const documents = body.documents ?? body.texts ?? body.records;
	if (!Array.isArray(documents) || documents.length === 0) throw new Error("documents must be a list");
	const isVoyage = asked.variant === "jina" && (body.top_k !== undefined || body.truncation !== undefined);
	// A server of one model is asked without its name.
	return questionOf(
		{ ...asked, variant: isVoyage ? "voyage" : (asked.variant ?? "jina") },
		{ model: "ok", ...body },
		{
			limit: limitOf(body.top_n ?? body.top_k ?? body.topN, "top_n"),
			lastText: textOf(body.query),
			inputs: documents.map((document) =>
				textOf(typeof document === "string" ? document : (document.content ?? [document])),
			),
			promptTokens: tokensOf(body.query, ...documents),
		},
	);
}

function data({ variant, model, inputs, lastText, limit, promptTokens }: Question): object {
	const ranked = inputs
		.map((text, index) => ({ index, score: scoreOf(lastText, String(text)) }))
		.sort((one, other) => other.score - one.score)
		.slice(0, limit);
	const results = ranked.map(({ index, score }) => ({ index, relevance_score: score }));
	const searchUnits = Math.ceil(inputs.length / 100);
	const shapes: Record<Shape, object> = {
		jina: { model, results, usage: { total_tokens: promptTokens } },
		cohere: {
			id: "lab",
			results,
			meta: { api_version: { version: "2" }, billed_units: { search_units: searchUnits } },
		},
		voyage: { object: "list", data: results, model, usage: { total_tokens: promptTokens } },
		sglang: ranked.map((result) => ({ ...result, meta_info: { prompt_tokens: tokensOf(inputs[result.index]) } })),
		tei: ranked,
		bedrock: { results },
		google: { records: ranked.map(({ index, score }) => ({ id: String(index), score })) },
	};
	return shapes[variant as keyof typeof shapes];
}

/** The part of the query's words that the text has. */
function scoreOf(query: string, text: string): number {
	const words = wordsOf(query);
	const found = new Set(wordsOf(text));
	return words.filter((word) => found.has(word)).length / Math.max(1, words.length);
}

function wordsOf(text: string): string[] {
	return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
