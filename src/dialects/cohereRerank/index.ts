/** Cohere's rerankings, `POST /v2/rerank`. Its clients' requests are read as Jina's, which have the same members and more. */
import { isObject } from "../../json/isObject.js";
import { cohereErrors } from "../cohereChat/errors.js";
import type { OutboundRankings } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { withoutUndefined } from "../openai/members.js";
import { rerankDialect } from "../rerank/rerankDialect.js";
import { resultsIn, usageIn } from "../rerank/response.js";

const rankings: OutboundRankings = {
	writeRequest({ model, query, documents, topN, maxTokensPerDocument, truncates }, dropped) {
		if (truncates === false) dropped.add("truncation");
		return withoutUndefined({
			model,
			query,
			documents: documents.map(({ text }) => text),
			top_n: topN,
			max_tokens_per_doc: maxTokensPerDocument,
		});
	},
	readResponse: ({ id, results, meta }) => ({
		id: textIn(id) || undefined,
		model: undefined,
		results: resultsIn(results, "relevance_score"),
		usage: isObject(meta) ? usageIn(meta.billed_units) : undefined,
	}),
};

export const cohereRerank = rerankDialect({
	name: "cohere.rerank",
	contentMember: "results",
	usageMember: "billed_units",
	errors: cohereErrors,
	rankings,
});
