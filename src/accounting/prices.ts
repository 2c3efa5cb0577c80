/** The price of a model at a host: the configuration's, else the one of a price list. */

import { compilePattern, isPattern, type Matches } from "../settings/pattern.js";
import type { PriceRule, Routing, Target, UpstreamSettings } from "../settings/routes.js";
import { sentModel } from "../settings/sentModel.js";
import { type Price, ratesOf } from "./price.js";
import { loadPriceTable, mayBeListed, type PriceTable } from "./priceTable.js";

export interface Prices {
	/**
	 * Nothing where nobody says what it costs. Cheap enough to be asked for each request.
	 *
	 * @param model as the host was asked for it
	 */
	priceOf(target: Target, model: string | undefined): Price | undefined;
	/** Of a model that the host has chosen by itself, by the upstream's name. */
	priceOfModel(upstream: string, model: string): Price | undefined;
}

/** Some cost less at night; a price is looked for again in the next minute. */
const keptMs = 60_000;
/** Clients make up names of models. */
const mostKept = 2_000;

interface Kept {
	readonly price: Price | undefined;
	readonly until: number;
}

interface PricedUpstream {
	readonly upstream: UpstreamSettings;
	readonly list: PriceTable | undefined;
	/** By model. */
	readonly kept: Map<string, Kept>;
}

type PricedSettings = { readonly prices: readonly PriceRule[]; readonly routing: Pick<Routing, "upstreams"> };

/** With its table of well-known hosts, where one of the upstreams may be such. @param now milliseconds since the epoch */
export async function openPrices(settings: PricedSettings, now: () => number = Date.now): Promise<Prices> {
	const isNeeded = settings.routing.upstreams.some(mayBeListed);
	return createPrices(settings, isNeeded ? await loadPriceTable() : undefined, now);
}

export function createPrices(
	{ prices, routing }: PricedSettings,
	table: PriceTable | undefined,
	now: () => number,
): Prices {
	const ruled = priceOfRules(prices);
	const ofTargets = new WeakMap<object, Price>();
	/** Those that may have any but their targets' own. */
	const priced = new Map<string, PricedUpstream>();
	for (const upstream of routing.upstreams) {
		const list = mayBeListed(upstream) ? table : undefined;
		if (list || prices.length > 0) priced.set(upstream.name, { upstream, list, kept: new Map() });
	}

	function priceOfModel(name: string, model: string): Price | undefined {
		const found = priced.get(name);
		if (found === undefined) return undefined;
		const known = found.kept.get(model);
		return known !== undefined && now() < known.until ? known.price : keep(found, model);
	}

	function keep({ upstream, list, kept }: PricedUpstream, model: string): Price | undefined {
		const price = ruled(model) ?? list?.find(upstream, model);
		if (kept.size >= mostKept) kept.clear();
		const time = now();
		kept.set(model, { price, until: time - (time % keptMs) + keptMs });
		return price;
	}

	return {
		priceOf(target, asked) {
			const { cost, upstream: name } = target;
			if (cost !== undefined) {
				let price = ofTargets.get(cost);
				if (price === undefined) {
					price = { ...ratesOf(cost), source: "configuration" };
					ofTargets.set(cost, price);
				}
				return price;
			}
			const model = sentModel(target, asked);
			return model === undefined ? undefined : priceOfModel(name, model);
		},
		priceOfModel,
	};
}

/** An exact name wins, else the first whose pattern matches. */
function priceOfRules(rules: readonly PriceRule[]): (model: string) => Price | undefined {
	const exact = new Map<string, Price>();
	const patterns: { matches: Matches; price: Price }[] = [];
	for (const { models, cost } of rules) {
		const price: Price = { ...ratesOf(cost), source: "configuration" };
		for (const model of models) {
			if (isPattern(model)) patterns.push({ matches: compilePattern(model), price });
			else if (!exact.has(model)) exact.set(model, price);
		}
	}
	return (model) => exact.get(model) ?? patterns.find(({ matches }) => matches(model))?.price;
}
