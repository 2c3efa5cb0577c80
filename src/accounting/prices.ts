/** The price of a model at an upstream: from the configuration, else from the upstream's own list, else from a price list. */

import type { ModelFacts } from "../catalogue/modelFacts.js";
import { compilePattern, isPattern, type Matches } from "../settings/pattern.js";
import type { Cost, PriceRule, Routing, Target, UpstreamSettings } from "../settings/routes.js";
import { sentModel } from "../settings/sentModel.js";
import { ownPrice, type Price, ratesOf } from "./price.js";
import { loadPriceTable, mayBeListed, type PriceTable } from "./priceTable.js";

export interface Prices {
	/**
	 * Finds the price of a target; undefined if it is unknown. Cheap enough for every request.
	 *
	 * @param model as the client requested it
	 */
	priceOf(target: Target, model: string | undefined): Price | undefined;
	/** Finds the price of a model that the upstream chose itself. @param upstream its name */
	priceOfModel(upstream: string, model: string): Price | undefined;
}

/** Prices, and what their list says of models besides. */
export interface OpenPrices extends Prices {
	/** @param upstream its name */
	factsOf(upstream: string, model: string): ModelFacts | undefined;
	/** Whether some models of the upstream may have a price. @param upstream its name */
	mayPrice(upstream: string): boolean;
}

/** Where prices come from besides the configuration and the price list. */
export interface PriceSources {
	/** What an upstream says in its list that a model costs. */
	listed?(upstream: string, model: string): Cost | undefined;
	/** Milliseconds since the epoch. */
	now?(): number;
}

/** Some models are cheaper at night, so prices are cached until the end of the minute. */
const cacheMs = 60_000;
/** Clients can make up names of models. */
const maxCached = 2_000;

interface CachedPrice {
	readonly price: Price | undefined;
	readonly until: number;
}

interface PricedUpstream {
	readonly upstream: UpstreamSettings;
	readonly list: Pick<PriceTable, "find"> | undefined;
	/** By model. */
	readonly cache: Map<string, CachedPrice>;
}

type PricedSettings = { readonly prices: readonly PriceRule[]; readonly routing: Pick<Routing, "upstreams"> };

/** Loads the price list if it may have one of the upstreams. */
export async function openPrices(settings: PricedSettings, sources: PriceSources = {}): Promise<OpenPrices> {
	const { upstreams } = settings.routing;
	const table = upstreams.some(mayBeListed) ? await loadPriceTable() : undefined;
	const listed = new Map(upstreams.filter(mayBeListed).map((upstream) => [upstream.name, upstream]));
	return {
		...createPrices(settings, table, sources.now ?? Date.now, sources.listed),
		factsOf(name, model) {
			const upstream = listed.get(name);
			const contextWindow = upstream && table?.contextOf(upstream, model);
			return contextWindow === undefined ? undefined : { contextWindow };
		},
		mayPrice: (name) => settings.prices.length > 0 || listed.has(name),
	};
}

export function createPrices(
	{ prices, routing }: PricedSettings,
	table: Pick<PriceTable, "find"> | undefined,
	now: () => number,
	listed: PriceSources["listed"] = undefined,
): Prices {
	const priceByRule = priceOfRules(prices);
	const ofTargets = new WeakMap<object, Price>();
	/** Upstreams that may have prices besides those of their targets. */
	const priced = new Map<string, PricedUpstream>();
	for (const upstream of routing.upstreams) {
		const list = mayBeListed(upstream) ? table : undefined;
		if (list || listed || prices.length > 0) priced.set(upstream.name, { upstream, list, cache: new Map() });
	}

	function priceOfModel(name: string, model: string): Price | undefined {
		const found = priced.get(name);
		if (found === undefined) return undefined;
		const cached = found.cache.get(model);
		return cached !== undefined && now() < cached.until ? cached.price : findAndCache(found, model);
	}

	function findAndCache({ upstream, list, cache }: PricedUpstream, model: string): Price | undefined {
		const cost = priceByRule(model) === undefined ? listed?.(upstream.name, model) : undefined;
		const listedPrice = cost && { ...ratesOf(cost), source: "upstream" };
		const price = priceByRule(model) ?? listedPrice ?? list?.find(upstream, model);
		if (cache.size >= maxCached) cache.clear();
		const time = now();
		cache.set(model, { price, until: time - (time % cacheMs) + cacheMs });
		return price;
	}

	return {
		priceOf(target, requestedModel) {
			const { cost, upstream: name } = target;
			if (cost !== undefined) {
				let price = ofTargets.get(cost);
				if (price === undefined) {
					price = ownPrice(cost);
					ofTargets.set(cost, price);
				}
				return price;
			}
			const model = sentModel(target, requestedModel);
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
		const price = ownPrice(cost);
		for (const model of models) {
			if (isPattern(model)) patterns.push({ matches: compilePattern(model), price });
			else if (!exact.has(model)) exact.set(model, price);
		}
	}
	return (model) => exact.get(model) ?? patterns.find(({ matches }) => matches(model))?.price;
}
