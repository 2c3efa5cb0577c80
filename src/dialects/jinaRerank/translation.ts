/** Jina's rerankings, whose shape most servers have: into the neutral model, and out of it. */
import type { RankingTranslation } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";
import { commonIn } from "../rerank/request.js";
import { countedTokens, resultsIn, searchUnitsOf, usageIn } from "../rerank/response.js";

const known = new Set([
	"model",
	"query",
	"documents",
	"top_n",
	"return_documents",
	"rank_fields",
	"max_tokens_per_doc",
	"truncation",
	"user",
]);

export const translation: RankingTranslation = {
	readRequest: (body, dropped) => ({
		...commonIn(body, known, dropped),
		topN: numberIn(body.top_n),
		maxTokensPerDocument: numberIn(body.max_tokens_per_doc),
	}),
	writeRequest({ model, query, documents, topN, maxTokensPerDocument, truncates }, dropped) {
		if (truncates === false) dropped.add("truncation");
		return withoutUndefined({
			model,
			query,
			documents: documents.map(({ text }) => text),
			top_n: topN,
			return_documents: false,
			max_tokens_per_doc: maxTokensPerDocument,
		});
	},
	readResponse: ({ id, model, results, usage }) => ({
		id: textIn(id) || undefined,
		model: textIn(model) || undefined,
		results: resultsIn(results, "relevance_score"),
		usage: usageIn(usage),
	}),
	/** With Cohere's members too, whose clients ask at the same paths. */
	writeResponse({ id, model, results, usage }, request) {
		const tokens = countedTokens(usage, request);
		const { counts } = searchUnitsOf({ documents: request.documents }, usage);
		return withoutUndefined({
			id,
			object: "list",
			model: model ?? request.model ?? "",
			results: results.map(({ index, score }) => ({
				index,
				relevance_score: score,
				...(request.returnsDocuments && { document: documentAt(request.documents[index]?.given) }),
			})),
			usage: { prompt_tokens: tokens, total_tokens: tokens },
			meta: { api_version: { version: "2" }, billed_units: counts },
		});
	},
};

function documentAt(given: unknown): unknown {
	return typeof given === "string" ? { text: given } : given;
}
