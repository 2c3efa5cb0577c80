/** The price of tokens and of other units. */

import type { TokenCounts } from "../chat/tokenCounts.js";
import type { UsedUnits } from "../chat/usedUnits.js";
import { standardTier, tierName } from "../dialects/usageFacts.js";
import type { Nanodollars } from "../exchange/nanodollars.js";
import type { Cost } from "../settings/routes.js";

type Kind = Exclude<keyof Cost, "tiers" | "units">;

/** Dollars per million tokens of each kind. */
export type Rates = { readonly [Name in Kind]-?: number };

/** Factors of a price, by the tier that has served an answer. */
export type TierFactors = Readonly<Record<string, number>>;

/** The price of a model at an upstream. */
export interface Price extends Rates {
	/** Rates of the whole request if the prompt has more input tokens than this; the highest threshold exceeded applies. */
	readonly above?: readonly { readonly inputTokens: number; readonly rates: Rates }[];
	readonly tiers?: TierFactors | undefined;
	/** Dollars by unit, or by unit and variant: `images 1024x1024/high`. */
	readonly units?: Cost["units"];
	/** Origin of the price: `configuration`, `upstream` for its own list of models, or the name of an entry in the price list. */
	readonly source: string;
}

/** The origin of prices that the operator has set, which go before all others. */
export const ownSource = "configuration";

const nanodollarsPerDollar = 1e9;
/** A dollar per million tokens is this many per token. */
const nanodollarsPerToken = 1000;

/** What vendors ask for writing to their caches, of the input's price; and for an hour, of the price for minutes. */
const writeFactor = 1.25;
const hourFactor = 1.6;

/** Fills in the rates that a cost leaves out. */
export function ratesOf(cost: Omit<Cost, "tiers" | "units">): Rates {
	const { input, output } = cost;
	const cacheWrite = cost.cacheWrite ?? roundRate(input * writeFactor);
	return {
		input,
		cached: cost.cached ?? input,
		cacheWrite,
		cacheWrite1h: cost.cacheWrite1h ?? roundRate(cacheWrite * hourFactor),
		audioInput: cost.audioInput ?? input,
		imageInput: cost.imageInput ?? input,
		output,
		reasoning: cost.reasoning ?? output,
		audioOutput: cost.audioOutput ?? output,
		imageOutput: cost.imageOutput ?? output,
	};
}

/** Without the error of a product of decimal fractions. */
function roundRate(dollars: number): number {
	return Number(dollars.toPrecision(12));
}

export function ownPrice({ tiers, units, ...cost }: Cost): Price {
	return { ...ratesOf(cost), tiers: tiers && mapNames(tiers), units, source: ownSource };
}

/** Vendors' own words for tiers mean the same here. */
function mapNames(tiers: TierFactors): TierFactors {
	return Object.fromEntries(Object.entries(tiers).map(([name, factor]) => [tierName(name) ?? name, factor]));
}

/** A request costs a million dollars at most, so that sums of costs remain exact integers. */
const maxNanodollars = 1e15;

/**
 * @param tier that has served the answer, where the upstream says it
 * @returns the cost of one attempt, rounded to the nearest nanodollar
 */
export function costOfTokens(price: Price, tokens: TokenCounts, tier?: string): Nanodollars {
	const rates = ratesFor(price, tokens.input);
	const millionths = costOfInput(rates, tokens) + costOfOutput(rates, tokens);
	return bounded(millionths * nanodollarsPerToken * factorOf(price, tier));
}

/** As `costOfTokens`, with what is billed by other units; undefined if nothing of it has a price. */
export function costOfUse(
	price: Price,
	{ tokens, units }: { readonly tokens: TokenCounts | undefined; readonly units: UsedUnits | undefined },
	tier?: string,
): Nanodollars | undefined {
	const ofUnits = units && dollarsOfUnits(price, units);
	if (ofUnits === undefined) return tokens && costOfTokens(price, tokens, tier);
	const ofTokens = tokens === undefined ? 0 : costOfTokens(price, tokens, tier);
	return bounded(ofTokens + ofUnits * nanodollarsPerDollar * factorOf(price, tier));
}

/** A variant without a price of its own costs what its first part does, `1024x1024` of `1024x1024/high`, and else what its unit costs. */
function dollarsOfUnits({ units: rates = {} }: Price, { counts, variant }: UsedUnits): number | undefined {
	let dollars: number | undefined;
	for (const [unit, count] of Object.entries(counts)) {
		const rate = rates[`${unit} ${variant}`] ?? rates[`${unit} ${variant?.split("/")[0]}`] ?? rates[unit];
		if (rate !== undefined) dollars = (dollars ?? 0) + rate * count;
	}
	return dollars;
}

/** No token counts twice, although one of the cache may be a recording's too. */
function costOfInput(
	rates: Rates,
	{ input, cached, written, writtenForHour, audioInput, imageInput }: TokenCounts,
): number {
	const forHour = Math.min(writtenForHour, written);
	let rest = input - cached - written;
	const audio = within(audioInput, rest);
	rest -= audio;
	const images = within(imageInput, rest);
	rest -= images;
	return (
		Math.max(0, rest) * rates.input +
		cached * rates.cached +
		(written - forHour) * rates.cacheWrite +
		forHour * rates.cacheWrite1h +
		audio * rates.audioInput +
		images * rates.imageInput
	);
}

function costOfOutput(rates: Rates, { output, reasoning, audioOutput, imageOutput }: TokenCounts): number {
	let rest = output - reasoning;
	const audio = within(audioOutput, rest);
	rest -= audio;
	const images = within(imageOutput, rest);
	rest -= images;
	return (
		Math.max(0, rest) * rates.output +
		reasoning * rates.reasoning +
		audio * rates.audioOutput +
		images * rates.imageOutput
	);
}

function within(count: number, rest: number): number {
	return Math.min(count, Math.max(0, rest));
}

function ratesFor(price: Price, inputTokens: number): Rates {
	let rates: Rates = price;
	for (const tier of price.above ?? []) if (inputTokens > tier.inputTokens) rates = tier.rates;
	return rates;
}

function factorOf({ tiers }: Price, tier: string | undefined): number {
	if (tiers === undefined) return 1;
	const name = tier ?? standardTier;
	return Object.hasOwn(tiers, name) ? (tiers[name] as number) : 1;
}

function bounded(nanodollars: number): Nanodollars {
	return Math.min(maxNanodollars, Math.round(nanodollars));
}

export function nanodollarsOf(dollars: number): Nanodollars {
	return bounded(dollars * nanodollarsPerDollar);
}

export function dollarsOf(cost: Nanodollars): number {
	return cost / nanodollarsPerDollar;
}

/** @returns millionths of a dollar, as limits count money: rounded up, so that spending never exceeds what was counted */
export function millionthsOf(cost: Nanodollars): number {
	return Math.ceil(cost / 1000);
}
