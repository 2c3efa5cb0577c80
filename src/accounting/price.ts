/** What tokens cost. */

import type { TokenCounts } from "../chat/tokenCounts.js";
import type { Nanodollars } from "../exchange/nanodollars.js";
import type { Cost } from "../settings/routes.js";

/** Dollars for a million tokens of each kind. */
export type Rates = { readonly [Kind in keyof Cost]-?: number };

/** What a model costs at a host. */
export interface Price extends Rates {
	/** For prompts of more input tokens all of the answer costs this; the largest number that is passed counts. */
	readonly above?: readonly { readonly inputTokens: number; readonly rates: Rates }[];
	/** Who says so: the configuration, or a list of `priceTable.ts` by name. */
	readonly source: string;
}

const nanodollarsPerDollar = 1e9;
/** A dollar for a million tokens is so many for one. */
const nanodollarsPerToken = 1000;

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

/** Sums of costs have to stay whole numbers: nothing costs more than a million dollars. */
const mostNanodollars = 1e15;

/** Rounded once for each answer, to the nearest. */
export function costOfTokens(price: Price, tokens: TokenCounts): Nanodollars {
	const rates = ratesFor(price, tokens.input);
	const { cached } = tokens;
	// What is out of the cache is no recording besides, and what is thought is not spoken.
	const audioInput = Math.min(tokens.audioInput, Math.max(0, tokens.input - cached));
	const audioOutput = Math.min(tokens.audioOutput, Math.max(0, tokens.output - tokens.reasoning));
	const millionths =
		Math.max(0, tokens.input - cached - audioInput) * rates.input +
		cached * rates.cached +
		audioInput * rates.audioInput +
		Math.max(0, tokens.output - tokens.reasoning - audioOutput) * rates.output +
		tokens.reasoning * rates.reasoning +
		audioOutput * rates.audioOutput;
	return Math.min(mostNanodollars, Math.round(millionths * nanodollarsPerToken));
}

function ratesFor(price: Price, inputTokens: number): Rates {
	let rates: Rates = price;
	for (const tier of price.above ?? []) if (inputTokens > tier.inputTokens) rates = tier.rates;
	return rates;
}

export function dollarsOf(cost: Nanodollars): number {
	return cost / nanodollarsPerDollar;
}

/** As limits count money: rounded up, so that what is spent is never more than what was counted. */
export function millionthsOf(cost: Nanodollars): number {
	return Math.ceil(cost / 1000);
}
