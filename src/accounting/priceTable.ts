/** Prices of well-known hosts, from @pydantic/genai-prices. Only this file knows it, and it is loaded only where it is needed. */

import { isIP } from "node:net";
import type { calcPrice, ModelPrice, TieredPrices } from "@pydantic/genai-prices";
import type { UpstreamSettings } from "../settings/routes.js";
import { type Price, type Rates, ratesOf } from "./price.js";

/** Of the package that is installed, and when it was published; `prices.test.ts` holds it against that. */
export const tableVersion = { package: "@pydantic/genai-prices", version: "0.1.8", date: "2026-09-23" } as const;

export interface PriceTable {
	/** What the model costs there now. */
	find(host: Pick<UpstreamSettings, "url" | "priceList">, model: string): Price | undefined;
}

/** Names that only a private network knows, of which a public list can't know anything. */
const privateName = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|svc|test|example|invalid)$/;

/** Whether the table could have a price for this host, so that it is worth its 70 ms and 20 MB. */
export function mayBeListed({ url, priceList }: Pick<UpstreamSettings, "url" | "priceList">): boolean {
	if (priceList !== undefined) return true;
	const { hostname } = new URL(url);
	return isIP(hostname.replace(/^\[|\]$/g, "")) === 0 && hostname.includes(".") && !privateName.test(hostname);
}

export async function loadPriceTable(): Promise<PriceTable> {
	const { calcPrice, findProvider } = await import("@pydantic/genai-prices");
	return {
		find({ url, priceList }, model) {
			// A list is named, or the URL's is taken, never one by the model's name: who runs it decides on the price.
			const provider = findProvider(priceList === undefined ? { providerApiUrl: url } : { providerId: priceList });
			return provider && priceIn(calcPrice, provider.id, model);
		},
	};
}

function priceIn(calculate: typeof calcPrice, providerId: string, model: string): Price | undefined {
	const found = calculate({}, model, { providerId });
	if (found === null || found.model_price.input_mtok === undefined) return undefined;
	return priceOf(found.model_price, `${providerId}/${found.model.id}`);
}

/** Where it costs something else for longer prompts, its prices change at the same number of tokens, or stay. */
function priceOf(given: ModelPrice, source: string): Price {
	const starts = new Set(Object.values(given).flatMap((price) => tiersOf(price).map(({ start }) => start)));
	const above = [...starts]
		.sort((one, other) => one - other)
		.map((inputTokens) => ({ inputTokens, rates: ratesAbove(given, inputTokens) }));
	return { ...ratesAbove(given, -1), source, ...(above.length === 0 ? {} : { above }) };
}

function ratesAbove(given: ModelPrice, inputTokens: number): Rates {
	const at = (name: string) => priceAbove(given[name], inputTokens);
	return ratesOf({
		input: at("input_mtok") ?? 0,
		cached: at("cache_read_mtok"),
		audioInput: at("input_audio_mtok"),
		output: at("output_mtok") ?? 0,
		reasoning: at("output_reasoning_mtok"),
		audioOutput: at("output_audio_mtok"),
	});
}

type Given = number | TieredPrices | undefined;

function tiersOf(price: Given): TieredPrices["tiers"] {
	return typeof price === "object" ? price.tiers : [];
}

function priceAbove(price: Given, inputTokens: number): number | undefined {
	if (typeof price !== "object") return price;
	return price.tiers.findLast(({ start }) => start <= inputTokens)?.price ?? price.base;
}
