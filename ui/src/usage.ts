/** Usage, as summed by `GET /v1/usage`. */
import { ask, askJson, queryOf } from "./api.js";
import type { UsageBucket, UsagePage, UsageResult } from "./contract.js";

export type Group = "key" | "team" | "organisation" | "model" | "route" | "upstream" | "operation";

export interface UsageQuestion {
	start_time: number;
	end_time?: number;
	bucket_width: "1m" | "1h" | "1d";
	group_by?: Group;
}

/** The API's maximum. */
const maxBuckets = 1440;

export async function loadUsage(question: UsageQuestion, signal: AbortSignal): Promise<UsageBucket[]> {
	const path = `v1/usage?${queryOf({ ...question, limit: maxBuckets })}`;
	return (await askJson<UsagePage>("admin", path, { signal })).data;
}

/** Loads the same data as CSV. */
export async function loadUsageCsv(question: UsageQuestion): Promise<Blob> {
	return (await ask("admin", `v1/usage?${queryOf({ ...question, limit: maxBuckets, format: "csv" })}`)).blob();
}

export interface Sum {
	name: string;
	requests: number;
	failed: number;
	refused: number;
	input: number;
	cached: number;
	written: number;
	output: number;
	/** Null if no price is known. */
	cost: number | null;
}

/** Adds up all buckets, by the group's values. */
export function sumsOf(buckets: readonly UsageBucket[], group: Group | undefined): Sum[] {
	const sums = new Map<string, Sum>();
	for (const result of buckets.flatMap(({ results }) => results)) {
		const name = nameOf(result, group);
		const sum = sums.get(name) ?? {
			name,
			requests: 0,
			failed: 0,
			refused: 0,
			input: 0,
			cached: 0,
			written: 0,
			output: 0,
			cost: null,
		};
		sums.set(name, sum);
		sum.requests += result.requests;
		sum.failed += result.failed;
		sum.refused += result.refused;
		sum.input += result.input_tokens;
		sum.cached += result.cached_tokens;
		sum.written += result.cache_write_tokens;
		sum.output += result.output_tokens;
		sum.cost = costOf([sum, result]);
	}
	return [...sums.values()];
}

/** @returns the total of the known costs; null if none is known */
export function costOf(sums: readonly Pick<UsageResult, "cost">[]): number | null {
	const known = sums.flatMap(({ cost }) => cost ?? []);
	return known.length === 0 ? null : known.reduce((all, cost) => all + cost, 0);
}

/** @returns the name of a result's group: for a key its name, `no team` and the like for none */
function nameOf(result: UsageResult, group: Group | undefined): string {
	if (group === undefined) return "All";
	const value = result[group];
	if (value === null || value === undefined || value === "") return nameOfNone(group);
	return typeof value === "object" ? (value.name ?? value.id) : value;
}

export function nameOfNone(group: Group): string {
	return `no ${group}`;
}
