/** The tables of usage, and the step that makes them. */
import type { Generated } from "kysely";
import type { UsageNumbers } from "./usageNumbers.js";

/** What sums are told apart by: texts, which are empty where there is nothing. */
export interface UsageKeys {
	/** Seconds. */
	width: number;
	starts_at: number;
	/** Empty for the sums over all requests. */
	tag: string;
	tag_value: string;
	key_id: string;
	team: string;
	organisation: string;
	model: string;
	route: string;
	upstream: string;
	operation: string;
}

export interface UsageTables {
	usage_request: {
		sequence: Generated<number>;
		id: string;
		created_at: number;
		request_id: string;
		operation: string;
		key_id: string | null;
		key_name: string | null;
		team: string | null;
		organisation: string | null;
		route: string | null;
		model: string | null;
		response_model: string | null;
		upstream: string | null;
		is_stream: number;
		status: number;
		outcome: string;
		error_code: string | null;
		/** JSON, as the next two. */
		tokens: string | null;
		is_estimated: number;
		cost: number | null;
		duration_ms: number;
		first_token_ms: number | null;
		attempts: string;
		tags: string;
	};
	/** A row for each bucket and whatever else tells requests apart, so that months of them are quickly added up. */
	usage_sum: UsageKeys & UsageNumbers & { key_name: string };
}

export const usageKeys: readonly (keyof UsageKeys)[] = [
	"width",
	"tag",
	"starts_at",
	"tag_value",
	"key_id",
	"team",
	"organisation",
	"model",
	"route",
	"upstream",
	"operation",
];
