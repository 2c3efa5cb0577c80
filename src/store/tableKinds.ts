/** How column types differ between SQLite and PostgreSQL. */
import type { ColumnDataType, sql } from "kysely";

/** Passed to each step. */
export interface TableKinds {
	/** Type of a column that counts by itself. */
	readonly counter: ColumnDataType | ReturnType<typeof sql>;
	/** Type for integers up to JavaScript's largest. */
	readonly integer: ColumnDataType;
	/** Type for bytes. */
	readonly bytes: ColumnDataType;
	/** Appended to `create table` for tables that are only looked up by primary key. */
	readonly clustered: string;
	/** @returns statements that prevent a table's rows from being changed or removed */
	appendOnly(table: string): string[];
}
