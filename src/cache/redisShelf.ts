/** Cached answers in Redis, where all machines find them. Redis removes them itself at their age. */
import type { Redis } from "ioredis";
import { isMeant, type Shelf, type ShelvedAnswer } from "../store/cacheTypes.js";

const prefix = "llmw:cache:";
/** Keys in one step of a search. */
const atOnce = 200;

type Names = Pick<ShelvedAnswer, "model" | "keyId" | "keyName" | "tags">;

export interface RedisShelf extends Shelf {
	close(): void;
}

/** Loads the client at its first use. It fails at once while Redis is away. */
export function createRedisShelf(url: string, now: () => number = Date.now): RedisShelf {
	let opened: Promise<Redis> | undefined;

	async function open(): Promise<Redis> {
		const { Redis } = await import("ioredis");
		const redis = new Redis(url, {
			connectionName: "llmw",
			connectTimeout: 2_000,
			commandTimeout: 500,
			maxRetriesPerRequest: 0,
			retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), 1_000),
		});
		// A call that fails says so.
		redis.on("error", () => {});
		return redis;
	}

	function redis(): Promise<Redis> {
		opened ??= open();
		return opened;
	}

	/** Calls this with keys, and the names of what each has. */
	async function each(
		found: (redis: Redis, key: string, names: Names, bytes: number) => Promise<unknown>,
	): Promise<void> {
		const client = await redis();
		for (let cursor = "0"; ; ) {
			const [next, keys] = await client.scan(cursor, "MATCH", `${prefix}*`, "COUNT", atOnce);
			for (const key of keys) {
				const [names, bytes] = await Promise.all([client.hget(key, "names"), client.hstrlen(key, "text")]);
				if (names !== null) await found(client, key, JSON.parse(names) as Names, bytes);
			}
			if (next === "0") return;
			cursor = next;
		}
	}

	return {
		async get(key) {
			return (await (await redis()).hget(prefix + key, "text")) ?? undefined;
		},
		async put({ key, text, expiresAt, model, keyId, keyName, tags }) {
			const names: Names = { model, keyId, keyName, tags };
			await (await redis())
				.multi()
				.del(prefix + key)
				.hset(prefix + key, "names", JSON.stringify(names), "text", text)
				.pexpire(prefix + key, Math.max(1, Math.round(expiresAt - now())))
				.exec();
		},
		async remove(filter) {
			let count = 0;
			await each(async (client, key, names) => {
				if (isMeant(names, filter)) count += await client.del(key);
			});
			return count;
		},
		async totals() {
			let entries = 0;
			let bytes = 0;
			await each(async (_client, _key, _names, length) => {
				entries += 1;
				bytes += length;
			});
			return { entries, bytes };
		},
		close: () => void opened?.then((client) => client.disconnect()),
	};
}
