/** Kysely's driver for SQLite: one connection, cached prepared statements, and waiting that doesn't block the event loop. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";

/** The part of node:sqlite and libsql that is used. */
export interface SqliteConnection {
	prepare(sql: string): SqliteStatement;
	close(): void;
}

export interface SqliteStatement {
	/** Whether it returns rows. */
	readonly reads: boolean;
	all(parameters: readonly unknown[]): unknown[];
	run(parameters: readonly unknown[]): { changes: number | bigint };
}

export interface SqliteDriver extends Driver {
	/** Runs a statement immediately: within a transaction, or one that reads nothing of the tables. */
	run(text: string, parameters: readonly unknown[]): unknown[];
}

/** How long to wait for another process's transaction: most take under a millisecond, retention's a few. */
const busyTimeoutMs = 5_000;
const busyPauseMs = 3;
const maxStatements = 200;

/**
 * Retries for up to five seconds while another process holds the lock. SQLite's own busy timeout would block the event loop,
 * and with it every stream of this worker.
 */
export async function retryWhileBusy<Result>(
	isBusy: (error: unknown) => boolean,
	attempt: () => Result,
): Promise<Result> {
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
		const cached = statements.get(text);
		const statement = cached ?? connection.prepare(text);
		if (cached) statements.delete(text);
		else if (statements.size >= maxStatements) statements.delete(statements.keys().next().value as string);
		// A Map keeps the order of insertion, so the first is the least recently used.
		statements.set(text, statement);
		return statement;
	}

	function execute<Row>(text: string, parameters: readonly unknown[]): QueryResult<Row> {
		const statement = prepare(text);
		if (statement.reads) return { rows: statement.all(parameters) as Row[] };
		return { rows: [], numAffectedRows: BigInt(statement.run(parameters).changes) };
	}

	const executeRetrying = <Row>(text: string, parameters: readonly unknown[]) =>
		retryWhileBusy(isBusy, () => execute<Row>(text, parameters));

	const connectionInUse: DatabaseConnection & { release(): void } = {
		executeQuery: <Row>({ sql, parameters }: CompiledQuery) => executeRetrying<Row>(sql, parameters),
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
			connectionInUse.release = release;
			return connectionInUse;
		},
		async releaseConnection() {
			connectionInUse.release();
		},
		async beginTransaction() {
			// After a plain `begin`, a transaction that reads before it writes fails if another has written in between.
			await executeRetrying("begin immediate", []);
			isInTransaction = true;
		},
		async commitTransaction() {
			await executeRetrying("commit", []);
			isInTransaction = false;
		},
		async rollbackTransaction() {
			if (!isInTransaction) return;
			isInTransaction = false;
			try {
				execute("rollback", []);
			} catch {
				// With a full disk SQLite rolls back by itself; the failed statement has thrown already.
			}
		},
		async destroy() {
			statements.clear();
			connection.close();
		},
	};
}
