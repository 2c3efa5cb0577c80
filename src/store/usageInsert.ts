/** Adds usage records and their sums in as few statements as possible. */
import type { Transaction } from "kysely";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import type { RowTable, TableRow } from "./rowTable.js";
import type { Tables } from "./tables.js";
import { sessionInserter, sessionRows } from "./usageSessions.js";
import { sumInserter } from "./usageSumInsert.js";
import { agentSumRows, alikeEntries, createModelNames, sumRows } from "./usageSums.js";
import { agentKeys, usageKeys } from "./usageTables.js";
import type { UsageEntry, UsageFacts } from "./usageTypes.js";

/** Without `tokens` and `cost`, which follow from the attempts; earlier versions have stored them. */
const table: RowTable = {
	name: "usage_request",
	own: ["id", "created_at", "request_id", "duration_ms", "first_token_ms", "attempts"],
	shared: [
		"operation",
		"key_id",
		"key_name",
		"team",
		"organisation",
		"route",
		"model",
		"response_model",
		"upstream",
		"is_stream",
		"status",
		"outcome",
		"error_code",
		"is_estimated",
		"cached",
		"own_units",
		"tags",
		"session",
		"session_name",
		"agent",
		"subagent",
	],
	numbers: new Set(["created_at", "duration_ms", "first_token_ms", "is_stream", "status", "is_estimated"]),
};

/** Adds records and their sums. If two have the same id, only the first counts. */
export type UsageInsert = (transaction: Transaction<Tables>, entries: readonly UsageEntry[]) => Promise<void>;

export function usageInserter(database: Database): UsageInsert {
	const names = createModelNames();
	const addRows = database.rowAdder(table);
	const sums = sumInserter(database, "usage_sum", usageKeys, ["key_name"]);
	const agentSums = sumInserter(database, "usage_agent_sum", agentKeys, ["key_name", "session_name"]);
	const sessions = sessionInserter(database);
	return async (transaction, entries) => {
		const unique = firstOfEachId(entries);
		const known = await addRows(transaction, rowsOf(unique));
		const added = known.size === 0 ? unique : unique.filter(({ id }) => !known.has(id));
		const alike = alikeEntries(added, names);
		await sums(transaction, sumRows(alike));
		await agentSums(transaction, agentSumRows(alike));
		await sessions(transaction, sessionRows(alike));
	};
}

function firstOfEachId(entries: readonly UsageEntry[]): readonly UsageEntry[] {
	const ids = new Set<string>();
	for (const { id } of entries) ids.add(id);
	return ids.size === entries.length ? entries : entries.filter(({ id }) => ids.delete(id));
}

function rowsOf(entries: readonly UsageEntry[]): TableRow[] {
	const known = new Map<UsageFacts, TableRow["shared"]>();
	return entries.map((entry) => {
		let shared = known.get(entry.facts);
		if (shared === undefined) {
			shared = sharedOf(entry.facts);
			known.set(entry.facts, shared);
		}
		return { own: ownOf(entry), shared };
	});
}

function ownOf({ id, createdAt, requestId, durationMs, firstTokenMs, attemptRows }: UsageEntry): TableRow["own"] {
	return [
		id,
		createdAt,
		searchable(requestId),
		Math.round(durationMs),
		firstTokenMs === null ? null : Math.round(firstTokenMs),
		attemptRows,
	];
}

function sharedOf(facts: UsageFacts): TableRow["shared"] {
	const { cached, ownUnits, session } = facts;
	return [
		searchable(facts.operation),
		textOf(facts.keyId),
		textOf(facts.keyName),
		textOf(facts.team),
		textOf(facts.organisation),
		textOf(facts.route),
		textOf(facts.model),
		textOf(facts.responseModel),
		textOf(facts.upstream),
		facts.isStream ? 1 : 0,
		facts.status,
		facts.outcome,
		textOf(facts.errorCode),
		facts.isEstimated ? 1 : 0,
		cached === null ? null : JSON.stringify(cached),
		ownUnits === null ? null : JSON.stringify(ownUnits),
		JSON.stringify(facts.tags),
		session?.id ?? null,
		textOf(session?.name ?? null),
		textOf(facts.agent),
		textOf(facts.subagent),
	];
}

function textOf(value: string | null): string | null {
	return value === null ? null : searchable(value);
}
