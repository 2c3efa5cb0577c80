/** What differs between the column types of SQLite and PostgreSQL. */
import type { ColumnDataType } from "kysely";
import type { sql } from "./kysely.js";

/** What a step has to know of the database it runs on. */
export interface TableKinds {
	/** A column that counts by itself. */
	readonly counter: ColumnDataType | ReturnType<typeof sql>;
	/** A number as large as JavaScript's. */
	readonly integer: ColumnDataType;
	/** Behind a table that is looked up by its primary key alone. */
	readonly clustered: string;
	/** Statements that let rows be added to a table, and none be changed or removed. */
	appendOnly(table: string): string[];
}
