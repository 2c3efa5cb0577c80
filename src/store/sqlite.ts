/** The embedded store: a SQLite file in the data folder, opened by every worker. */
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from "kysely";
import type { Database } from "./database.js";
import { retryWhileBusy, type SqliteConnection, type SqliteDriver, sqliteDriver } from "./sqliteDriver.js";
import { fileName } from "./sqliteFile.js";
import { sqliteRowAdder } from "./sqliteRows.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";

/**
 * Opens the database in this folder, and creates both if missing, accessible to this user only.
 *
 * @throws StoreError `unavailable` or `full`; the message tells the operator why
 */
export async function openSqlite(folder: string): Promise<Database> {
	const file = join(folder, fileName);
	const connection = await connect(folder, file);
	const driver = sqliteDriver(connection, isBusy);
	const db = new Kysely<Tables>({
		dialect: {
			createAdapter: () => new SqliteAdapter(),
			createDriver: () => driver,
			createIntrospector: (database) => new SqliteIntrospector(database),
			createQueryCompiler: () => new SqliteQueryCompiler(),
		},
	});
	const version = async (database: Kysely<Tables>) => {
		const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(database);
		return Number(rows[0]?.user_version);
	};
	return {
		db,
		hasRowLocks: false,
		mergesJoins: false,
		kinds: { counter: "integer", integer: "integer", bytes: "blob", clustered: "without rowid", appendOnly },
		version: () => version(db),
		exclusively: (change) =>
			db.transaction().execute(async (transaction) => change(transaction, await version(transaction))),
		async prepare() {},
		async setVersion(transaction, to) {
			await sql`pragma user_version = ${sql.lit(to)}`.execute(transaction);
		},
		async settle() {
			// Moves the version from the log into the file's header. If somebody is reading, a later checkpoint does it.
			await sql`pragma wal_checkpoint(truncate)`.execute(db);
		},
		run: (_transaction, query, parameters) => driver.run(query.sql, parameters),
		changes() {
			try {
				const [row] = driver.run("pragma data_version", []) as { data_version: number }[];
				return row?.data_version;
			} catch {
				// It is locked or gone, which a query finds out, too.
				return undefined;
			}
		},
		rowAdder: (table) => sqliteRowAdder(driver.run, isConflict, table),
		server: undefined,
		errorOf: (thrown) => errorOf(thrown, file),
		async close() {
			putIntoFile(driver);
			await db.destroy();
		},
	};
}

/**
 * Moves the log's contents into the file itself, so that after a stop a copy of the file alone is a complete backup. SQLite does
 * this when the last connection closes, but libsql's stays open until its statements are garbage-collected.
 */
function putIntoFile(driver: SqliteDriver): void {
	try {
		driver.run("pragma wal_checkpoint(truncate)", []);
	} catch {
		// The rest stays in the log, which the next start reads.
	}
}

async function connect(folder: string, file: string): Promise<SqliteConnection> {
	let connection: SqliteConnection | undefined;
	try {
		makeFolder(folder);
		makeFile(file);
		connection = await openFile(file);
		// The driver does the waiting; a commit survives the end of any process without waiting for the disk.
		for (const pragma of ["busy_timeout = 0", "journal_mode = wal", "synchronous = normal"])
			await retryWhileBusy(isBusy, () => set(connection as SqliteConnection, pragma));
		return connection;
	} catch (error) {
		connection?.close();
		const storeError = errorOf(error, file);
		if (storeError instanceof StoreError) throw storeError;
		throw new StoreError("unavailable", `can't open ${file}: ${(error as Error).message}`, error);
	}
}

function appendOnly(table: string): string[] {
	return ["update", "delete"].map(
		(change) =>
			`create trigger ${table}_no_${change} before ${change} on ${table}
			begin select raise(abort, '${table} is append-only'); end`,
	);
}

/** Not with `recursive`, which never returns on a file system without folders of users, such as /proc. */
function makeFolder(folder: string): void {
	if (existsSync(folder)) return;
	try {
		mkdirSync(folder, { mode: 0o700 });
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		// Another worker was faster.
		if (code === "EEXIST") return;
		if (code !== "ENOENT" || existsSync(dirname(folder))) throw error;
		makeFolder(dirname(folder));
		makeFolder(folder);
	}
}

