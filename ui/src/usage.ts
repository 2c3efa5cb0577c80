/** What was used, as `GET /v1/usage` adds it up. */
import { askJson, queryOf } from "./api.js";

export interface UsageResult {
	requests: number;
	failed: number;
	cancelled: number;
	input_tokens: number;
	cached_tokens: number;
	output_tokens: number;
	reasoning_tokens: number;
	cost: number | null;
	/** The groups that were asked for, by their names. */
	[group: string]: unknown;
}

export interface UsageBucket {
	start_time: number;
	end_time: number;
	results: UsageResult[];
}

interface UsagePage {
	data: UsageBucket[];
	has_more: boolean;
	next_page: string | null;
}

export type Group = "key" | "team" | "organisation" | "model" | "route" | "upstream" | "operation";

export interface UsageQuestion {
	start_time: number;
	end_time?: number;
	bucket_width: "1m" | "1h" | "1d";
	group_by?: Group;
}

/** More pages than this are a question that nobody wants to wait for. */
const mostPages = 50;

export async function loadUsage(question: UsageQuestion, signal: AbortSignal): Promise<UsageBucket[]> {
	const buckets: UsageBucket[] = [];
	let page: string | undefined;
	for (let pages = 0; pages < mostPages; pages += 1) {
		const query = queryOf({ ...question, limit: 100, page });
		const found = await askJson<UsagePage>("admin", `v1/usage?${query}`, { signal });
		buckets.push(...found.data);
		if (!found.has_more || found.next_page === null) break;
		page = found.next_page;
	}
	return buckets;
}

export interface Sum {
	name: string;
	requests: number;
	failed: number;
	input: number;
	cached: number;
	output: number;
	cost: number;
}

/** Over all buckets, by the group's member. */
export function sumsOf(buckets: readonly UsageBucket[], group: Group | undefined): Sum[] {
	const sums = new Map<string, Sum>();
	for (const result of buckets.flatMap(({ results }) => results)) {
		const name = nameOf(result, group);
		const sum = sums.get(name) ?? { name, requests: 0, failed: 0, input: 0, cached: 0, output: 0, cost: 0 };
		sums.set(name, sum);
		sum.requests += result.requests;
		sum.failed += result.failed;
		sum.input += result.input_tokens;
		sum.cached += result.cached_tokens;
		sum.output += result.output_tokens;
		sum.cost += result.cost ?? 0;
	}
	return [...sums.values()];
}

/** A key is shown by its name; what has no value, as such. */
export function nameOf(result: UsageResult, group: Group | undefined): string {
	if (group === undefined) return "All";
	const value = result[group];
	if (value === null || value === undefined || value === "") return `no ${group}`;
	if (typeof value === "object") {
		const { name, id } = value as { name?: string | null; id?: string };
		return name ?? id ?? `no ${group}`;
	}
	return String(value);
}
