/** Adds usage records and their sums in as few statements as possible. */
import type { Transaction } from "kysely";
import { textTokens } from "../chat/tokenCounts.js";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import type { RowTable, TableRow } from "./rowTable.js";
import type { Tables } from "./tables.js";
import { attemptRowOf } from "./usageAttempts.js";
import { sessionInserter, sessionRows } from "./usageSessions.js";
import { sumInserter } from "./usageSumInsert.js";
import { agentSumRows, createModelNames, sumRows } from "./usageSums.js";
import { agentKeys, usageKeys } from "./usageTables.js";
import type { UsageRecord, UsageTokens } from "./usageTypes.js";

const table: RowTable = {
	name: "usage_request",
	own: ["id", "created_at", "request_id", "tokens", "cost", "duration_ms", "first_token_ms", "attempts"],
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
	numbers: new Set(["created_at", "cost", "duration_ms", "first_token_ms", "is_stream", "status", "is_estimated"]),
};

/** Adds records and their sums. If two have the same id, only the first counts. */
export type UsageInsert = (transaction: Transaction<Tables>, records: readonly UsageRecord[]) => Promise<void>;

export function usageInserter(database: Database): UsageInsert {
	const names = createModelNames();
	const addRows = database.rowAdder(table);
	const sums = sumInserter(database, "usage_sum", usageKeys, ["key_name"]);
	const agentSums = sumInserter(database, "usage_agent_sum", agentKeys, ["key_name", "session_name"]);
	const sessions = sessionInserter(database);
	return async (transaction, records) => {
		const unique = firstOfEachId(records);
		const known = await addRows(transaction, unique.map(rowOf));
		const added = known.size === 0 ? unique : unique.filter(({ id }) => !known.has(id));
		await sums(transaction, sumRows(added, names));
		await agentSums(transaction, agentSumRows(added, names));
		await sessions(transaction, sessionRows(added));
	};
}

function firstOfEachId(records: readonly UsageRecord[]): readonly UsageRecord[] {
	const ids = new Set<string>();
	for (const { id } of records) ids.add(id);
	return ids.size === records.length ? records : records.filter(({ id }) => ids.delete(id));
}

function rowOf(record: UsageRecord): TableRow {
	const { tokens, firstTokenMs, cached, ownUnits, session } = record;
	return {
		own: [
			record.id,
			record.createdAt,
			searchable(record.requestId),
			tokens === null ? null : tokensText(tokens),
			record.cost,
			Math.round(record.durationMs),
			firstTokenMs === null ? null : Math.round(firstTokenMs),
			attemptsText(record),
		],
		shared: [
			searchable(record.operation),
			textOf(record.keyId),
			textOf(record.keyName),
			textOf(record.team),
			textOf(record.organisation),
			textOf(record.route),
			textOf(record.model),
			textOf(record.responseModel),
			textOf(record.upstream),
			record.isStream ? 1 : 0,
			record.status,
			record.outcome,
			textOf(record.errorCode),
			record.isEstimated ? 1 : 0,
			cached === null ? null : JSON.stringify(cached),
			ownUnits === null ? null : JSON.stringify(ownUnits),
			JSON.stringify(record.tags),
			session?.id ?? null,
			textOf(session?.name ?? null),
			textOf(record.agent),
			textOf(record.subagent),
		],
	};
}

/** A single attempt's tokens are the record's, which has them already. */
function attemptsText({ attempts, tokens }: UsageRecord): string {
	return JSON.stringify(
		attempts.map((attempt) => attemptRowOf(attempt, attempt.tokens === tokens ? true : attempt.tokens)),
	);
}

/** JSON without the kinds of which there are none, as nearly all are in nearly all records; `withAllKinds` puts them back. */
function tokensText(tokens: UsageTokens): string {
	let text = `{"input":${tokens.input}`;
	for (const kind of furtherKinds) if (tokens[kind] > 0) text += `,"${kind}":${tokens[kind]}`;
	return `${text}}`;
}

const furtherKinds = (Object.keys(textTokens(0, 0)) as (keyof UsageTokens)[]).filter((kind) => kind !== "input");

function textOf(value: string | null): string | null {
	return value === null ? null : searchable(value);
}
