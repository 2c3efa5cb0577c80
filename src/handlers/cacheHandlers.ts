/** Answers that are kept for equal requests, for administrators: counted, and removed. */
import { GatewayError } from "../errors/gatewayError.js";
import type { components } from "../generated/contract.js";
import type { GatewayServices } from "../middleware/link.js";
import type { Settings } from "../settings/settings.js";
import type { ShelfFilter, ShelfTotals } from "../store/cacheTypes.js";
import type { Actor } from "../store/keyTypes.js";
import type { Handlers } from "./handlerTypes.js";

type Schemas = components["schemas"];

export function cacheHandlers({ cache, store, settings }: GatewayServices): Pick<Handlers, "showCache" | "clearCache"> {
	return {
		async showCache() {
			const { memory, behind } = await cache.totals();
			// Redis has a bound of its own.
			const bound = settings.redisUrl === undefined ? settings.cacheStoreBytes : null;
			return {
				object: "gateway.cache",
				memory: totals(memory, settings.cacheMemoryBytes),
				store: behind === undefined ? null : totals(behind, bound),
				store_kind: behind === undefined ? null : kindOf(settings),
			};
		},
		async clearCache({ query, state: { exchange } }) {
			refuseOtherFilters(Object.keys(query));
			const filter = exchange.query as ShelfFilter;
			await store.audit.add("cache.cleared", { ...filter }, exchange.actor as Actor);
			return { object: "gateway.cache.cleared", removed: await cache.remove(filter) };
		},
	};
}

/** A filter that is misspelt would let all answers be removed. */
function refuseOtherFilters(names: readonly string[]): void {
	for (const name of names)
		if (!filters.has(name))
			throw new GatewayError(400, `Unknown parameter: '${name}'.`, { code: "unknown_parameter", param: name });
}

const filters: ReadonlySet<string> = new Set<keyof ShelfFilter>(["model", "key", "tag"]);

function totals({ entries, bytes }: ShelfTotals, bound: number | null): Schemas["ShelfTotals"] {
	return { entries, bytes, max_bytes: bound };
}

function kindOf({ redisUrl, storeUrl }: Settings): Schemas["AnswerCache"]["store_kind"] {
	if (redisUrl !== undefined) return "redis";
	return storeUrl === undefined ? "sqlite" : "postgresql";
}
