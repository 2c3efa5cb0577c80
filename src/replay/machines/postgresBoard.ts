/** Shared answers in PostgreSQL. Its tables hold nothing that has to outlive a crash of the server. */
import pg from "pg";
import type { Failure, Readership } from "../messages.js";
import {
	type Addition,
	type Board,
	type Ending,
	leaseMs,
	lingerMs,
	pieceBytes,
	type Reservation,
	type SharedAnswer,
	type SharedPart,
	type TakeNews,
} from "./board.js";
import { statements, tables } from "./postgresStatements.js";

/** Most that kept answers take up; the oldest go first. */
const maxBytes = 1024 ** 3;
const mostConnections = 3;
const connectMs = 2_000;
const statementMs = 5_000;
/** A connection that news come by is made anew after so long. */
const reconnectMs = 1_000;
const channel = "llmgw_answers";
/** "answers" in ASCII: the advisory lock while tables are made. */
const lockKey = 0x616e73;

interface Row {
	readonly id: string;
	readonly owner: string;
	readonly key: string | null;
	readonly fingerprint: string;
	readonly state: string;
	readonly is_kept: boolean;
	readonly is_abandoned: boolean;
	readonly size: number;
	readonly failure: string | null;
	readonly rest_ms: number;
}

class PostgresBoard implements Board {
	readonly #pool: pg.Pool;
	readonly #listen: () => void;
	readonly #stopListening: () => void;
	readonly #machine: string;
	#isReady = false;

	constructor(pool: pg.Pool, news: { listen(): void; stop(): void }, machine: string) {
		this.#pool = pool;
		this.#listen = news.listen;
		this.#stopListening = news.stop;
		this.#machine = machine;
	}

	async reserve({ id, owner, key, fingerprint }: Reservation): Promise<SharedAnswer | undefined> {
		await this.#run(statements.clean, [], "clean");
		const made = await this.#run(
			statements.reserve,
			[id, owner, key ?? null, fingerprint, this.#machine, leaseMs, lingerMs],
			"reserve",
		);
		if (made.length > 0) return undefined;
		const [found] = await this.#run(statements.byKey, [key], "byKey");
		// It has gone in between.
		return found === undefined ? this.reserve({ id, owner, key, fingerprint }) : described(found as unknown as Row);
	}

	async find(id: string): Promise<SharedAnswer | undefined> {
		const [found] = await this.#run(statements.find, [id], "find");
		return found && described(found as unknown as Row);
	}

	async findByName(name: string): Promise<SharedAnswer | undefined> {
		const [found] = await this.#run(statements.findByName, [name], "findByName");
		return found && described(found as unknown as Row);
	}

	async name(id: string, name: string): Promise<void> {
		await this.#run(statements.name, [id, name], "name");
	}

