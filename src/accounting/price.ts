/** The price of tokens. */

import type { TokenCounts } from "../chat/tokenCounts.js";
import type { Nanodollars } from "../exchange/nanodollars.js";
import type { Cost } from "../settings/routes.js";

/** Dollars per million tokens of each kind. */
export type Rates = { readonly [Kind in keyof Cost]-?: number };

/** The price of a model at an upstream. */
export interface Price extends Rates {
	/** Rates of the whole request if the prompt has more input tokens than this; the highest threshold exceeded applies. */
	readonly above?: readonly { readonly inputTokens: number; readonly rates: Rates }[];
	/** Origin of the price: `configuration`, or the name of an entry in the price list. */
	readonly source: string;
}

const nanodollarsPerDollar = 1e9;
/** A dollar per million tokens is this many per token. */
const nanodollarsPerToken = 1000;

/** Fills in the rates that a cost leaves out. */
export function ratesOf({ input, cached, audioInput, output, reasoning, audioOutput }: Cost): Rates {
	return {
		input,
		cached: cached ?? input,
		audioInput: audioInput ?? input,
		output,
		reasoning: reasoning ?? output,
		audioOutput: audioOutput ?? output,
	};
}

/** A request costs a million dollars at most, so that sums of costs remain exact integers. */
const maxNanodollars = 1e15;

/** @returns the cost of one attempt, rounded to the nearest nanodollar */
export function costOfTokens(price: Price, tokens: TokenCounts): Nanodollars {
	const rates = ratesFor(price, tokens.input);
	const { cached } = tokens;
	// No token counts as both cached and audio, or as both reasoning and audio.
	const audioInput = Math.min(tokens.audioInput, Math.max(0, tokens.input - cached));
	const audioOutput = Math.min(tokens.audioOutput, Math.max(0, tokens.output - tokens.reasoning));
	const millionths =
		Math.max(0, tokens.input - cached - audioInput) * rates.input +
		cached * rates.cached +
		audioInput * rates.audioInput +
		Math.max(0, tokens.output - tokens.reasoning - audioOutput) * rates.output +
		tokens.reasoning * rates.reasoning +
		audioOutput * rates.audioOutput;
	return Math.min(maxNanodollars, Math.round(millionths * nanodollarsPerToken));
}

function ratesFor(price: Price, inputTokens: number): Rates {
	let rates: Rates = price;
	for (const tier of price.above ?? []) if (inputTokens > tier.inputTokens) rates = tier.rates;
	return rates;
}

export function dollarsOf(cost: Nanodollars): number {
	return cost / nanodollarsPerDollar;
}

/** @returns millionths of a dollar, as limits count money: rounded up, so that spending never exceeds what was counted */
export function millionthsOf(cost: Nanodollars): number {
	return Math.ceil(cost / 1000);
}
