/** The usage objects of vendors with words of their own, in OpenAI's and Anthropic's words. */
import { isObject } from "../json/isObject.js";

type Json = Readonly<Record<string, unknown>>;

/** A usage object as most vendors write it; the same object for those that do. */
export function inUsualWords(usage: Json): Json {
	if (isGoogles(usage)) return fromGoogle(usage);
	if (isObject(usage.tokens)) return fromCohere(usage.tokens, usage);
	if (isObject(usage.billed_units)) return fromCohere(usage.billed_units, usage);
	if (usage.inputTokens !== undefined || usage.outputTokens !== undefined) return fromBedrock(usage);
	if (usage.prompt_eval_count !== undefined || usage.eval_count !== undefined) return fromOllama(usage);
	return Array.isArray(usage.iterations) ? withCompactions(usage, usage.iterations) : usage;
}

/**
 * What Cohere bills, without the tokens that it puts around messages by itself.
 *
 * @returns undefined if it bills what it counts, and for every other vendor
 */
export function billedUnits(usage: Json): { readonly input: number; readonly output: number } | undefined {
	if (!isObject(usage.billed_units) || !isObject(usage.tokens)) return undefined;
	const { input_tokens: input, output_tokens: output } = usage.billed_units;
	if (!isCount(input) || !isCount(output) || input + output === 0) return undefined;
	return { input, output };
}

/** More than ten times the longest context there is: whoever reports more has not counted. */
export const mostTokens = 100_000_000;

export function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= mostTokens;
}

/** In a stream only the last counts have those of the answer. */
function isGoogles(usage: Json): boolean {
	return (
		usage.promptTokenCount !== undefined ||
		usage.candidatesTokenCount !== undefined ||
		usage.thoughtsTokenCount !== undefined ||
		usage.totalTokenCount !== undefined
	);
}

/** Google's candidates leave out the thoughts, and its prompt what the vendor's own tools have read. */
function fromGoogle(usage: Json): Json {
	const { promptTokenCount: prompt, toolUsePromptTokenCount: tools } = usage;
	const { candidatesTokenCount: answer, thoughtsTokenCount: thoughts } = usage;
	const ofPrompt = [usage.promptTokensDetails ?? usage.promptTokenDetails, usage.toolUsePromptTokensDetails];
	const ofAnswer = [usage.candidatesTokensDetails];
	return {
		prompt_tokens: isCount(tools) && tools > 0 ? (isCount(prompt) ? prompt : 0) + tools : prompt,
		completion_tokens: isCount(thoughts) && thoughts > 0 ? (isCount(answer) ? answer : 0) + thoughts : answer,
		total_tokens: usage.totalTokenCount,
		prompt_tokens_details: {
			cached_tokens: usage.cachedContentTokenCount,
			audio_tokens: countOf("AUDIO", ofPrompt),
			image_tokens: countOf("IMAGE", ofPrompt),
		},
		completion_tokens_details: {
			reasoning_tokens: thoughts,
			audio_tokens: countOf("AUDIO", ofAnswer),
			image_tokens: countOf("IMAGE", ofAnswer),
		},
	};
}

/** @returns the sum over the lists; undefined if none has the modality */
function countOf(modality: string, lists: readonly unknown[]): unknown {
	let sum: unknown;
	for (const list of lists) {
		if (!Array.isArray(list)) continue;
		const found: unknown = list.find((one) => isObject(one) && one.modality === modality)?.tokenCount;
		if (found !== undefined) sum = isCount(sum) && isCount(found) ? sum + found : found;
	}
	return sum;
}

/** Bedrock's input leaves out what the cache had or was given, as Anthropic's does. */
function fromBedrock(usage: Json): Json {
	return {
		input_tokens: usage.inputTokens,
		output_tokens: usage.outputTokens,
		cache_read_input_tokens: usage.cacheReadInputTokens ?? usage.cacheReadInputTokenCount ?? 0,
		cache_creation_input_tokens: usage.cacheWriteInputTokens ?? usage.cacheWriteInputTokenCount ?? 0,
		cache_creation: lifetimesIn(usage.cacheDetails),
	};
}

function lifetimesIn(details: unknown): Json | undefined {
	if (!Array.isArray(details)) return undefined;
	const found = (ttl: string) => details.find((one) => isObject(one) && one.ttl === ttl)?.inputTokens;
	return { ephemeral_5m_input_tokens: found("5m"), ephemeral_1h_input_tokens: found("1h") };
}

/** Cohere's counts stand in an object of their own, beside what it bills. */
function fromCohere(tokens: Json, { cached_tokens: cached }: Json): Json {
	return { ...tokens, cached_tokens: cached, input_tokens_details: { image_tokens: tokens.image_tokens } };
}

function fromOllama({ prompt_eval_count: input, eval_count: output }: Json): Json {
	return { input_tokens: input ?? 0, output_tokens: output ?? 0 };
}

/** Anthropic leaves out of its counts, and bills, what it has used to compact the conversation. */
function withCompactions(usage: Json, iterations: readonly unknown[]): Json {
	const sums = { ...usage };
	for (const one of iterations) {
		if (!isObject(one) || one.type !== "compaction") continue;
		for (const name of ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]) {
			const more = one[name];
			const before = sums[name] ?? 0;
			if (isCount(more) && isCount(before)) sums[name] = before + more;
		}
	}
	return sums;
}