	async append(id: string, at: number, bytes: Buffer): Promise<Addition> {
		const values = [id, this.#machine, at, bytes, leaseMs, lingerMs];
		const [row] = await this.#run(statements.append, values, "append");
		const { readers = 0, reads = 0, is_done } = (row ?? {}) as unknown as Readership & { is_done?: boolean };
		return is_done ? { readers, reads } : "lost";
	}

	async end(id: string, { isKept, failure, keepMs }: Ending): Promise<void> {
		const said = failure === undefined ? null : JSON.stringify(failure);
		await this.#run(statements.end, [id, this.#machine, isKept, said, keepMs], "end");
		if (isKept) await this.#run(statements.makeRoom, [maxBytes], "makeRoom");
	}

	async read(id: string, from: number): Promise<SharedPart | undefined> {
		const answer = await this.find(id);
		if (answer === undefined) return undefined;
		const parts = answer.size > from ? await this.#run(statements.read, [id, from], "read") : [];
		const all: Buffer[] = [];
		let size = 0;
		for (const { at, bytes } of parts as unknown as { at: number; bytes: Buffer }[]) {
			const part = bytes.subarray(Math.max(0, from - at));
			all.push(part);
			size += part.length;
			if (size >= pieceBytes) break;
		}
		return { ...answer, bytes: Buffer.concat(all) };
	}

	async renew(ids: readonly string[]): Promise<readonly (Readership | undefined)[]> {
		const rows = await this.#run(statements.renew, [ids, this.#machine, leaseMs, lingerMs], "renew");
		const all = new Map(
			(rows as unknown as ({ id: string } & Readership)[]).map(({ id, readers, reads }) => [id, { readers, reads }]),
		);
		return ids.map((id) => all.get(id));
	}

	async noteReaders(id: string, { readers, reads }: Readership): Promise<void> {
		await this.#run(statements.note, [id, this.#machine, readers, reads, leaseMs], "note");
	}

	async release(id: string): Promise<void> {
		await this.#run(statements.release, [id, this.#machine], "release");
	}

	async takeOver(id: string): Promise<boolean> {
		return (await this.#run(statements.takeOver, [id, this.#machine, leaseMs, lingerMs], "takeOver")).length > 0;
	}

	async ping(): Promise<void> {
		if (this.#isReady) await this.#pool.query("select 1");
		else await this.#prepare();
		this.#isReady = true;
		this.#listen();
	}

	close(): void {
		this.#stopListening();
		void this.#pool.end().catch(() => {});
	}

	/** Makes the tables, where they aren't there. */
	async #prepare(): Promise<void> {
		const client = await this.#pool.connect();
		try {
			await client.query("begin");
			await client.query("select pg_advisory_xact_lock($1)", [lockKey]);
			const { rows } = await client.query("select 1 from pg_namespace where nspname = 'llmgw'");
			if (rows.length === 0) await client.query("create schema llmgw");
			for (const statement of tables) await client.query(statement);
			await client.query("commit");
		} catch (error) {
			await client.query("rollback").catch(() => {});
			throw error;
		} finally {
			client.release();
		}
	}

	async #run(text: string, values: unknown[], name: string): Promise<Record<string, unknown>[]> {
		return (await this.#pool.query({ text, values, name: `llmgw_answers_${name}` })).rows;
	}
}

export async function openPostgresBoard(url: string, machine: string, takeNews: TakeNews): Promise<Board> {
	const options = {
		connectionString: url,
		connectionTimeoutMillis: connectMs,
		keepAlive: true,
		application_name: "llmgw",
		types: { getTypeParser },
	};
	const pool = new pg.Pool({
		...options,
		max: mostConnections,
		statement_timeout: statementMs,
		query_timeout: statementMs,
		allowExitOnIdle: true,
	});
	pool.on("error", () => {});
	pool.on("connect", (client) => client.on("error", () => {}));
	return new PostgresBoard(pool, newsOver(options, takeNews), machine);
}

/** News come by a connection of their own, which may be missing for a while: whoever waits for them also looks by himself. */
function newsOver(options: pg.ClientConfig, takeNews: TakeNews) {
	let client: pg.Client | undefined;
	let isStopped = false;
	let retry: NodeJS.Timeout | undefined;
	const listen = () => {
		if (client !== undefined || isStopped) return;
		const own = new pg.Client(options);
		client = own;
		const again = () => {
			if (client !== own) return;
			client = undefined;
			own.end().catch(() => {});
			retry = setTimeout(listen, reconnectMs).unref();
		};
		own.on("error", again).on("end", again);
		own.on("notification", ({ payload }) => payload && takeNews(payload));
		own
			.connect()
			.then(() => own.query(`listen ${channel}`))
			.catch(again);
	};
	return {
		listen,
		stop() {
			isStopped = true;
			clearTimeout(retry);
			void client?.end().catch(() => {});
		},
	};
}

function described({ id, owner, key, fingerprint, state, size, ...row }: Row): SharedAnswer {
	return {
		id,
		owner,
		key: key ?? undefined,
		fingerprint,
		isEnded: state === "ended",
		isKept: row.is_kept,
		isAbandoned: row.is_abandoned,
		size,
		failure: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure),
		restMs: row.rest_ms,
	};
}

const int8 = 20;

function getTypeParser(type: number, format?: "text" | "binary"): unknown {
	return type === int8 ? Number : pg.types.getTypeParser(type, format as "text");
}
