/** Numbers of tokens: what is counted of an answer, sums, and estimates. */

/** Cached ones and recordings are among the input, reasoning and speech among the output. */
export interface TokenCounts {
	input: number;
	cached: number;
	/** Of the input, written to the vendor's cache; undefined if it says nothing of that. For clients, and not accounted. */
	written?: number;
	audioInput: number;
	output: number;
	reasoning: number;
	audioOutput: number;
}

/** Texts alone, none of them cached. */
export function textTokens(input: number, output: number): TokenCounts {
	return { input, cached: 0, audioInput: 0, output, reasoning: 0, audioOutput: 0 };
}

/** An upstream sends one token with each piece, or several, where pieces are longer than tokens are. */
export function tokensOfPieces(pieces: number, textBytes: number): number {
	return Math.max(pieces, Math.ceil(textBytes / longTokenBytes));
}

export function tokensOfText(bytes: number): number {
	return Math.ceil(bytes / tokenBytes);
}

/** Bytes of UTF-8, in most languages. */
const tokenBytes = 4;
/** Longer than tokens are on average in nearly any text. */
const longTokenBytes = 8;

/** The sum over several answers; undefined if none has counts. */
export function sumOfTokens(
	all: readonly { readonly tokens: Readonly<TokenCounts> | undefined | null }[],
): TokenCounts | undefined {
	let sum: TokenCounts | undefined;
	for (const { tokens } of all) {
		if (!tokens) continue;
		sum ??= textTokens(0, 0);
		sum.input += tokens.input;
		sum.cached += tokens.cached;
		sum.audioInput += tokens.audioInput;
		sum.output += tokens.output;
		sum.reasoning += tokens.reasoning;
		sum.audioOutput += tokens.audioOutput;
	}
	return sum;
}

/** In the API's and the log's words. */
export function tokensResource({ audioInput, audioOutput, written: _written, ...tokens }: TokenCounts) {
	return { ...tokens, audio_input: audioInput, audio_output: audioOutput };
}
