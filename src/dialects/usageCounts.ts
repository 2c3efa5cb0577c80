/** Reads token counts out of an upstream's usage object, whichever of the vendors' ways of counting it follows. */

import type { TokenCounts } from "../chat/tokenCounts.js";
import { isObject } from "../json/isObject.js";

type Json = Readonly<Record<string, unknown>>;

/** More than ten times the longest context there is: whoever reports more has not counted. */
export const mostTokens = 100_000_000;

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

/**
 * Cached tokens are part of the input, and reasoning is part of the output. Some vendors count either apart, or say it in
 * the total alone. Where the total and its parts disagree, the larger reading counts.
 */
export function readUsage(given: Json): UsageReading {
	const usage = inUsualWords(given);
	const reading: Parts = { isOdd: false, input: undefined, output: undefined, cached: 0, written: 0, reasoning: 0 };
	const ofInput = detailsIn(usage.prompt_tokens_details, usage.input_tokens_details, usage.prompt_token_details);
	const ofOutput = detailsIn(usage.completion_tokens_details, usage.output_tokens_details, undefined);
	readCache(usage, ofInput, reading);
	reading.reasoning = Math.max(
		count(usage.reasoning_tokens, reading) ?? 0,
		count(ofOutput?.reasoning_tokens, reading) ?? 0,
		count(ofOutput?.thinking_tokens, reading) ?? 0,
	);
	reading.output = count(usage.completion_tokens, reading) ?? count(usage.output_tokens, reading);
	readInput(usage, reading);
	// A part of the answer can't be more than the answer.
	if (reading.output !== undefined && reading.reasoning > reading.output) reading.output += reading.reasoning;
	const total = count(usage.total_tokens, reading);
	if (total !== undefined) addRest(reading, total);
	const unknown = reading.input === undefined ? "input" : reading.output === undefined ? "output" : undefined;
	// Also where nobody has said how long the answer is.
	const output = reading.reasoning > 0 ? Math.max(reading.output ?? 0, reading.reasoning) : reading.output;
	const { isOdd, input, cached, reasoning } = reading;
	if ((input ?? 0) + (output ?? 0) === 0) return { tokens: undefined, unknown: undefined, isOdd };
	const tokens: TokenCounts = {
		input: input ?? 0,
		cached,
		...(reading.written > 0 ? { written: reading.written } : {}),
		audioInput: count(ofInput?.audio_tokens, reading) ?? 0,
		output: output ?? 0,
		reasoning,
		audioOutput: count(ofOutput?.audio_tokens, reading) ?? 0,
	};
	return { tokens, unknown, isOdd: reading.isOdd };
}

/** Of vendors that have words of their own. Cohere's counts stand in an object of their own, beside what it bills. */
function inUsualWords(usage: Json): Json {
	if (isGoogles(usage)) return fromGoogle(usage);
	if (isObject(usage.tokens)) return { ...usage.tokens, cached_tokens: usage.cached_tokens };
	// Bedrock's.
	if (usage.inputTokens === undefined && usage.outputTokens === undefined) return usage;
	return {
		input_tokens: usage.inputTokens,
		output_tokens: usage.outputTokens,
		cache_read_input_tokens: usage.cacheReadInputTokens ?? 0,
		cache_creation_input_tokens: usage.cacheWriteInputTokens ?? 0,
	};
}

interface Parts {
	isOdd: boolean;
	input: number | undefined;
	output: number | undefined;
	cached: number;
	/** To the cache. */
	written: number;
	reasoning: number;
}

/** OpenAI's and Moonshot's names, DeepSeek's, Anthropic's. */
function readCache(usage: Json, details: Json | undefined, reading: Parts): void {
	reading.cached = Math.max(
		count(usage.cached_tokens, reading) ?? 0,
		count(usage.prompt_cache_hit_tokens, reading) ?? 0,
		count(usage.cache_read_input_tokens, reading) ?? 0,
		count(details?.cached_tokens, reading) ?? 0,
	);
	reading.written = Math.max(
		count(usage.cache_creation_input_tokens, reading) ?? 0,
		count(details?.cache_write_tokens, reading) ?? 0,
		count(details?.cache_creation_tokens, reading) ?? 0,
	);
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
 * Merges two usage objects of one stream: the later one, or the larger counts of both if the later one
 * reports less. Some upstreams end with zeros, and some report the prompt and the answer in two events.
 */
export function laterUsage(before: Json | undefined, next: Json): Json {
	if (before === undefined) return next;
	const isLess = mainNames.some((name) => countOf(before[name]) > countOf(next[name]));
	return isLess ? (largerOf(before, next) as Json) : next;
}

/**
 * An event's usage: of OpenAI's shape, Moonshot's (`choices[0].usage`) or Groq's (`x_groq.usage`), the first that
 * has counts.
 */
export function usageIn({ usage, choices, x_groq: groq }: Json): Json | undefined {
	if (isObject(usage) && tokensOf(usage) !== undefined) return usage;
	const ofChoice = Array.isArray(choices) ? choices[0]?.usage : undefined;
	const all = [ofChoice, isObject(groq) ? groq.usage : undefined, usage].filter(isObject);
	return all.find((one) => tokensOf(one) !== undefined) ?? all.at(-1);
}

/** Google's names; in a stream only the last counts have those of the answer. */
const googleNames = ["promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"];

function isGoogles(usage: Json): boolean {
	return googleNames.some((name) => usage[name] !== undefined);
}

/** Google's candidates leave out the thoughts, and its prompt what the vendor's own tools have read. */
function fromGoogle(usage: Json): Json {
	const { promptTokenCount: prompt, toolUsePromptTokenCount: tools } = usage;
	const { candidatesTokenCount: answer, thoughtsTokenCount: thoughts } = usage;
	return {
		prompt_tokens: isCount(tools) && tools > 0 ? (isCount(prompt) ? prompt : 0) + tools : prompt,
		completion_tokens: isCount(thoughts) && thoughts > 0 ? (isCount(answer) ? answer : 0) + thoughts : answer,
		total_tokens: usage.totalTokenCount,
		prompt_tokens_details: {
			cached_tokens: usage.cachedContentTokenCount,
			audio_tokens: audioIn(usage.promptTokensDetails),
		},
		completion_tokens_details: { reasoning_tokens: thoughts, audio_tokens: audioIn(usage.candidatesTokensDetails) },
	};
}

function audioIn(details: unknown): unknown {
	if (!Array.isArray(details)) return undefined;
	return details.find((one) => isObject(one) && one.modality === "AUDIO")?.tokenCount;
}

const mainNames = [
	...googleNames,
	"prompt_tokens",
	"input_tokens",
	"completion_tokens",
	"output_tokens",
	"total_tokens",
];

function count(value: unknown, reading: Parts): number | undefined {
	if (value === undefined || value === null) return undefined;
	if (isCount(value)) return value;
	reading.isOdd = true;
	return undefined;
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= mostTokens;
}

function countOf(value: unknown): number {
	return isCount(value) ? value : -1;
}

function detailsIn(...values: readonly unknown[]): Json | undefined {
	for (const value of values) if (isObject(value)) return value;
	return undefined;
}

function largerOf(before: unknown, next: unknown): unknown {
	if (!isObject(before) || !isObject(next)) return countOf(before) > countOf(next) ? before : (next ?? before);
	const larger: Record<string, unknown> = { ...next };
	for (const name in before) larger[name] = largerOf(before[name], next[name]);
	return larger;
}
