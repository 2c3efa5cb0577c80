/** What SQLite and PostgreSQL do differently, behind one interface; `sqlite.ts` and `postgres.ts` implement it. */
import type { CompiledQuery, Kysely, Transaction } from "kysely";
import type { StoreError } from "./store.js";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";
import type { WatchedDatabase } from "./watch.js";

export interface Database {
	readonly db: Kysely<Tables>;
	readonly kinds: TableKinds;
	/** Rows that a transaction changes have to be locked when they are read; SQLite has one writer at a time anyway. */
	readonly hasRowLocks: boolean;
	/** Looks in one range of an index for what it finds in another by walking along both, where they have the same order. */
	readonly mergesJoins: boolean;
	/** Version of the tables; 0 when there are none. */
	version(): Promise<number>;
	/** Runs alone of all processes that ask for it, with the version that it finds, all or nothing. */
	exclusively(change: (db: Transaction<Tables>, version: number) => Promise<void>): Promise<void>;
	/** In a transaction of `exclusively`, before the first table is made. */
	prepare(db: Transaction<Tables>): Promise<void>;
	/** In a transaction of `exclusively`. */
	setVersion(db: Transaction<Tables>, version: number): Promise<void>;
	/** Behind a change of version: makes it seen by whoever looks at the store without opening it. */
	settle(): Promise<void>;
	/** Runs a query that is compiled already, with other parameters, with as little around it as there can be. */
	run(db: Transaction<Tables>, query: CompiledQuery, parameters: readonly unknown[]): Promise<unknown[]> | unknown[];
	/** How to tell whether the server answers, where there is one. */
	readonly server: WatchedDatabase | undefined;
	/** What a driver threw as a StoreError; anything that is no trouble of the database's comes back as it is. */
	errorOf(thrown: unknown): StoreError | unknown;
	close(): Promise<void>;
}
