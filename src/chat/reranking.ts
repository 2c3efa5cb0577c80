/** Requests to rank documents by a query, and their answers, whichever dialect they come in. */

export interface RerankRequest {
	readonly model: string | undefined;
	readonly query: string;
	readonly documents: readonly RerankDocument[];
	/** Most results; undefined for one for each document. */
	readonly topN: number | undefined;
	/** Each result has its document. */
	readonly returnsDocuments: boolean;
	/** Longer documents are cut. */
	readonly maxTokensPerDocument: number | undefined;
	/** What is too long for the model is cut rather than refused; undefined if the client doesn't say. */
	readonly truncates: boolean | undefined;
}

export interface RerankDocument {
	readonly text: string;
	/** As the client wrote it: a text, or an object. */
	readonly given: unknown;
}

/** `index` is the document's place in the request. */
export interface RankedDocument {
	readonly index: number;
	readonly score: number;
}

export interface RerankResponse {
	readonly id: string | undefined;
	readonly model: string | undefined;
	/** In whatever order the upstream gives them. */
	readonly results: readonly RankedDocument[];
	/** The upstream's own usage object, where it has one. */
	readonly usage: Readonly<Record<string, unknown>> | undefined;
}

/** Documents in one search unit. */
const documentsInUnit = 100;

export function searchUnitsFor(documents: number): number {
	return Math.max(1, Math.ceil(documents / documentsInUnit));
}
