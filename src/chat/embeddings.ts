/** Requests for vectors, and their answers, whichever dialect they come in. */

export interface EmbeddingRequest {
	readonly model: string | undefined;
	readonly texts: readonly string[];
	/** How long each vector is to be. */
	readonly dimensions: number | undefined;
	/** The client wants its numbers as base64 of 32-bit floats, least significant byte first. */
	readonly isBase64: boolean;
	/** What the texts are for, in Google's words: `RETRIEVAL_QUERY`, … */
	readonly task: string | undefined;
	readonly user: string | undefined;
}

export interface EmbeddingResponse {
	readonly model: string | undefined;
	/** In the order of the texts. */
	readonly vectors: readonly (readonly number[])[];
	/** Tokens of all texts; undefined if the upstream has not counted them. */
	readonly tokens: number | undefined;
}
