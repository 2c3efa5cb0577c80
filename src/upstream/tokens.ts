/** Token counts out of a host's usage object, in the words of any of OpenAI's APIs. */

type Json = Record<string, unknown>;

/** Cached ones and recordings are among the input, reasoning and speech among the output. */
export interface TokenCounts {
	input: number;
	cached: number;
	audioInput: number;
	output: number;
	reasoning: number;
	audioOutput: number;
}

/** @returns nothing where there are no counts */
export function tokensOf(usage: Readonly<Json> | undefined): TokenCounts | undefined {
	if (usage === undefined) return undefined;
	const input = count(usage.prompt_tokens) ?? count(usage.input_tokens);
	const output = count(usage.completion_tokens) ?? count(usage.output_tokens);
	if (input === undefined && output === undefined) return undefined;
	const inputDetails = details(usage.prompt_tokens_details) ?? details(usage.input_tokens_details);
	const outputDetails = details(usage.completion_tokens_details) ?? details(usage.output_tokens_details);
	return {
		input: input ?? 0,
		cached: count(inputDetails?.cached_tokens) ?? 0,
		audioInput: count(inputDetails?.audio_tokens) ?? 0,
		output: output ?? 0,
		reasoning: count(outputDetails?.reasoning_tokens) ?? 0,
		audioOutput: count(outputDetails?.audio_tokens) ?? 0,
	};
}

/** Of texts alone, none of them cached. */
export function textTokens(input: number, output: number): TokenCounts {
	return { input, cached: 0, audioInput: 0, output, reasoning: 0, audioOutput: 0 };
}

/** A host sends one token with each piece, or several, where pieces are longer than tokens are. */
export function tokensOfPieces(pieces: number, textBytes: number): number {
	return Math.max(pieces, Math.ceil(textBytes / longTokenBytes));
}

export function tokensOfText(bytes: number): number {
	return Math.ceil(bytes / tokenBytes);
}

/** Of UTF-8, in most languages. */
const tokenBytes = 4;
/** Longer than tokens are on average in nearly any text. */
const longTokenBytes = 8;

/** Of several answers together; nothing where none has counts. */
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
export function tokensResource({ audioInput, audioOutput, ...tokens }: TokenCounts) {
	return { ...tokens, audio_input: audioInput, audio_output: audioOutput };
}

/** What no counter can be raised by is no count. */
function count(value: unknown): number | undefined {
	return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function details(value: unknown): Json | undefined {
	return typeof value === "object" && value !== null ? (value as Json) : undefined;
}
