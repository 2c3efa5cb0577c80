/** The tables of usage. */
import type { Generated } from "kysely";
import type { UsageNumbers } from "./usageNumbers.js";

/** The primary key of the table of sums. A text is empty if the request has no such value. */
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
		/** JSON, like `attempts` and `tags`. */
		tokens: string | null;
		is_estimated: number;
		cost: number | null;
		duration_ms: number;
		first_token_ms: number | null;
		attempts: string;
		tags: string;
	};
	/** A row for each bucket and combination of keys, so that months of requests are added up quickly. */
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
