/** Adds rows of sums to what a table has, in as few statements as possible, through queries that are compiled once. */
import type { Transaction } from "kysely";
import { compiledByCount } from "./compiledByCount.js";
import type { Database } from "./database.js";
import type { Tables } from "./tables.js";
import { storedNumbers } from "./usageNumbers.js";

/** Rows in one statement: more would save hardly anything. */
const rowsAtOnce = 32;

type SumTable = "usage_sum" | "usage_agent_sum";

/** @param names columns that have the newest row's value */
export function sumInserter(
	{ db, run }: Database,
	table: SumTable,
	keys: readonly string[],
	names: readonly string[],
): (transaction: Transaction<Tables>, rows: readonly object[]) => Promise<void> {
	const columns = [...keys, ...storedNumbers, ...names];
	const empty = Object.fromEntries(columns.map((column) => [column, 0])) as never;
	const queries = compiledByCount((count) =>
		db
			.insertInto(table)
			.values(Array.from({ length: count }, () => empty))
			.onConflict((conflict) =>
				conflict.columns([...keys] as never[]).doUpdateSet((eb) => ({
					...Object.fromEntries(
						storedNumbers.map((name) => [
							name,
							eb(`${table}.${name}` as never, "+", eb.ref(`excluded.${name}` as never)),
						]),
					),
					...Object.fromEntries(names.map((name) => [name, eb.ref(`excluded.${name}` as never)])),
				})),
			)
			.compile(),
	);
	return async (transaction, rows) => {
		for (let at = 0; at < rows.length; at += rowsAtOnce) {
			const some = rows.slice(at, at + rowsAtOnce);
			const parameters = some.flatMap((row) => columns.map((column) => row[column as keyof typeof row] as unknown));
			await run(transaction, queries(some.length), parameters);
		}
	};
}
