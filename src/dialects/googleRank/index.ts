/** Google's ranking API, `POST …/rankingConfigs/default_ranking_config:rank` of Discovery Engine, for upstreams. */
import { isObject } from "../../json/isObject.js";
import type { OutboundRankings } from "../dialect.js";
import { geminiErrors } from "../gemini/errors.js";
import { listIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";
import { rerankDialect } from "../rerank/rerankDialect.js";

const rankings: OutboundRankings = {
	/** Each record is known by its place. */
	writeRequest({ model, query, documents, topN, maxTokensPerDocument, truncates }, dropped) {
		if (maxTokensPerDocument !== undefined) dropped.add("max_tokens_per_doc");
		if (truncates === false) dropped.add("truncation");
		return withoutUndefined({
			model,
			query,
			records: documents.map(({ text }, index) => ({ id: String(index), content: text })),
			topN,
			ignoreRecordDetailsInResponse: true,
		});
	},
	readResponse: ({ records }) => ({
		id: undefined,
		model: undefined,
		results: listIn(records)
			.filter(isObject)
			.map(({ id, score }) => ({ index: placeOf(id), score: numberIn(score) ?? Number.NaN })),
		usage: undefined,
	}),
};

/** NaN for what is no place. */
function placeOf(id: unknown): number {
	return typeof id === "string" && /^\d+$/.test(id) ? Number(id) : Number.NaN;
}

/** In which only upstreams are asked. */
export const googleRank = rerankDialect({
	name: "google.rank",
	contentMember: "records",
	errors: geminiErrors("records"),
	rankings,
});
