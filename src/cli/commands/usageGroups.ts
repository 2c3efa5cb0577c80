/** Adds up what buckets of usage hold, group by group. */
import type { components } from "../../generated/contract.js";
import { usageDimensions } from "../../store/usageTypes.js";

type Schemas = components["schemas"];
type Sums = Schemas["UsageResult"];

export interface Group {
	/** In the order of what they are told apart by. */
	readonly names: readonly (string | null)[];
	readonly sums: Sums;
}

/** Told apart by their time. */
export const periods = ["day", "hour"] as const;

/** `model,key,tag:feature,day`. @throws Error that lists the groups there are */
export function groupsOf(text: string): string[] {
	const names = text.split(",").map((name) => name.trim());
	const known = [...usageDimensions, ...periods] as readonly string[];
	for (const name of names)
		if (!known.includes(name) && !/^tag:.+/.test(name))
			throw new Error(`must be of ${known.join(", ")} and tag:NAME (got ${JSON.stringify(name)})`);
	return [...new Set(names)];
}

/** The most expensive ones first, then those with the most tokens; by time in its order. */
export function summed(buckets: readonly Schemas["UsageBucket"][], by: readonly string[]): Group[] {
	const groups = new Map<string, Group>();
	for (const { start_time, results } of buckets)
		for (const result of results) {
			const names = by.map((name) => nameIn(result, name, start_time));
			const key = JSON.stringify(names);
			const before = groups.get(key);
			groups.set(key, { names, sums: before === undefined ? result : added(before.sums, result) });
		}
	const all = [...groups.values()];
	return by.some((name) => (periods as readonly string[]).includes(name)) ? all : all.sort(moreFirst);
}

function moreFirst({ sums: one }: Group, { sums: other }: Group): number {
	return (other.cost ?? 0) - (one.cost ?? 0) || tokens(other) - tokens(one) || other.requests - one.requests;
}

function tokens({ input_tokens, output_tokens }: Sums): number {
	return input_tokens + output_tokens;
}

function nameIn(result: Sums, name: string, startTime: number): string | null {
	const time = new Date(startTime * 1000).toISOString();
	if (name === "day") return time.slice(0, 10);
	if (name === "hour") return time.slice(0, 16);
	if (name === "key") return result.key ? (result.key.name ?? result.key.id) : null;
	// Agents of two keys may call their sessions the same.
	if (name === "session") return result.session?.id ?? null;
	if (name.startsWith("tag:")) return result.tag?.value ?? null;
	return result[name as Exclude<(typeof usageDimensions)[number], "key" | "session">] ?? null;
}

/** Dollars are whole billionths, and stay so. */
function added(one: Sums, other: Sums): Sums {
	const sums: Record<string, unknown> = { ...one };
	for (const [name, value] of Object.entries(other))
		if (typeof value === "number") sums[name] = (sums[name] as number) + value;
	const isPriced = one.cost !== null || other.cost !== null;
	sums.cost = isPriced ? Math.round(((one.cost ?? 0) + (other.cost ?? 0)) * 1e9) / 1e9 : null;
	return sums as Sums;
}
