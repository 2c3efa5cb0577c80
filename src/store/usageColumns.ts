/** The columns of what usage is grouped and filtered by, which are called the same in records and in sums. */
import { isSessionId } from "./sessionStops.js";
import type { UsageTables } from "./usageTables.js";
import type { UsageDimension } from "./usageTypes.js";

export const usageColumns = {
	key: "key_id",
	team: "team",
	organisation: "organisation",
	model: "model",
	route: "route",
	upstream: "upstream",
	operation: "operation",
	session: "session",
	agent: "agent",
	subagent: "subagent",
} as const satisfies Record<UsageDimension, keyof UsageTables["usage_request"] & keyof UsageTables["usage_agent_sum"]>;

/** A value that looks like an id filters by the key's or the session's id, any other by its name. */
export function usageColumnOf(dimension: UsageDimension, value: string) {
	if (dimension === "session") return isSessionId(value) ? "session" : "session_name";
	return dimension === "key" && !/^(key|token)_/.test(value) ? "key_name" : usageColumns[dimension];
}
