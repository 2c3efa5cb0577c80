/** Answers that are kept for equal requests, in the database. */
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import type { BoundedShelf, ShelfFilter } from "./cacheTypes.js";
import type { Database } from "./database.js";
import type { Tables } from "./tables.js";

/** Transactions should be short. */
const removedAtOnce = 200;

/** @param now milliseconds since the epoch */
export function cacheStore({ db }: Database, now: () => number): BoundedShelf {
	async function remove(keys: readonly string[]): Promise<void> {
		await db.deleteFrom("cached_answer").where("key", "in", keys).execute();
	}

	async function totals() {
		const { entries, bytes } = await db
			.selectFrom("cached_answer")
			.select((eb) => [
				eb.fn.countAll<number | string>().as("entries"),
				eb.fn.sum<number | string | null>("bytes").as("bytes"),
			])
			.executeTakeFirstOrThrow();
		return { entries: Number(entries), bytes: Number(bytes ?? 0) };
	}

	/** Some of those that are too old. */
	async function expired(): Promise<string[]> {
		const rows = await db
			.selectFrom("cached_answer")
			.select("key")
			.where("expires_at", "<=", now())
			.limit(removedAtOnce)
			.execute();
		return rows.map(({ key }) => key);
	}

	/** The oldest, until this many bytes are gone. */
	async function oldest(bytes: number): Promise<string[]> {
		const rows = await db
			.selectFrom("cached_answer")
			.select(["key", "bytes"])
			.orderBy("created_at")
			.limit(removedAtOnce)
			.execute();
		let rest = bytes;
		const keys: string[] = [];
		for (const row of rows) {
			if (rest <= 0) break;
			keys.push(row.key);
			rest -= row.bytes;
		}
		return keys;
	}

	return {
		async get(key) {
			const row = await db
				.selectFrom("cached_answer")
				.select("text")
				.where("key", "=", key)
				.where("expires_at", ">", now())
				.executeTakeFirst();
			return row?.text;
		},
		async put({ key, text, model, keyId, keyName, tags, createdAt, expiresAt }) {
			const row = {
				model: JSON.stringify(model),
				key_id: keyId,
				key_name: keyName === null ? null : JSON.stringify(keyName),
				tags: JSON.stringify(tags),
				created_at: createdAt,
				expires_at: expiresAt,
				bytes: Buffer.byteLength(text),
				text,
			};
			await db
				.insertInto("cached_answer")
				.values({ key, ...row })
				.onConflict((conflict) => conflict.column("key").doUpdateSet(row))
				.execute();
		},
		async remove(filter) {
			const { numDeletedRows } = await db.deleteFrom("cached_answer").where(meant(filter)).executeTakeFirstOrThrow();
			return Number(numDeletedRows);
		},
		totals,
		async retain({ maxBytes }) {
			let removed = 0;
			for (let keys = await expired(); keys.length > 0; keys = await expired()) {
				await remove(keys);
				removed += keys.length;
			}
			for (let { bytes } = await totals(); bytes > maxBytes; { bytes } = await totals()) {
				const keys = await oldest(bytes - maxBytes);
				if (keys.length === 0) break;
				await remove(keys);
				removed += keys.length;
			}
			return removed;
		},
	};
}

function meant({ model, key, tag }: ShelfFilter) {
	return (eb: ExpressionBuilder<Tables, "cached_answer">) => {
		const conditions: Expression<SqlBool>[] = [];
		if (model !== undefined) conditions.push(eb("model", "=", JSON.stringify(model)));
		if (key !== undefined) conditions.push(eb.or([eb("key_id", "=", key), eb("key_name", "=", JSON.stringify(key))]));
		if (tag !== undefined) conditions.push(sql<boolean>`tags like ${`%${escaped(JSON.stringify(tag))}%`} escape '!'`);
		return eb.and(conditions);
	};
}

/** For `like`. */
function escaped(text: string): string {
	return text.replace(/[!%_]/g, "!$&");
}
