/** A table that takes very many rows. The databases add them in different ways: `sqliteRows.ts`, `postgresRows.ts`. */
import type { Transaction } from "kysely";
import type { Tables } from "./tables.js";

export interface RowTable {
	readonly name: keyof Tables;
	/** Columns whose values differ from row to row, the unique `id` first. */
	readonly own: readonly string[];
	/** Columns that many rows have the same values in. */
	readonly shared: readonly string[];
	/** Those of both that are numbers. */
	readonly numbers: ReadonlySet<string>;
}

/** A row's values, in the order of the table's columns. */
export interface TableRow {
	readonly own: readonly [id: string, ...(string | number | null)[]];
	/** Rows that are alike have the same array, which is what makes them cheap. */
	readonly shared: readonly (string | number | null)[];
}

/** Adds rows whose ids are new, in the order given; no two may have the same. @returns the ids that were there already */
export type AddRows = (transaction: Transaction<Tables>, rows: readonly TableRow[]) => Promise<ReadonlySet<string>>;