/** SQLite gives its other files the permissions of this one. One that is there is not touched: see `descriptorOf`. */
function makeFile(file: string): void {
	if (existsSync(file)) return;
	try {
		closeSync(openSync(file, "ax", 0o600));
	} catch (error) {
		// Another process was faster.
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	}
}

function set(connection: SqliteConnection, pragma: string): void {
	const statement = connection.prepare(`pragma ${pragma}`);
	if (statement.reads) statement.all([]);
	else statement.run([]);
}

/** Opens node:sqlite if Node has it, else libsql: a native add-on, but one that installs without a compiler. */
async function openFile(file: string): Promise<SqliteConnection> {
	const own = nodeSqlite();
	if (own?.StatementSync.prototype.columns) return openNodeSqlite(own, file);
	const { default: Libsql } = await import("libsql");
	const database = new Libsql(file);
	return {
		prepare(text) {
			const statement = database.prepare(text);
			return {
				reads: statement.reader,
				all: (parameters) => statement.all(parameters),
				run: (parameters) => statement.run(parameters),
			};
		},
		close: () => void database.close(),
	};
}

/** Suppresses Node 22's warning that it is experimental: the little that is used of it is tested on every version of Node. */
function nodeSqlite(): NodeSqlite | undefined {
	const { emitWarning } = process;
	process.emitWarning = () => {};
	try {
		return process.getBuiltinModule("node:sqlite") as NodeSqlite | undefined;
	} finally {
		process.emitWarning = emitWarning;
	}
}

/** The part used of node:sqlite, which @types/node of the oldest supported Node lacks. */
interface NodeSqlite {
	DatabaseSync: new (
		file: string,
	) => {
		prepare(text: string): {
			columns(): unknown[];
			all(...parameters: readonly unknown[]): unknown[];
			run(...parameters: readonly unknown[]): { changes: number | bigint };
		};
		close(): void;
	};
	StatementSync: { prototype: { columns?: unknown } };
}

function openNodeSqlite({ DatabaseSync }: NodeSqlite, file: string): SqliteConnection {
	const database = new DatabaseSync(file);
	return {
		prepare(text) {
			const statement = database.prepare(text);
			return {
				reads: statement.columns().length > 0,
				all: (parameters) => statement.all(...parameters),
				run: (parameters) => statement.run(...parameters),
			};
		},
		close: () => database.close(),
	};
}

/** SQLite's result code, from either library. https://sqlite.org/rescode.html */
function resultCode(error: unknown): number | undefined {
	const { rawCode, errcode } = (error ?? {}) as { rawCode?: number; errcode?: number };
	return rawCode ?? errcode;
}

function isBusy(error: unknown): boolean {
	const code = resultCode(error);
	return code !== undefined && (code & 0xff) === 5;
}

function isConflict(error: unknown): boolean {
	const code = resultCode(error);
	return code !== undefined && uniqueViolations.includes(code);
}

const full = 13;
/** The log's shared memory can't grow because its disk is full. */
const noRoomForIndex = 4874;
const uniqueViolations = [1555, 2067];
/** Permission, busy, locked, out of memory, read-only, I/O, corrupt, can't open, protocol, not a database. */
const outages = [3, 5, 6, 7, 8, 10, 11, 14, 15, 26];

function errorOf(error: unknown, file: string): StoreError | unknown {
	const reason = error instanceof Error ? error.message : String(error);
	const system = (error as NodeJS.ErrnoException | undefined)?.code;
	if (system === "ENOSPC" || system === "EDQUOT")
		return new StoreError("full", `no room for ${file}: ${reason}`, error);
	const code = resultCode(error);
	if (code === undefined) return error;
	if (code === full || code === noRoomForIndex) return new StoreError("full", `no room in ${file}: ${reason}`, error);
	if (isConflict(error)) return new StoreError("conflict", "It exists already.", error);
	if (outages.includes(code & 0xff)) return new StoreError("unavailable", `${file}: ${reason}`, error);
	return error;
}
