/** Adds usage records and their sums in as few statements as possible, through queries that are compiled once. */
import type { Transaction } from "kysely";
import { textTokens } from "../chat/tokenCounts.js";
import { compiledByCount } from "./compiledByCount.js";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";
import { sessionInserter, sessionRows } from "./usageSessions.js";
import { sumInserter } from "./usageSumInsert.js";
import { agentSumRows, createModelNames, sumRows } from "./usageSums.js";
import { agentKeys, usageKeys } from "./usageTables.js";
import type { UsageRecord, UsageTokens } from "./usageTypes.js";

/** Rows in one statement: more would save hardly anything. */
const rowsAtOnce = 32;

/** Parameters are in the order of these columns. */
const emptyRecord = {
	id: "",
	created_at: 0,
	request_id: "",
	operation: "",
	key_id: "",
	key_name: "",
	team: "",
	organisation: "",
	route: "",
	model: "",
	response_model: "",
	upstream: "",
	is_stream: 0,
	status: 0,
	outcome: "",
	error_code: "",
	tokens: "",
	is_estimated: 0,
	cost: 0,
	duration_ms: 0,
	first_token_ms: 0,
	attempts: "",
	cached: "",
	own_units: "",
	tags: "",
	session: "",
	session_name: "",
	agent: "",
	subagent: "",
};

/** Adds records and their sums. If two have the same id, only the first counts. */
export type UsageInsert = (transaction: Transaction<Tables>, records: readonly UsageRecord[]) => Promise<void>;

export function usageInserter(database: Database): UsageInsert {
	const { db, run, errorOf, hasRowLocks } = database;
	const names = createModelNames();
	const inserting = (count: number) =>
		db.insertInto("usage_request").values(Array.from({ length: count }, () => emptyRecord));
	const allOf = compiledByCount((count) => inserting(count).compile());
	const newOf = compiledByCount((count) =>
		inserting(count)
			.onConflict((conflict) => conflict.column("id").doNothing())
			.returning("id")
			.compile(),
	);
	const sums = sumInserter(database, "usage_sum", usageKeys, ["key_name"]);
	const agentSums = sumInserter(database, "usage_agent_sum", agentKeys, ["key_name", "session_name"]);
	const sessions = sessionInserter(database);

	/** @returns the records that were not there yet */
	async function insertBlock(
		transaction: Transaction<Tables>,
		records: readonly UsageRecord[],
	): Promise<readonly UsageRecord[]> {
		const block = new Map(records.map((record) => [record.id, record]));
		const parameters: unknown[] = [];
		for (const record of block.values()) pushColumns(parameters, record);
		// Nearly always all are new, and SQLite takes long to say which. In PostgreSQL a failed statement ends the transaction.
		if (!hasRowLocks && (await haveAllBeenAdded(transaction, block.size, parameters))) return [...block.values()];
		const inserted = (await run(transaction, newOf(block.size), parameters)) as { id: string }[];
		return inserted.map(({ id }) => block.get(id) as UsageRecord);
	}

	/** @returns false, with nothing added, if one of them is there */
	async function haveAllBeenAdded(
		transaction: Transaction<Tables>,
		count: number,
		parameters: unknown[],
	): Promise<boolean> {
		try {
			await run(transaction, allOf(count), parameters);
			return true;
		} catch (error) {
			const known = errorOf(error);
			if (known instanceof StoreError && known.problem === "conflict") return false;
			throw error;
		}
	}

	return async (transaction, records) => {
		const added: UsageRecord[] = [];
		for (let at = 0; at < records.length; at += rowsAtOnce)
			for (const record of await insertBlock(transaction, records.slice(at, at + rowsAtOnce))) added.push(record);
		await sums(transaction, sumRows(added, names));
		await agentSums(transaction, agentSumRows(added, names));
		await sessions(transaction, sessionRows(added));
	};
}

function pushColumns(parameters: unknown[], record: UsageRecord): void {
	const { tokens, firstTokenMs } = record;
	parameters.push(
		record.id,
		record.createdAt,
		searchable(record.requestId),
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
		tokens === null ? null : tokensText(tokens),
		record.isEstimated ? 1 : 0,
		record.cost,
		Math.round(record.durationMs),
		firstTokenMs === null ? null : Math.round(firstTokenMs),
		JSON.stringify(record.attempts),
		record.cached === null ? null : JSON.stringify(record.cached),
		record.ownUnits === null ? null : JSON.stringify(record.ownUnits),
		JSON.stringify(record.tags),
		record.session?.id ?? null,
		textOf(record.session?.name ?? null),
		textOf(record.agent),
		textOf(record.subagent),
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
