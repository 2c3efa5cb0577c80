/** What a usage object says beside its counts: the tier that has served the answer, and what its vendor charges for it. */
import { isObject } from "../json/isObject.js";

type Json = Readonly<Record<string, unknown>>;

/** The usual tier, in the words of several vendors. */
const standardNames: ReadonlySet<string> = new Set(["standard", "default", "on_demand"]);

/** The usual tier, which no price need name. */
export const standardTier = "standard";

/** Tiers that vendors have words of their own for. */
const otherNames: ReadonlyMap<string, string> = new Map([
	["on_demand_flex", "flex"],
	["on_demand_priority", "priority"],
	["reserved", "provisioned"],
	["provisioned_throughput", "provisioned"],
]);

/**
 * The tier that has served an answer, in one word: `standard`, `flex`, `priority`, `batch`, `fast` and others.
 *
 * @param named beside the usage object, as OpenAI and Bedrock do (`service_tier`, `serviceTier`)
 * @returns undefined if neither says it
 */
export function servedTier(usage: Json, named: unknown): string | undefined {
	// Anthropic's speed is priced like a tier.
	if (usage.speed === "fast") return "fast";
	return tierName(usage.service_tier ?? usage.serviceTier) ?? tierName(usage.trafficType) ?? tierName(named);
}

const namePattern = /^[a-z0-9_-]{1,32}$/;

/** One word for one tier, whoever names it; undefined for what is no tier's name. */
export function tierName(given: unknown): string | undefined {
	const value = isObject(given) ? given.type : given;
	if (typeof value !== "string") return undefined;
	const name = value.toLowerCase().replace(/^service_tier_/, "");
	// `auto` is what was asked for.
	if (name === "auto" || name === "traffic_type_unspecified" || !namePattern.test(name)) return undefined;
	return standardNames.has(name) ? standardTier : (otherNames.get(name) ?? name);
}

/** xAI counts ten billion of them for a dollar. */
const ticksPerDollar = 1e10;

/**
 * What the vendor itself says that it charges: OpenRouter's and Perplexity's `cost`, xAI's `cost_in_usd_ticks`, DeepInfra's
 * `estimated_cost`.
 *
 * @returns dollars; undefined if it says nothing of that
 */
export function chargedDollars(usage: Json): number | undefined {
	const { cost, cost_in_usd_ticks: ticks, estimated_cost: estimated } = usage;
	if (isAmount(ticks)) return ticks / ticksPerDollar;
	if (isObject(cost)) return isAmount(cost.total_cost) ? cost.total_cost : undefined;
	if (isAmount(cost)) return cost + ownKeyDollars(usage);
	return isAmount(estimated) ? estimated : undefined;
}

/** With a key of one's own at a vendor behind OpenRouter, its charge comes on top. */
function ownKeyDollars({ is_byok: isOwnKey, cost_details: details }: Json): number {
	if (isOwnKey !== true || !isObject(details)) return 0;
	return isAmount(details.upstream_inference_cost) ? details.upstream_inference_cost : 0;
}

function isAmount(value: unknown): value is number {
	return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
