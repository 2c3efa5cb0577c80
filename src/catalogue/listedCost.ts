/** What an upstream says that its models cost, in the units of each vendor. */
import type { Cost } from "../settings/routes.js";
import { type Json, memberAt } from "./members.js";

const perMillion = 1_000_000;
/** A higher price is a mistake in the unit. */
const mostDollars = 100_000;

type Part = "input" | "cached" | "cacheWrite" | "audioInput" | "output" | "reasoning" | "audioOutput";

/** A text is dollars for one token (OpenRouter, Vercel); a number is dollars for a million (Together, DeepInfra, Hugging Face). */
const pricing: readonly { readonly at: string; readonly names: Readonly<Partial<Record<Part, string>>> }[] = [
	{
		at: "pricing",
		names: {
			input: "prompt",
			output: "completion",
			cached: "input_cache_read",
			cacheWrite: "input_cache_write",
			audioInput: "audio",
			reasoning: "internal_reasoning",
		},
	},
	{
		at: "pricing",
		names: {
			input: "input",
			output: "output",
			cached: "input_cache_read",
			cacheWrite: "input_cache_write",
			audioInput: "audio_input",
			reasoning: "reasoning",
			audioOutput: "audio_output",
		},
	},
	{ at: "pricing", names: { input: "input", output: "output", cached: "cached_input" } },
	{
		at: "metadata.pricing",
		names: { input: "input_tokens", output: "output_tokens", cached: "cache_read_tokens" },
	},
];

/** Whole numbers, of which ten thousand are a dollar for a million tokens: xAI, Novita. */
const hundredthsOfCents: readonly Readonly<Partial<Record<Part, string>>>[] = [
	{
		input: "prompt_text_token_price",
		cached: "cached_prompt_text_token_price",
		output: "completion_text_token_price",
	},
	{ input: "input_token_price_per_m", output: "output_token_price_per_m" },
];
const unitsPerDollar = 10_000;

/** @returns dollars for a million tokens; undefined if it does not say them for prompts and answers */
export function costIn(json: Json): Cost | undefined {
	const currency = memberAt(json, "pricing.currency");
	if (typeof currency === "string" && currency.toUpperCase() !== "USD") return undefined;
	const candidates = [
		...pricing.map(({ at, names }) => costOf(names, (name) => dollarsIn(memberAt(json, `${at}.${name}`)))),
		...hundredthsOfCents.map((names) => costOf(names, (name) => dollarsIn(json[name], unitsPerDollar))),
	].filter((cost) => cost !== undefined);
	const cost = candidates.sort((one, other) => Object.keys(other).length - Object.keys(one).length)[0];
	// What is rented by the hour has no price for tokens.
	const isRented = cost?.input === 0 && cost.output === 0 && Number(memberAt(json, "pricing.hourly")) > 0;
	return isRented ? undefined : cost;
}

function costOf(
	names: Readonly<Partial<Record<Part, string>>>,
	read: (name: string) => number | undefined,
): Cost | undefined {
	const cost: Partial<Record<Part, number>> = {};
	for (const [part, name] of Object.entries(names)) {
		const dollars = read(name);
		// A part for which nothing is charged apart is written as 0.
		if (dollars !== undefined && (dollars > 0 || part === "input" || part === "output")) cost[part as Part] = dollars;
	}
	const { input, output } = cost;
	return input === undefined || output === undefined ? undefined : { ...cost, input, output };
}

function dollarsIn(value: unknown, unit = 1): number | undefined {
	const isText = typeof value === "string" && value.trim() !== "";
	if (!isText && typeof value !== "number") return undefined;
	const dollars = isText ? Number(value) * perMillion : Number(value) / unit;
	if (!Number.isFinite(dollars) || dollars < 0 || dollars > mostDollars) return undefined;
	// Without the last digits of a product of fractions.
	return Number(dollars.toPrecision(12));
}
