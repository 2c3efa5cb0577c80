/** Removes responses that are too old or too many, whole threads at a time as far as can be. */
import type { Transaction } from "kysely";
import type { Database } from "./database.js";
import type { ResponseStore } from "./responseTypes.js";
import type { Tables } from "./tables.js";

/** Records removed in one transaction; other writers wait for it. */
const removedAtOnce = 200;
/** How long a removed record is known as removed, and can be a page's `after`. */
const removedForMs = 86_400_000;

type Find = (transaction: Transaction<Tables>) => Promise<number[]>;

export function responseRetention(
	{ db, exclusively }: Database,
	now: () => number,
): Pick<ResponseStore, "retain" | "count"> {
	/** Removes what `find` finds until it finds nothing. Runs exclusively: two processes that count at once would remove too many. */
	async function removeAll(find: Find): Promise<number> {
		let removed = 0;
		for (let found = 1; found > 0; removed += found) {
			await exclusively(async (transaction) => {
				const sequences = await find(transaction);
				found = sequences.length === 0 ? 0 : await removeResponses(transaction, sequences);
			});
			await new Promise((resolve) => setImmediate(resolve));
		}
		return removed;
	}

	/** Responses of threads that nobody has gone on with since. */
	const olderThan =
		(createdBefore: number): Find =>
		async (transaction) => {
			const rows = await transaction
				.selectFrom("response")
				.select("sequence")
				.where("created_at", "<", createdBefore)
				.where(({ not, exists, selectFrom }) =>
					not(
						exists(
							selectFrom("response as later")
								.select("later.sequence")
								.whereRef("later.thread", "=", "response.thread")
								.where("later.created_at", ">=", createdBefore),
						),
					),
				)
				.orderBy("created_at")
				.orderBy("sequence")
				.limit(removedAtOnce)
				.execute();
			return rows.map(({ sequence }) => sequence);
		};

	const beyond =
		(maxCount: number): Find =>
		async (transaction) => {
			const crowded = await transaction
				.selectFrom("response")
				.select((eb) => ["owner", eb.fn.countAll<number>().as("total")])
				.groupBy("owner")
				.having((eb) => eb.fn.countAll(), ">", maxCount)
				.limit(1)
				.executeTakeFirst();
			if (crowded === undefined) return [];
			const { owner, total } = crowded;
			const rows = await transaction
				.selectFrom("response")
				.select("sequence")
				.where("owner", "=", owner)
				.orderBy(({ selectFrom }) =>
					selectFrom("response as last")
						.select((eb) => eb.fn.max("last.sequence").as("at"))
						.whereRef("last.thread", "=", "response.thread"),
				)
				.orderBy("sequence")
				.limit(Math.min(removedAtOnce, Number(total) - maxCount))
				.execute();
			return rows.map(({ sequence }) => sequence);
		};

	return {
		async retain({ maxAgeMs, maxCount }) {
			let removed = 0;
			if (maxAgeMs !== undefined) removed += await removeAll(olderThan(Math.ceil((now() - maxAgeMs) / 1000)));
			if (maxCount !== undefined) removed += await removeAll(beyond(maxCount));
			await db
				.deleteFrom("response_removed")
				.where("removed_at", "<", now() - removedForMs)
				.execute();
			return removed;
		},

		async count() {
			const { total } = await db
				.selectFrom("response")
				.select((eb) => eb.fn.countAll<number>().as("total"))
				.executeTakeFirstOrThrow();
			return Number(total);
		},
	};
}

/** Removes records with their texts and items. @returns how many */
export async function removeResponses(transaction: Transaction<Tables>, sequences: readonly number[]): Promise<number> {
	await transaction.deleteFrom("response_text").where("response", "in", sequences).execute();
	await transaction.deleteFrom("response_item").where("response", "in", sequences).execute();
	const { numDeletedRows } = await transaction
		.deleteFrom("response")
		.where("sequence", "in", sequences)
		.executeTakeFirstOrThrow();
	return Number(numDeletedRows);
}
