/** The store for several machines: a PostgreSQL database, with all tables in one schema. */
import type { Duplex } from "node:stream";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { Database } from "./database.js";
import { postgresRowAdder } from "./postgresRows.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";

/** Separate from the tables of other users of the database. */
const schema = "llmgw";
/** For each worker: a store gets few calls, and a server has about a hundred connections for everybody. */
const mostConnections = 4;
const connectTimeoutMs = 5_000;
const pingTimeoutMs = 2_000;
const idleTimeoutMs = 60_000;
const statementTimeoutMs = 30_000;
/** For a server that disappeared without closing the connection. */
const answerTimeoutMs = 35_000;
/** "llmgw" in ASCII: the advisory lock for changes of the tables. */
const lockKey = 0x6c6c6d6777;

/**
 * Creates a pool of connections to this database; the first is opened by the first query.
 *
 * @param url `postgres://…`, with any of libpq's options for TLS and sockets
 */
export async function openPostgres(url: string): Promise<Database> {
	const pool = new pg.Pool({
		connectionString: url,
		max: mostConnections,
		connectionTimeoutMillis: connectTimeoutMs,
		idleTimeoutMillis: idleTimeoutMs,
		statement_timeout: statementTimeoutMs,
		query_timeout: answerTimeoutMs,
		keepAlive: true,
		application_name: "llmgw",
		// Idle connections don't keep the process alive.
		allowExitOnIdle: true,
		types: { getTypeParser },
	});
	const connections = new Set<pg.PoolClient>();
	pool.on("connect", (client) => connections.add(client));
	pool.on("remove", (client) => connections.delete(client));
	// An idle connection was lost: the pool has dropped it, and opens another when it needs one.
	pool.on("error", () => {});
	// A connection in use was lost: the query fails, but the event without a listener would end the process.
	pool.on("connect", (client) => client.on("error", () => {}));
	let resets = 0;
	/** A caller that was waiting for a connection during a reset has got an error already, so its query must not run. */
	async function connect(): Promise<pg.PoolClient> {
		const resetsBefore = resets;
		const client = await pool.connect();
		if (resets === resetsBefore) return client;
		client.release();
		throw new StoreError("unavailable", "PostgreSQL: the connection was given up");
	}
	const plain = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: { connect, end: () => pool.end() } }) });
	const db = plain.withSchema(schema);
	const version = async (database: Kysely<Tables>) => {
		// The table isn't there before the first migration. `to_regclass` would answer from a cache in which another
		// process's migration may be missing; the catalogue's own tables are read as any others.
		const { rows } = await sql`
			select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
			where n.nspname = ${schema} and c.relname = 'version'`.execute(database);
		if (rows.length === 0) return 0;
		const found = await sql<{ number: number }>`select number from ${sql.table(`${schema}.version`)}`.execute(database);
		return found.rows[0]?.number ?? 0;
	};
	return {
		db,
		hasRowLocks: true,
		mergesJoins: true,
		kinds: {
			counter: sql`bigint generated always as identity`,
			integer: "bigint",
			bytes: "bytea",
			clustered: "",
			appendOnly,
		},
		version: () => version(db),
		exclusively: (change) =>
			db.transaction().execute(async (transaction) => {
				await sql`select pg_advisory_xact_lock(${sql.lit(lockKey)})`.execute(transaction);
				return change(transaction, await version(transaction));
			}),
		async setVersion(transaction, to) {
			const table = sql.table(`${schema}.version`);
			await sql`create table if not exists ${table} (number integer not null)`.execute(transaction);
			await sql`delete from ${table}`.execute(transaction);
			await sql`insert into ${table} values (${sql.lit(to)})`.execute(transaction);
		},
		async prepare(transaction) {
			// Even with `if not exists` it needs the right to create one.
			const { rows } = await sql`select 1 from pg_namespace where nspname = ${schema}`.execute(transaction);
			if (rows.length === 0) await sql`create schema ${sql.id(schema)}`.execute(transaction);
		},
		async settle() {},
		async run(transaction, query, parameters) {
			const { rows } = await transaction.executeQuery({ ...query, parameters });
			return rows;
		},
		changes: () => undefined,
		rowAdder: (table) => postgresRowAdder(schema, table),
		server: {
			ping: () => ping(url),
			reset() {
				resets += 1;
				for (const client of connections) socketOf(client).destroy();
			},
		},
		errorOf,
		close: () => plain.destroy(),
	};
}

/** Uses a separate connection, since the pool's may all be waiting. */
async function ping(connectionString: string): Promise<void> {
	const client = new pg.Client({ connectionString, connectionTimeoutMillis: pingTimeoutMs, application_name: "llmgw" });
	client.on("error", () => {});
	try {
		await client.connect();
	} catch (error) {
		// A refusal is an answer too.
		if (!(error instanceof pg.DatabaseError)) throw error;
	} finally {
		client.end().catch(() => {});
	}
}

/** To destroy the socket: ending a connection properly takes a server that reads, which a hanging one doesn't. */
function socketOf(client: pg.PoolClient): Duplex {
	return (client as unknown as { connection: { stream: Duplex } }).connection.stream;
}

function appendOnly(table: string): string[] {
	return [
		`create function ${schema}.refuse_change() returns trigger language plpgsql as
			$$ begin raise exception '% is append-only', tg_table_name; end $$`,
		`create trigger append_only before update or delete or truncate on ${schema}.${table}
			for each statement execute function ${schema}.refuse_change()`,
	];
}

const int8 = 20;

/** Parses 64-bit integers as numbers: counters and times stay far below 2^53. */
function getTypeParser(type: number, format?: "text" | "binary"): unknown {
	return type === int8 ? Number : pg.types.getTypeParser(type, format as "text");
}

const uniqueViolation = "23505";
/** NUL in a text: what is stored has none, so that only names can have it that somebody asks for. */
const impossibleText = "22021";
/** Disk full, or over a quota. */
const full = ["53100", "53400"];
/**
 * Connections, rights and passwords, a missing database, out of memory or connections, a server that stops or starts,
 * deadlocks, lock timeouts, broken files. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const outages = /^(08|28|3D|42501|53|57|40P01|40001|55P03|58|XX|25006)/;

function errorOf(thrown: unknown): StoreError | unknown {
	if (!(thrown instanceof Error) || thrown instanceof StoreError) return thrown;
	const { code = "", message } = thrown as NodeJS.ErrnoException;
	if (code === uniqueViolation) return new StoreError("conflict", "It exists already.", thrown);
	if (code === impossibleText) return new StoreError("not_found", "There is nothing of a name with NUL.", thrown);
	if (full.includes(code)) return new StoreError("full", `PostgreSQL: ${message}`, thrown);
	// Node's errors have codes such as ECONNREFUSED; pg's own errors about connections have none.
	const isOfConnection = /^E[A-Z_]+$/.test(code) || /connection|timeout|not queryable/i.test(message);
	if (outages.test(code) || isOfConnection)
		return new StoreError("unavailable", `PostgreSQL: ${message || code}`, thrown);
	return thrown;
}
