/** Kysely's driver for SQLite: one connection, prepared statements that are kept, and waiting that blocks nobody. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";

/** The part of node:sqlite and libsql that is used. */
export interface SqliteConnection {
	prepare(sql: string): SqliteStatement;
	close(): void;
}

export interface SqliteStatement {
	/** It gives rows. */
	readonly reads: boolean;
	all(parameters: readonly unknown[]): unknown[];
	run(parameters: readonly unknown[]): { changes: number | bigint };
}

export interface SqliteDriver extends Driver {
	/** Runs a statement at once; for whoever has a transaction. */
	run(text: string, parameters: readonly unknown[]): unknown[];
}

/** Another process writes: transactions take less than a millisecond, retention's a few. */
const busyTimeoutMs = 5_000;
const busyPauseMs = 3;
const keptStatements = 200;

/**
 * Tries again while another process holds the lock, for five seconds. SQLite's own busy timeout would sleep in the event
 * loop instead, and every stream of this worker with it.
 */
export async function patiently<Result>(isBusy: (error: unknown) => boolean, attempt: () => Result): Promise<Result> {
	const deadline = performance.now() + busyTimeoutMs;
	for (;;) {
		try {
			return attempt();
		} catch (error) {
			if (!isBusy(error) || performance.now() > deadline) throw error;
			await sleep(Math.random() * busyPauseMs);
		}
	}
}

/** @param isBusy whether an error means that another process holds the lock */
export function sqliteDriver(connection: SqliteConnection, isBusy: (error: unknown) => boolean): SqliteDriver {
	const statements = new Map<string, SqliteStatement>();
	let isInTransaction = false;
	let free = Promise.resolve();

	function prepare(text: string): SqliteStatement {
		const kept = statements.get(text);
		const statement = kept ?? connection.prepare(text);
		if (kept) statements.delete(text);
		else if (statements.size >= keptStatements) statements.delete(statements.keys().next().value as string);
		// A Map keeps the order of insertion: the first is the one not used for longest.
		statements.set(text, statement);
		return statement;
	}

	function execute<Row>(text: string, parameters: readonly unknown[]): QueryResult<Row> {
		const statement = prepare(text);
		if (statement.reads) return { rows: statement.all(parameters) as Row[] };
		return { rows: [], numAffectedRows: BigInt(statement.run(parameters).changes) };
	}

	const executePatiently = <Row>(text: string, parameters: readonly unknown[]) =>
		patiently(isBusy, () => execute<Row>(text, parameters));

	const held: DatabaseConnection & { release(): void } = {
		executeQuery: <Row>({ sql, parameters }: CompiledQuery) => executePatiently<Row>(sql, parameters),
		streamQuery() {
			throw new Error("the store reads pages, not streams");
		},
		release() {},
	};

	return {
		run: (text, parameters) => execute(text, parameters).rows,
		async init() {},
		async acquireConnection() {
			const before = free;
			let release = () => {};
			free = new Promise((resolve) => {
				release = resolve;
			});
			await before;
			held.release = release;
			return held;
		},
		async releaseConnection() {
			held.release();
		},
		async beginTransaction() {
			// With a plain `begin`, a transaction that reads before it writes fails when another wrote in between.
			await executePatiently("begin immediate", []);
			isInTransaction = true;
		},
		async commitTransaction() {
			await executePatiently("commit", []);
			isInTransaction = false;
		},
		async rollbackTransaction() {
			if (!isInTransaction) return;
			isInTransaction = false;
			try {
				execute("rollback", []);
			} catch {
				// A full disk has SQLite roll back by itself; what failed is thrown by whoever asked for it.
			}
		},
		async destroy() {
			statements.clear();
			connection.close();
		},
	};
}
