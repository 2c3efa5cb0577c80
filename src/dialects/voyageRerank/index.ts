/** Voyage's rerankings, `POST /v1/rerank`: `top_k` for `top_n`, `data` for `results`. */
import type { RankingTranslation } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { openaiErrors } from "../openai/errors.js";
import { numberIn, withoutUndefined } from "../openai/members.js";
import { commonIn } from "../rerank/request.js";
import { rerankDialect } from "../rerank/rerankDialect.js";
import { countedTokens, resultsIn, usageIn } from "../rerank/response.js";

const known = new Set(["model", "query", "documents", "top_k", "return_documents", "truncation"]);

const rankings: RankingTranslation = {
	readRequest: (body, dropped) => ({
		...commonIn(body, known, dropped),
		topN: numberIn(body.top_k),
		maxTokensPerDocument: undefined,
	}),
	writeRequest({ model, query, documents, topN, maxTokensPerDocument, truncates }, dropped) {
		if (maxTokensPerDocument !== undefined) dropped.add("max_tokens_per_doc");
		return withoutUndefined({
			model,
			query,
			documents: documents.map(({ text }) => text),
			top_k: topN,
			truncation: truncates,
		});
	},
	readResponse: ({ data, model, usage }) => ({
		id: undefined,
		model: textIn(model) || undefined,
		results: resultsIn(data, "relevance_score"),
		usage: usageIn(usage),
	}),
	writeResponse: ({ model, results, usage }, request) => ({
		object: "list",
		data: results.map(({ index, score }) => ({
			index,
			relevance_score: score,
			...(request.returnsDocuments && { document: request.documents[index]?.text }),
		})),
		model: model ?? request.model ?? "",
		usage: { total_tokens: countedTokens(usage, request) },
	}),
};

export const voyageRerank = rerankDialect({
	name: "voyage.rerank",
	contentMember: "data",
	errors: openaiErrors("data"),
	rankings,
});
