/** The price of a model at a host: the configuration's, else the one of a price list. */
import { compilePattern, isPattern, type Matches } from "../contract/pattern.js";
import type { PriceRule, Routing, Target, UpstreamSettings } from "../contract/routes.js";
import { type Price, ratesOf } from "./price.js";
import { loadPriceTable, mayBeListed, type PriceTable } from "./priceTable.js";

export interface Prices {
	/**
	 * Nothing where nobody says what it costs. Cheap enough to be asked for each request.
	 *
	 * @param model as the host was asked for it
	 */
	priceOf(target: Target, model: string | undefined): Price | undefined;
}

/** Some cost less at night; a price is looked for again in the next minute. */
const keptMs = 60_000;
/** Clients make up names of models. */
const mostKept = 2_000;

interface Kept {
	readonly price: Price | undefined;
	readonly until: number;
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
	const upstreams = new Map(routing.upstreams.map((upstream) => [upstream.name, upstream]));
	const ruled = priceOfRules(prices);
	const ofTargets = new WeakMap<object, Price>();
	const kept = new Map<string, Map<string, Kept>>(routing.upstreams.map(({ name }) => [name, new Map()]));

	function keep(upstream: UpstreamSettings, model: string): Price | undefined {
		const found = ruled(model) ?? (table && mayBeListed(upstream) ? table.find(upstream, model) : undefined);
		const ofUpstream = kept.get(upstream.name);
		if (ofUpstream === undefined) return found;
		if (ofUpstream.size >= mostKept) ofUpstream.clear();
		const time = now();
		ofUpstream.set(model, { price: found, until: time - (time % keptMs) + keptMs });
		return found;
	}

	return {
		priceOf({ cost, upstream: name, model: own }, asked) {
			if (cost !== undefined) {
				let price = ofTargets.get(cost);
				if (price === undefined) {
					price = { ...ratesOf(cost), source: "configuration" };
					ofTargets.set(cost, price);
				}
				return price;
			}
			const model = own ?? asked;
			if (model === undefined) return undefined;
			const known = kept.get(name)?.get(model);
			if (known !== undefined && now() < known.until) return known.price;
			const upstream = upstreams.get(name);
			return upstream && keep(upstream, model);
		},
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
