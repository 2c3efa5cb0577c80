/** The response header `Cache-Status` (RFC 9211): what the cache did with a request. */

/** Why an answer is neither taken from the cache nor kept in it. */
export type Bypass =
	/** The request says so. */
	| "no-store"
	/** The route keeps answers for requests alone that ask for it. */
	| "not-asked"
	/** The answer may be another one each time. */
	| "sampled"
	| "tools"
	/** The answer depends on what an upstream keeps. */
	| "stateful"
	/** Two readers may understand its body in two ways. */
	| "ambiguous";

export type CacheStatus =
	| { readonly kind: "hit"; readonly ttlSeconds: number; readonly similarity?: number | undefined }
	| { readonly kind: "bypass"; readonly reason: Bypass }
	/** `request`: there may be an answer, but the request doesn't take it. */
	| {
			readonly kind: "miss" | "request";
			readonly isStored?: boolean;
			readonly isCollapsed?: boolean;
			/** Of the question that came next, if any was compared. */
			readonly similarity?: number | undefined;
	  }
	/** It was not sent on. */
	| { readonly kind: "only-if-cached" };

export const cacheStatusHeader = "cache-status";

export function cacheStatus(status: CacheStatus): string {
	return ["llmgw", ...parametersOf(status)].join("; ");
}

function parametersOf(status: CacheStatus): string[] {
	switch (status.kind) {
		case "hit":
			return [
				"hit",
				`ttl=${status.ttlSeconds}`,
				...(status.similarity === undefined ? [] : ["detail=semantic", similarityOf(status.similarity)]),
			];
		case "bypass":
			return ["fwd=bypass", `detail=${status.reason}`];
		case "only-if-cached":
			return [`detail=${status.kind}`];
		default:
			return [
				`fwd=${status.kind}`,
				...(status.isStored ? ["stored"] : []),
				...(status.isCollapsed ? ["collapsed"] : []),
				...(status.similarity === undefined ? [] : [similarityOf(status.similarity)]),
			];
	}
}

/** A decimal of RFC 8941 has three digits at most after its point. */
function similarityOf(similarity: number): string {
	return `similarity=${(Math.floor(similarity * 1000) / 1000).toFixed(3)}`;
}
