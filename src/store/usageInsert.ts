/** Adds usage records and their sums in as few statements as possible, through queries that are compiled once. */
import type { Transaction } from "kysely";
import { compiledByCount } from "./compiledByCount.js";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";
import { storedNumbers } from "./usageNumbers.js";
import { createModelNames, type SumRow, sumRows } from "./usageSums.js";
import { usageKeys } from "./usageTables.js";
import type { UsageRecord } from "./usageTypes.js";

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
	tags: "",
};
const sumColumns = [...usageKeys, ...storedNumbers, "key_name"] as const;
const emptySum = Object.fromEntries(sumColumns.map((column) => [column, 0])) as unknown as SumRow;

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
	const sumsOf = compiledByCount((count) =>
		db
			.insertInto("usage_sum")
			.values(Array.from({ length: count }, () => emptySum))
			.onConflict((conflict) =>
				conflict.columns([...usageKeys]).doUpdateSet((eb) => ({
					...Object.fromEntries(
						storedNumbers.map((name) => [name, eb(`usage_sum.${name}`, "+", eb.ref(`excluded.${name}`))]),
					),
					key_name: eb.ref("excluded.key_name"),
				})),
			)
			.compile(),
	);

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

	async function addSums(transaction: Transaction<Tables>, added: readonly UsageRecord[]): Promise<void> {
		const rows = sumRows(added, names);
		for (let at = 0; at < rows.length; at += rowsAtOnce) {
			const some = rows.slice(at, at + rowsAtOnce);
			const parameters = some.flatMap((row) => sumColumns.map((column) => row[column]));
			await run(transaction, sumsOf(some.length), parameters);
		}
	}

	return async (transaction, records) => {
		const added: UsageRecord[] = [];
		for (let at = 0; at < records.length; at += rowsAtOnce)
			for (const record of await insertBlock(transaction, records.slice(at, at + rowsAtOnce))) added.push(record);
		await addSums(transaction, added);
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
		tokens === null ? null : JSON.stringify(tokens),
		record.isEstimated ? 1 : 0,
		record.cost,
		Math.round(record.durationMs),
		firstTokenMs === null ? null : Math.round(firstTokenMs),
		JSON.stringify(record.attempts),
		JSON.stringify(record.tags),
	);
}

function textOf(value: string | null): string | null {
	return value === null ? null : searchable(value);
}
