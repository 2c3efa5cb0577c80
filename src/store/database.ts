/** The differences between SQLite and PostgreSQL as one interface; `sqlite.ts` and `postgres.ts` implement it. */
import type { CompiledQuery, Kysely, Transaction } from "kysely";
import type { AddRows, RowTable } from "./rowTable.js";
import type { StoreError } from "./store.js";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";
import type { WatchedDatabase } from "./watch.js";

export interface Database {
	readonly db: Kysely<Tables>;
	readonly kinds: TableKinds;
	/** Rows that a transaction changes must be locked when read; SQLite has a single writer anyway. */
	readonly hasRowLocks: boolean;
	/** Joins two index ranges of the same order by walking along both (a merge join). */
	readonly mergesJoins: boolean;
	/** @returns the tables' version; 0 if there are none */
	version(): Promise<number>;
	/** Runs `change` in one transaction, with the current version, while no other process runs one. */
	exclusively(change: (db: Transaction<Tables>, version: number) => Promise<void>): Promise<void>;
	/** Called in a transaction of `exclusively`, before the first table is created. */
	prepare(db: Transaction<Tables>): Promise<void>;
	/** Called in a transaction of `exclusively`. */
	setVersion(db: Transaction<Tables>, version: number): Promise<void>;
	/** Called after a change of version: makes it visible to programs that look at the store without opening it. */
	settle(): Promise<void>;
	/** Runs a compiled query with other parameters, at the least cost. */
	run(db: Transaction<Tables>, query: CompiledQuery, parameters: readonly unknown[]): Promise<unknown[]> | unknown[];
	/** @returns what adds rows to this table, which has a `sequence` that orders them, at the least cost */
	rowAdder(table: RowTable): AddRows;
	/** Checks whether the database server answers; undefined if there is no server. */
	readonly server: WatchedDatabase | undefined;
	/** @returns a driver's error as a StoreError; anything else unchanged */
	errorOf(thrown: unknown): StoreError | unknown;
	close(): Promise<void>;
}
