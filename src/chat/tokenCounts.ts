/** Numbers of tokens: what is counted of an answer, sums, and estimates. */

/** All but `output` and what follows it are among the input, and all after `output` are among that. */
export interface TokenCounts {
	input: number;
	/** Read from the vendor's cache. */
	cached: number;
	/** Written to the vendor's cache. */
	written: number;
	/** Of those written, the ones that are kept for an hour rather than for some minutes. */
	writtenForHour: number;
	audioInput: number;
	imageInput: number;
	output: number;
	reasoning: number;
	audioOutput: number;
	imageOutput: number;
}

/** Texts alone, none of them cached. */
export function textTokens(input: number, output: number): TokenCounts {
	return {
		input,
		cached: 0,
		written: 0,
		writtenForHour: 0,
		audioInput: 0,
		imageInput: 0,
		output,
		reasoning: 0,
		audioOutput: 0,
		imageOutput: 0,
	};
}

/** Counts that earlier versions have stored, which knew fewer kinds. */
export function withAllKinds(stored: Partial<TokenCounts>): TokenCounts {
	return Object.assign(textTokens(0, 0), stored);
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
		sum.written += tokens.written;
		sum.writtenForHour += tokens.writtenForHour;
		sum.audioInput += tokens.audioInput;
		sum.imageInput += tokens.imageInput;
		sum.output += tokens.output;
		sum.reasoning += tokens.reasoning;
		sum.audioOutput += tokens.audioOutput;
		sum.imageOutput += tokens.imageOutput;
	}
	return sum;
}

/** In the API's and the log's words. */
export function tokensResource(tokens: TokenCounts) {
	return {
		input: tokens.input,
		cached: tokens.cached,
		cache_write: tokens.written,
		cache_write_1h: tokens.writtenForHour,
		audio_input: tokens.audioInput,
		image_input: tokens.imageInput,
		output: tokens.output,
		reasoning: tokens.reasoning,
		audio_output: tokens.audioOutput,
		image_output: tokens.imageOutput,
	};
}
