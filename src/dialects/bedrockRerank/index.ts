/** Rerankings of Cohere's and Amazon's models, as Bedrock has them: `POST /model/{model}/invoke`, for upstreams. */
import { bedrockErrors } from "../bedrockConverse/errors.js";
import type { OutboundRankings } from "../dialect.js";
import { withoutUndefined } from "../openai/members.js";
import { rerankDialect } from "../rerank/rerankDialect.js";
import { resultsIn } from "../rerank/response.js";

const rankings: OutboundRankings = {
	/** Amazon's model takes no other members than these. */
	writeRequest({ model = "", query, documents, topN, maxTokensPerDocument, truncates }, dropped) {
		const isCoheres = /cohere\./.test(model);
		if (truncates === false) dropped.add("truncation");
		if (!isCoheres && maxTokensPerDocument !== undefined) dropped.add("max_tokens_per_doc");
		return withoutUndefined({
			query,
			documents: documents.map(({ text }) => text),
			top_n: topN,
			...(isCoheres && { api_version: 2, max_tokens_per_doc: maxTokensPerDocument }),
		});
	},
	readResponse: ({ results }) => ({
		id: undefined,
		model: undefined,
		results: resultsIn(results, "relevance_score"),
		usage: undefined,
	}),
};

/** In which only upstreams are asked. */
export const bedrockRerank = rerankDialect({
	name: "bedrock.rerank",
	contentMember: "results",
	errors: bedrockErrors,
	rankings,
});
