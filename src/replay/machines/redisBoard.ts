/** Shared answers in Redis or Valkey. */
import type { Redis } from "ioredis";
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
import { scripts } from "./redisScripts.js";

/** Most that answers take up in Redis, whose memory limits need too; the oldest go first. */
const maxBytes = 256 * 1024 * 1024;
const connectMs = 2_000;
const news = "llmw:answers:news";

type Name = keyof typeof scripts;
type Command = (...words: unknown[]) => Promise<unknown>;

class RedisBoard implements Board {
	readonly #redis: Redis;
	readonly #listener: Redis;
	readonly #machine: string;
	readonly #commands: Record<Name, Command>;

	constructor(redis: Redis, listener: Redis, machine: string) {
		this.#redis = redis;
		this.#listener = listener;
		this.#machine = machine;
		for (const [name, lua] of Object.entries(scripts))
			redis.defineCommand(`llmwAnswers${name}`, { numberOfKeys: 0, lua });
		const all = redis as unknown as Record<string, Command>;
		const commands = Object.keys(scripts).map((name) => [name, all[`llmwAnswers${name}Buffer`]?.bind(redis)]);
		this.#commands = Object.fromEntries(commands) as Record<Name, Command>;
	}

	async reserve({ id, owner, key = "", fingerprint }: Reservation): Promise<SharedAnswer | undefined> {
		return described(await this.#commands.reserve(id, owner, key, fingerprint, this.#machine, leaseMs, lingerMs));
	}

	async find(id: string): Promise<SharedAnswer | undefined> {
		return described(await this.#commands.describe(id));
	}

	async findByName(name: string): Promise<SharedAnswer | undefined> {
		return described(await this.#commands.named(name));
	}

	async name(id: string, name: string): Promise<void> {
		await this.#commands.name(id, name);
	}

	async append(id: string, at: number, bytes: Buffer): Promise<Addition> {
		const [readers, reads] = numbers(
			await this.#commands.append(id, this.#machine, at, bytes, leaseMs, lingerMs, maxBytes),
		);
		if (readers === -1) return "lost";
		if (readers === -2) return "full";
		return { readers: readers ?? 0, reads: reads ?? 0 };
	}

	async end(id: string, { isKept, failure, keepMs }: Ending): Promise<void> {
		const said = failure === undefined ? "" : JSON.stringify(failure);
		await this.#commands.finish(id, this.#machine, isKept ? "1" : "0", said, keepMs);
	}

	async read(id: string, from: number): Promise<SharedPart | undefined> {
		const reply = await this.#commands.read(id, from, pieceBytes);
		const answer = described(reply);
		return answer && { ...answer, bytes: (reply as Buffer[])[10] ?? Buffer.alloc(0) };
	}

	async renew(ids: readonly string[]): Promise<readonly (Readership | undefined)[]> {
		const all = numbers(await this.#commands.renew(this.#machine, leaseMs, lingerMs, ...ids));
		return ids.map((_id, at) => {
			const [readers = -1, reads = 0] = all.slice(2 * at);
			return readers === -1 ? undefined : { readers, reads };
		});
	}

	async noteReaders(id: string, { readers, reads }: Readership): Promise<void> {
		await this.#commands.note(id, this.#machine, readers, reads, leaseMs);
	}

	async release(id: string): Promise<void> {
		await this.#commands.release(id, this.#machine);
	}

	async takeOver(id: string): Promise<boolean> {
		return Number(await this.#commands.take(id, this.#machine, leaseMs, lingerMs)) === 1;
	}

	async ping(): Promise<void> {
		if (this.#redis.status === "wait") await this.#redis.connect();
		if (this.#listener.status === "wait") await this.#listener.connect();
		// Not every server that answers takes what is written.
		await this.#redis.set("llmw:answers:probe", "1", "PX", 1_000);
	}

	close(): void {
		this.#redis.disconnect();
		this.#listener.disconnect();
	}
}

export async function openRedisBoard(url: string, machine: string, takeNews: TakeNews): Promise<Board> {
	const { Redis } = await import("ioredis");
	const connect = (name: string) => {
		const redis = new Redis(url, {
			lazyConnect: true,
			connectionName: name,
			connectTimeout: connectMs,
			enableOfflineQueue: false,
			autoResendUnfulfilledCommands: false,
			maxRetriesPerRequest: 0,
			retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), 1_000),
		});
		// Whoever asks it something hears of that.
		redis.on("error", () => {});
		return redis;
	};
	const listener = connect("llmw-answers-news");
	listener.on("ready", () => void listener.subscribe(news).catch(() => {}));
	listener.on("message", (_channel, text: string) => takeNews(text));
	return new RedisBoard(connect("llmw-answers"), listener, machine);
}

function described(reply: unknown): SharedAnswer | undefined {
	if (!Array.isArray(reply)) return undefined;
	const [id = "", owner = "", key = "", fingerprint = "", state, kept, abandoned, size, failure = "", rest] = (
		reply.slice(0, 10) as Buffer[]
	).map(String);
	return {
		id,
		owner,
		key: key === "" ? undefined : key,
		fingerprint,
		isEnded: state === "ended",
		isKept: kept === "1",
		isAbandoned: abandoned === "1",
		size: Number(size),
		failure: failure === "" ? undefined : (JSON.parse(failure) as Failure),
		restMs: Number(rest),
	};
}

function numbers(reply: unknown): number[] {
	return (reply as unknown[]).map(Number);
}
