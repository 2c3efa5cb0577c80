/** Rerankings of Hugging Face's Text Embeddings Inference, `POST /rerank`, for upstreams. Its answer is a list, for one model. */
import type { OutboundRankings } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { rerankDialect } from "../rerank/rerankDialect.js";
import { resultsIn } from "../rerank/response.js";

const rankings: OutboundRankings = {
	/** It knows no number of results, which are cut later, and refuses long texts unless it is told to cut them. */
	writeRequest({ query, documents, maxTokensPerDocument, truncates = true }, dropped) {
		if (maxTokensPerDocument !== undefined) dropped.add("max_tokens_per_doc");
		return { query, texts: documents.map(({ text }) => text), truncate: truncates };
	},
	readResponse: ({ data }) => ({
		id: undefined,
		model: undefined,
		results: resultsIn(data, "score"),
		usage: undefined,
	}),
};

export const teiRerank = rerankDialect({
	name: "tei.rerank",
	contentMember: "data",
	errors: openaiErrors("data"),
	rankings,
});
