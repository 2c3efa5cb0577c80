/** Conversations in the database. */
import type { Kysely, Selectable } from "kysely";
import { searchable } from "./completionPage.js";
import type {
	ConversationChange,
	ConversationItem,
	ConversationName,
	ConversationRecord,
	ConversationStore,
	DuplicateItem,
} from "./conversationTypes.js";
import type { Database } from "./database.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";

type Row = Selectable<Tables["conversation"]>;

/** Transactions, and a statement's values, should be few. */
const rowsAtOnce = 100;
const idsAtOnce = 500;

/** @param now milliseconds since the epoch */
export function conversationStore({ db, hasRowLocks }: Database, now: () => number): ConversationStore {
	const seconds = () => Math.floor(now() / 1000);

	function find(within: Kysely<Tables>, { owner, id }: ConversationName, isLocking = false): Promise<Row | undefined> {
		const query = within
			.selectFrom("conversation")
			.selectAll()
			.where("id", "=", searchable(id))
			.where("owner", "=", owner);
		return (isLocking && hasRowLocks ? query.forUpdate() : query).executeTakeFirst();
	}

	/** Changes one conversation while nobody else does. */
	function change<Result>(
		name: ConversationName,
		missing: Result,
		act: (transaction: Kysely<Tables>, row: Row) => Promise<Result>,
	): Promise<Result> {
		return db.transaction().execute(async (transaction) => {
			const row = await find(transaction, name, true);
			return row === undefined ? missing : act(transaction, row);
		});
	}

	/** Its turn is somebody else's. */
	function isBusy({ locked_by: holder, locked_until: until }: Row, token: string | undefined): boolean {
		return holder !== null && holder !== token && Number(until) > now();
	}

	async function insertItems(
		within: Kysely<Tables>,
		conversation: number,
		from: number,
		items: readonly ConversationItem[],
	): Promise<void> {
		const rows = items.map(({ id, item }, index) => ({
			conversation,
			position: from + index,
			id: searchable(id),
			item,
		}));
		for (let at = 0; at < rows.length; at += rowsAtOnce)
			await within
				.insertInto("conversation_item")
				.values(rows.slice(at, at + rowsAtOnce))
				.execute();
	}

	/** @returns the first id of these that is there already, or that comes twice */
	async function duplicateIn(
		within: Kysely<Tables>,
		conversation: number,
		items: readonly ConversationItem[],
	): Promise<string | undefined> {
		const ids = items.map(({ id }) => searchable(id));
		const twice = duplicateAmong(items);
		if (twice !== undefined) return twice;
		for (let at = 0; at < ids.length; at += idsAtOnce) {
			const found = await within
				.selectFrom("conversation_item")
				.select("id")
				.where("conversation", "=", conversation)
				.where("id", "in", ids.slice(at, at + idsAtOnce))
				.limit(1)
				.executeTakeFirst();
			if (found !== undefined) return found.id;
		}
		return undefined;
	}

	return {
		create: ({ owner, id }, metadata, items) =>
			db.transaction().execute(async (transaction) => {
				const duplicate = duplicateAmong(items);
				if (duplicate !== undefined) return { duplicate };
				const at = seconds();
				const row = { id, owner, metadata: JSON.stringify(metadata), created_at: at, used_at: at };
				const { sequence } = await transaction
					.insertInto("conversation")
					.values({ ...row, next_position: items.length, locked_by: null, locked_until: 0 })
					.returning("sequence")
					.executeTakeFirstOrThrow();
				await insertItems(transaction, Number(sequence), 0, items);
				return { id, metadata, createdAt: at, usedAt: at };
			}),

		async get(name) {
			const row = await find(db, name);
			return row && recordOf(row);
		},

		async listOf(owner, { limit, order, after }) {
			let query = db.selectFrom("conversation").selectAll().where("owner", "=", owner);
			if (after !== undefined) {
				const cursor = await find(db, { owner, id: after });
				if (cursor === undefined)
					throw new StoreError("not_found", `There is no conversation "${after}" to begin after.`);
				query = query.where("sequence", order === "desc" ? "<" : ">", cursor.sequence);
			}
			const rows = await query
				.orderBy("sequence", order)
				.limit(limit + 1)
				.execute();
			return { data: rows.slice(0, limit).map(recordOf), hasMore: rows.length > limit };
		},

		update: (name, metadata) =>
			change<ConversationRecord | undefined>(name, undefined, async (transaction, row) => {
				const columns = { metadata: JSON.stringify(metadata), used_at: seconds() };
				await transaction.updateTable("conversation").set(columns).where("sequence", "=", row.sequence).execute();
				return recordOf({ ...row, ...columns });
			}),

		remove: (name) =>
			change(name, false, async (transaction, { sequence }) => {
				await transaction.deleteFrom("conversation_item").where("conversation", "=", sequence).execute();
				await transaction.deleteFrom("conversation").where("sequence", "=", sequence).execute();
				return true;
			}),

		append: (name, items, token) =>
			change<ConversationChange | DuplicateItem>(name, "missing", async (transaction, row) => {
				if (isBusy(row, token) || (token !== undefined && row.locked_by !== token)) return "busy";
				const duplicate = await duplicateIn(transaction, row.sequence, items);
				if (duplicate !== undefined) return { duplicate };
				await insertItems(transaction, row.sequence, Number(row.next_position), items);
				const next = { next_position: Number(row.next_position) + items.length, used_at: seconds() };
				const unlocked = token === undefined ? {} : { locked_by: null, locked_until: 0 };
				await transaction
					.updateTable("conversation")
					.set({ ...next, ...unlocked })
					.where("sequence", "=", row.sequence)
					.execute();
				return "done";
			}),

		async list(name, { limit, order, after }) {
			const row = await find(db, name);
			if (row === undefined) return { data: [], hasMore: false };
			let query = db
				.selectFrom("conversation_item")
				.select(["id", "item", "position"])
				.where("conversation", "=", row.sequence);
			if (after !== undefined) {
				const cursor = await db
					.selectFrom("conversation_item")
					.select("position")
					.where("conversation", "=", row.sequence)
					.where("id", "=", searchable(after))
					.executeTakeFirst();
				if (cursor === undefined) throw new StoreError("not_found", `There is no item "${after}" to begin after.`);
				query = query.where("position", order === "desc" ? "<" : ">", cursor.position);
			}
			const rows = await query
				.orderBy("position", order)
				.limit(limit + 1)
				.execute();
			return { data: rows.slice(0, limit).map(({ id, item }) => ({ id, item })), hasMore: rows.length > limit };
		},

		async items({ owner, id }) {
			const rows = await db
				.selectFrom("conversation_item")
				.innerJoin("conversation", "conversation.sequence", "conversation_item.conversation")
				.select("conversation_item.item")
				.where("conversation.id", "=", searchable(id))
				.where("conversation.owner", "=", owner)
				.orderBy("conversation_item.position")
				.execute();
			return rows.map(({ item }) => item);
		},

		async item(name, itemId) {
			const row = await find(db, name);
			if (row === undefined) return undefined;
			return db
				.selectFrom("conversation_item")
				.select(["id", "item"])
				.where("conversation", "=", row.sequence)
				.where("id", "=", searchable(itemId))
				.executeTakeFirst();
		},

		removeItem: (name, itemId) =>
			change<ConversationChange>(name, "missing", async (transaction, row) => {
				if (isBusy(row, undefined)) return "busy";
				const { numDeletedRows } = await transaction
					.deleteFrom("conversation_item")
					.where("conversation", "=", row.sequence)
					.where("id", "=", searchable(itemId))
					.executeTakeFirstOrThrow();
				return Number(numDeletedRows) === 0 ? "missing" : "done";
			}),

		lock: (name, token, until) =>
			change<ConversationChange>(name, "missing", async (transaction, row) => {
				if (isBusy(row, token)) return "busy";
				const columns = { locked_by: token, locked_until: until, used_at: seconds() };
				await transaction.updateTable("conversation").set(columns).where("sequence", "=", row.sequence).execute();
				return "done";
			}),

		async release({ owner, id }, token) {
			await db
				.updateTable("conversation")
				.set({ locked_by: null, locked_until: 0 })
				.where("id", "=", searchable(id))
				.where("owner", "=", owner)
				.where("locked_by", "=", token)
				.execute();
		},

		async retain({ maxAgeMs }) {
			if (maxAgeMs === undefined) return 0;
			let removed = 0;
			for (;;) {
				const old = await db
					.selectFrom("conversation")
					.select("sequence")
					.where("used_at", "<", Math.floor((now() - maxAgeMs) / 1000))
					.limit(rowsAtOnce)
					.execute();
				if (old.length === 0) return removed;
				const sequences = old.map(({ sequence }) => sequence);
				await db.transaction().execute(async (transaction) => {
					await transaction.deleteFrom("conversation_item").where("conversation", "in", sequences).execute();
					await transaction.deleteFrom("conversation").where("sequence", "in", sequences).execute();
				});
				removed += sequences.length;
			}
		},
	};
}

function recordOf({ id, metadata, created_at: createdAt, used_at: usedAt }: Row): ConversationRecord {
	return { id, metadata: JSON.parse(metadata), createdAt: Number(createdAt), usedAt: Number(usedAt) };
}

function duplicateAmong(items: readonly ConversationItem[]): string | undefined {
	const seen = new Set<string>();
	return items.find(({ id }) => seen.size === seen.add(searchable(id)).size)?.id;
}
