/** What is known of a model: how much it takes, what it can do, and what it costs. Plain data, sent to the workers as it is. */
import type { Cost } from "../settings/routes.js";

/** A missing member is unknown. */
export interface ModelFacts {
	/** Tokens of prompt and answer together. */
	readonly contextWindow?: number | undefined;
	/** Tokens of the prompt, where these have a limit of their own. */
	readonly maxInputTokens?: number | undefined;
	/** Tokens of the answer. */
	readonly maxOutputTokens?: number | undefined;
	/** What a prompt may hold besides text. */
	readonly images?: boolean | undefined;
	readonly audio?: boolean | undefined;
	readonly video?: boolean | undefined;
	readonly files?: boolean | undefined;
	readonly tools?: boolean | undefined;
	readonly jsonSchema?: boolean | undefined;
	readonly reasoning?: boolean | undefined;
	/** Words for how much it is to reason, least first. */
	readonly efforts?: readonly string[] | undefined;
	readonly cost?: Cost | undefined;
	readonly displayName?: string | undefined;
}

export type FactName = keyof ModelFacts;

/** Who says so, most trusted first. */
export const factSources = ["configuration", "upstream", "price list"] as const;

export type FactSource = (typeof factSources)[number];

/** What is known of a model, and who says it. */
export interface KnownModel {
	readonly facts: ModelFacts;
	readonly sources: Readonly<Partial<Record<FactName, FactSource>>>;
}

export const unknownModel: KnownModel = Object.freeze({ facts: Object.freeze({}), sources: Object.freeze({}) });

/** For each fact, the word of the most trusted source that knows it. */
export function mergeFacts(said: Readonly<Partial<Record<FactSource, ModelFacts | undefined>>>): KnownModel {
	const facts: Record<string, unknown> = {};
	const sources: Record<string, FactSource> = {};
	for (const source of factSources) {
		for (const [name, value] of Object.entries(said[source] ?? {})) {
			if (value === undefined || name in facts) continue;
			facts[name] = value;
			sources[name] = source;
		}
	}
	return Object.keys(facts).length === 0 ? unknownModel : { facts, sources };
}

const limits = ["contextWindow", "maxInputTokens", "maxOutputTokens"] as const;
const abilities = ["images", "audio", "video", "files", "tools", "jsonSchema", "reasoning"] as const;

/**
 * What holds whichever of several models answers: the smallest limits that are known, and what none is known to lack and
 * all are known to have. Names and the price are the first model's, which usually answers.
 */
export function commonFacts(all: readonly ModelFacts[]): ModelFacts {
	const [first] = all;
	if (first === undefined || all.length === 1) return first ?? {};
	const common: Record<string, unknown> = {};
	for (const name of limits) {
		const known = all.flatMap((facts) => facts[name] ?? []);
		if (known.length > 0) common[name] = Math.min(...known);
	}
	for (const name of abilities) {
		if (all.some((facts) => facts[name] === false)) common[name] = false;
		else if (all.every((facts) => facts[name])) common[name] = true;
	}
	if (all.every(({ efforts }) => efforts !== undefined))
		common.efforts = first.efforts?.filter((effort) => all.every(({ efforts }) => efforts?.includes(effort)));
	const { cost, displayName } = first;
	return { ...common, ...(cost ? { cost } : {}), ...(displayName ? { displayName } : {}) };
}
