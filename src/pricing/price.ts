/** What tokens cost. */
import type { Cost } from "../contract/routes.js";
import type { TokenCounts } from "../upstream/tokens.js";

/** Dollars for a million tokens of each kind. */
export type Rates = { readonly [Kind in keyof Cost]-?: number };

/** What a model costs at a host. */
export interface Price extends Rates {
	/** For prompts of more input tokens all of the answer costs this; the largest number that is passed counts. */
	readonly above?: readonly { readonly inputTokens: number; readonly rates: Rates }[];
	/** Who says so: the configuration, or a list of `priceTable.ts` by name. */
	readonly source: string;
}

/**
 * Money is counted in billionths of a dollar: a whole number, so that sums are exact, up to nine million dollars. A price of
 * a tenth of a cent for a million tokens is one of them for each token.
 */
export type Nanodollars = number;

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

/** Rounded once for each answer, to the nearest. */
export function costOfTokens(price: Price, tokens: TokenCounts): Nanodollars {
	const rates = ratesFor(price, tokens.input);
	const text = Math.max(0, tokens.input - tokens.cached - tokens.audioInput);
	const said = Math.max(0, tokens.output - tokens.reasoning - tokens.audioOutput);
	const millionths =
		text * rates.input +
		tokens.cached * rates.cached +
		tokens.audioInput * rates.audioInput +
		said * rates.output +
		tokens.reasoning * rates.reasoning +
		tokens.audioOutput * rates.audioOutput;
	return Math.round(millionths * nanodollarsPerToken);
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
