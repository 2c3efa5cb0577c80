/** Reads token counts out of an upstream's usage object, whichever of the vendors' ways of counting it follows. */

import type { TokenCounts } from "../chat/tokenCounts.js";
import { isObject } from "../json/isObject.js";
import { inUsualWords, isCount } from "./usageWords.js";

type Json = Readonly<Record<string, unknown>>;

export interface UsageReading {
	/** Undefined if nothing was counted; upstreams that don't count report zeros. */
	readonly tokens: TokenCounts | undefined;
	/** The count that is missing, or makes no sense; `tokens` has 0 in its place. */
	readonly unknown: "input" | "output" | undefined;
	/** Some count is negative, no whole number, or larger than any request could cause. */
	readonly isOdd: boolean;
}

/** Undefined if there are no counts. */
export function tokensOf(usage: Json | undefined): TokenCounts | undefined {
	return usage === undefined ? undefined : readUsage(usage).tokens;
}

/** Whether anything was counted. Nearly always the prompt says so, and nothing else need be read. */
export function hasCounts(given: Json): boolean {
	const { prompt_tokens: prompt, input_tokens: input } = inUsualWords(given);
	const first = prompt ?? input;
	return (isCount(first) && first > 0) || readUsage(given).tokens !== undefined;
}

/**
 * Cached tokens are part of the input, and reasoning is part of the output. Some vendors count either apart, or say it in
 * the total alone. Where the total and its parts disagree, the larger reading counts.
 */
export function readUsage(given: Json): UsageReading {
	const usage = inUsualWords(given);
	const reading: Parts = { isOdd: false, input: undefined, output: undefined, ...noParts };
	const ofInput =
		detailsIn(usage.prompt_tokens_details, usage.input_tokens_details, usage.prompt_token_details) ??
		detailsIn(usage.input_token_details);
	const ofOutput = detailsIn(usage.completion_tokens_details, usage.output_tokens_details, usage.output_token_details);
	readCache(usage, ofInput, reading);
	reading.reasoning = largest(reading, usage.reasoning_tokens, ofOutput?.reasoning_tokens, ofOutput?.thinking_tokens);
	reading.output = count(usage.completion_tokens, reading) ?? count(usage.output_tokens, reading);
	readInput(usage, reading);
	// A part of the answer can't be more than the answer.
	if (reading.output !== undefined && reading.reasoning > reading.output) reading.output += reading.reasoning;
	const total = count(usage.total_tokens, reading);
	if (total !== undefined) addRest(reading, total);
	const unknown = reading.input === undefined ? "input" : reading.output === undefined ? "output" : undefined;
	// Also where nobody has said how long the answer is.
	const output = reading.reasoning > 0 ? Math.max(reading.output ?? 0, reading.reasoning) : reading.output;
	const { input, cached, written, writtenForHour, reasoning } = reading;
	if ((input ?? 0) + (output ?? 0) === 0) return { tokens: undefined, unknown: undefined, isOdd: reading.isOdd };
	const tokens: TokenCounts = {
		input: input ?? 0,
		cached,
		written,
		writtenForHour,
		audioInput: count(ofInput?.audio_tokens, reading) ?? 0,
		imageInput: count(ofInput?.image_tokens, reading) ?? 0,
		output: output ?? 0,
		reasoning,
		audioOutput: count(ofOutput?.audio_tokens, reading) ?? 0,
		imageOutput: count(ofOutput?.image_tokens, reading) ?? 0,
	};
	return { tokens, unknown, isOdd: reading.isOdd };
}

interface Parts {
	isOdd: boolean;
	input: number | undefined;
	output: number | undefined;
	cached: number;
	/** To the cache. */
	written: number;
	writtenForHour: number;
	reasoning: number;
}

const noParts = { cached: 0, written: 0, writtenForHour: 0, reasoning: 0 };

/** OpenAI's and Moonshot's names, DeepSeek's, Mistral's, Anthropic's. */
function readCache(usage: Json, details: Json | undefined, reading: Parts): void {
	reading.cached = largest(
		reading,
		usage.cached_tokens,
		usage.prompt_cache_hit_tokens,
		usage.num_cached_tokens,
		usage.cache_read_input_tokens,
		details?.cached_tokens,
	);
	reading.written = largest(
		reading,
		usage.cache_creation_input_tokens,
		details?.cache_write_tokens,
		details?.cache_creation_tokens,
		details?.cache_creation_input_tokens,
	);
	const lifetimes = detailsIn(usage.cache_creation, details?.cache_creation, details?.cache_creation_token_details);
	if (lifetimes === undefined) return;
	reading.writtenForHour = count(lifetimes.ephemeral_1h_input_tokens, reading) ?? 0;
	const forMinutes = count(lifetimes.ephemeral_5m_input_tokens, reading) ?? 0;
	reading.written = Math.max(reading.written, forMinutes + reading.writtenForHour);
}

/** With the tokens of the cache, read and written, if they are not among the prompt's: so Anthropic counts, and some others. */
function readInput(usage: Json, reading: Parts): void {
	const { cached, written } = reading;
	let input = count(usage.prompt_tokens, reading) ?? count(usage.input_tokens, reading);
	// DeepSeek's prompt is what its cache had, and what it had not.
	const missed = input === undefined ? count(usage.prompt_cache_miss_tokens, reading) : undefined;
	if (input === undefined && (cached > 0 || missed !== undefined)) input = cached + (missed ?? 0);
	if (input !== undefined && cached + written > 0) {
		const isAnthropic =
			usage.prompt_tokens === undefined &&
			(usage.cache_read_input_tokens !== undefined || usage.cache_creation_input_tokens !== undefined);
		if (isAnthropic || cached + written > input) input += cached + written;
	}
	reading.input = input;
}

/** Tokens in the total alone are the cache's, if their number is exactly that, and else reasoning. */
function addRest(reading: Parts, total: number): void {
	const { cached, written, reasoning } = reading;
	if (reading.input === undefined) reading.input = Math.max(0, total - (reading.output ?? 0));
	reading.output ??= Math.max(0, total - reading.input);
	const rest = total - reading.input - reading.output;
	if (rest <= 0) return;
	if (rest !== reasoning && (rest === cached || rest === written || rest === cached + written)) reading.input += rest;
	else {
		reading.output += rest;
		if (reasoning === 0) reading.reasoning = rest;
	}
}

/**
 * An event's usage: of OpenAI's shape, Moonshot's (`choices[0].usage`) or Groq's (`x_groq.usage`), the first that
 * has counts.
 */
export function usageIn({ usage, choices, x_groq: groq }: Json): Json | undefined {
	if (isObject(usage) && hasCounts(usage)) return usage;
	const ofChoice = Array.isArray(choices) ? choices[0]?.usage : undefined;
	const all = [ofChoice, isObject(groq) ? groq.usage : undefined, usage].filter(isObject);
	return all.find(hasCounts) ?? all.at(-1);
}

function largest(reading: Parts, ...values: readonly unknown[]): number {
	let most = 0;
	for (const value of values) most = Math.max(most, count(value, reading) ?? 0);
	return most;
}

function count(value: unknown, reading: Parts): number | undefined {
	if (value === undefined || value === null) return undefined;
	if (isCount(value)) return value;
	reading.isOdd = true;
	return undefined;
}

function detailsIn(...values: readonly unknown[]): Json | undefined {
	for (const value of values) if (isObject(value)) return value;
	return undefined;
}
