/** How probable each token of an answer was, and which others there were. */

export interface TokenProbability {
	readonly token: string;
	/** Natural logarithm. */
	readonly logprob: number;
	/** Those of UTF-8; a token may be a part of a character. Undefined where the upstream doesn't say. */
	readonly bytes?: readonly number[] | undefined;
	/** The most probable ones at this place, if they were asked for. */
	readonly top: readonly Omit<TokenProbability, "top">[];
}

/** What of it is wanted. */
export interface LogProbabilityRequest {
	/** How many of the most probable tokens are to be named at each place. */
	readonly top: number;
}
