/** The parts of a ranking that vendors' answers share. */
import { type RankedDocument, type RerankRequest, searchUnitsFor } from "../../chat/reranking.js";
import { tokensOfText } from "../../chat/tokenCounts.js";
import type { UsedUnits } from "../../chat/usedUnits.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { tokensOf } from "../usageCounts.js";
import { isCount } from "../usageWords.js";

/** Results without a number in their place get NaN, which no ranking may have. */
export function resultsIn(list: unknown, scoreMember: "relevance_score" | "score"): RankedDocument[] {
	return listIn(list)
		.filter(isObject)
		.map((result) => ({ index: numberOf(result.index), score: numberOf(result[scoreMember]) }));
}

function numberOf(value: unknown): number {
	return typeof value === "number" ? value : Number.NaN;
}

/** As the upstream has billed it, else by the number of documents. */
export function searchUnitsOf({ documents }: Json, usage: Readonly<Json> | undefined): UsedUnits {
	const billed = usage?.search_units;
	return {
		counts: { search_units: isCount(billed) && billed > 0 ? billed : searchUnitsFor(listIn(documents).length) },
	};
}

/** Tokens as the upstream has counted them, else about as many as the texts have. */
export function countedTokens(usage: Readonly<Json> | undefined, { query, documents }: RerankRequest): number {
	const counted = tokensOf(usage);
	if (counted !== undefined) return counted.input + counted.output;
	const bytes = documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), Buffer.byteLength(query));
	return tokensOfText(bytes);
}

export function usageIn(usage: unknown): Readonly<Json> | undefined {
	return isObject(usage) ? usage : undefined;
}
