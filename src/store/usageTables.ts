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

/** The primary key of the table of agents' sums. */
export interface AgentKeys extends Omit<UsageKeys, "tag" | "tag_value"> {
	/** A session's id. */
	session: string;
	agent: string;
	subagent: string;
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
		/** JSON, like `attempts` and `tags`; only earlier versions have stored it and `cost`, which follow from the attempts. */
		tokens: string | null;
		is_estimated: number;
		cost: number | null;
		duration_ms: number;
		first_token_ms: number | null;
		attempts: string;
		/** JSON. */
		cached: string | null;
		/** JSON. */
		own_units: string | null;
		tags: string;
		session: string | null;
		session_name: string | null;
		agent: string | null;
		subagent: string | null;
	};
	/** A row for each bucket and combination of keys, so that months of requests are added up quickly. */
	usage_sum: UsageKeys & UsageNumbers & { key_name: string };
	/** The same for requests of agents, by session, agent and sub-agent; rows are removed when they are as old as records get. */
	usage_agent_sum: AgentKeys & UsageNumbers & { key_name: string; session_name: string };
	/** A row for each session, so that a list of them need not add up their requests. */
	usage_session: {
		id: string;
		/** Empty without a key. */
		key_id: string;
		key_name: string;
		name: string;
		agent: string;
		first_at: number;
		last_at: number;
	} & UsageNumbers;
	/** Sessions that are refused, and until when, in seconds since the epoch. */
	session_stop: {
		id: string;
		until: number;
		/** JSON */
		reason: string | null;
	};
}

export const agentKeys: readonly (keyof AgentKeys)[] = [
	"width",
	"starts_at",
	"session",
	"agent",
	"subagent",
	"key_id",
	"team",
	"organisation",
	"model",
	"route",
	"upstream",
	"operation",
];

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
