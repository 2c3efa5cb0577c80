/** Prices of well-known vendors, from @pydantic/genai-prices. Only this file uses the package, and loads it only when needed. */

import { isIP } from "node:net";
import type { calcPrice, ModelPrice, TieredPrices } from "@pydantic/genai-prices";
import { providerOf } from "../providers/providers.js";
import type { UpstreamSettings } from "../settings/routes.js";
import { type Price, type Rates, ratesOf, type TierFactors } from "./price.js";
import { tiersOfList } from "./tierFactors.js";

/** The installed package and its date of publication; `prices.test.ts` checks that they match. */
export const tableVersion = { package: "@pydantic/genai-prices", version: "0.1.8", date: "2026-09-23" } as const;

type Priced = Pick<UpstreamSettings, "url" | "priceList" | "provider">;

export interface PriceTable {
	/** @returns the model's current price at this upstream; undefined if the list has none */
	find(upstream: Priced, model: string): Price | undefined;
	/** @returns the model's context in tokens; undefined if the list has none */
	contextOf(upstream: Priced, model: string): number | undefined;
}

/** Host names of private networks, which a public list can't contain. */
const privateName = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|svc|test|example|invalid)$/;

/** Whether the table could have prices for this upstream; loading it takes 70 ms and 20 MB. */
export function mayBeListed({ url, priceList }: Pick<UpstreamSettings, "url" | "priceList">): boolean {
	if (priceList !== undefined) return true;
	const { hostname } = new URL(url);
	return isIP(hostname.replace(/^\[|\]$/g, "")) === 0 && hostname.includes(".") && !privateName.test(hostname);
}

export async function loadPriceTable(): Promise<PriceTable> {
	const { calcPrice, findProvider } = await import("@pydantic/genai-prices");
	/** What stands at another public address, such as a proxy's, costs what its provider takes. */
	const ofProvider = (name: string | undefined) => {
		const providerId = providerOf({ provider: name }).priceList;
		return providerId === undefined ? undefined : findProvider({ providerId });
	};
	// By the configured list, the URL or the provider, never by the model's name: the vendor determines the price, not the model.
	const listFor = ({ url, priceList, provider }: Priced) =>
		priceList === undefined
			? (findProvider({ providerApiUrl: url }) ?? ofProvider(provider))
			: findProvider({ providerId: priceList });
	return {
		find(upstream, model) {
			const listed = listFor(upstream);
			return listed && priceIn(calcPrice, listed.id, model);
		},
		contextOf(upstream, model) {
			const listed = listFor(upstream);
			return listed && calcPrice({}, model, { providerId: listed.id })?.model.context_window;
		},
	};
}

function priceIn(calculate: typeof calcPrice, providerId: string, model: string): Price | undefined {
	const found = calculate({}, model, { providerId });
	if (found === null || found.model_price.input_mtok === undefined) return undefined;
	return priceOf(found.model_price, `${providerId}/${found.model.id}`, tiersOfList[providerId]);
}

/** Converts a price whose tiers may start at different numbers of tokens for different kinds. */
function priceOf(modelPrice: ModelPrice, source: string, tiers: TierFactors | undefined): Price {
	const starts = new Set(Object.values(modelPrice).flatMap((price) => tiersOf(price).map(({ start }) => start)));
	const above = [...starts]
		.sort((one, other) => one - other)
		.map((inputTokens) => ({ inputTokens, rates: ratesAbove(modelPrice, inputTokens) }));
	return { ...ratesAbove(modelPrice, -1), tiers, source, ...(above.length === 0 ? {} : { above }) };
}

function ratesAbove(modelPrice: ModelPrice, inputTokens: number): Rates {
	const at = (name: string) => priceAbove(modelPrice[name], inputTokens);
	const input = at("input_mtok") ?? 0;
	return ratesOf({
		input,
		cached: at("cache_read_mtok"),
		// A list that has no price for writing knows a vendor that asks none.
		cacheWrite: at("cache_write_mtok") ?? input,
		cacheWrite1h: at("cache_write_1h_mtok") ?? (modelPrice.cache_write_mtok === undefined ? input : undefined),
		audioInput: at("input_audio_mtok"),
		imageInput: at("input_image_mtok"),
		output: at("output_mtok") ?? 0,
		reasoning: at("output_reasoning_mtok"),
		audioOutput: at("output_audio_mtok"),
		imageOutput: at("output_image_mtok"),
	});
}

type ListedPrice = number | TieredPrices | undefined;

function tiersOf(price: ListedPrice): TieredPrices["tiers"] {
	return typeof price === "object" ? price.tiers : [];
}

function priceAbove(price: ListedPrice, inputTokens: number): number | undefined {
	if (typeof price !== "object") return price;
	return price.tiers.findLast(({ start }) => start <= inputTokens)?.price ?? price.base;
}
