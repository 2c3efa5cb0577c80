/** SGLang's rerankings, `POST /v1/rerank`, for upstreams. Requests are Jina's; the answer is a list, in which each result has its tokens. */
import { isObject } from "../../json/isObject.js";
import type { Json, OutboundRankings } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { openaiErrors } from "../openai/errors.js";
import { withoutUndefined } from "../openai/members.js";
import { rerankDialect } from "../rerank/rerankDialect.js";
import { resultsIn } from "../rerank/response.js";
import { isCount } from "../usageWords.js";

const rankings: OutboundRankings = {
	/** All results are wanted, which are cut later: each says how many tokens it has cost. */
	writeRequest({ model, query, documents, maxTokensPerDocument, truncates }, dropped) {
		if (maxTokensPerDocument !== undefined) dropped.add("max_tokens_per_doc");
		if (truncates === false) dropped.add("truncation");
		const texts = documents.map(({ text }) => text);
		return withoutUndefined({ model, query, documents: texts, return_documents: false });
	},
	readResponse: ({ data }) => ({
		id: undefined,
		model: undefined,
		results: resultsIn(data, "score"),
		usage: usageIn(data),
	}),
};

/** Undefined unless all results have a count. */
function usageIn(data: unknown): Readonly<Json> | undefined {
	const counts = listIn(data).map((result) =>
		isObject(result) && isObject(result.meta_info) ? result.meta_info.prompt_tokens : undefined,
	);
	if (counts.length === 0 || !counts.every(isCount)) return undefined;
	const tokens = counts.reduce((sum, count) => sum + count, 0);
	return { prompt_tokens: tokens, total_tokens: tokens };
}

export const sglangRerank = rerankDialect({
	name: "sglang.rerank",
	contentMember: "data",
	errors: openaiErrors("data"),
	rankings,
});
