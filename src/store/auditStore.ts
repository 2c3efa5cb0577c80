/** The audit: what administrators did, as a chain of entries. */
import type { Selectable, Transaction } from "kysely";
import { auditHash } from "./auditHash.js";
import type { Database } from "./database.js";
import type { Actor, AuditEntry, AuditStore } from "./keyTypes.js";
import { newId } from "./newId.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";

export type Administration = Selectable<Tables["administration"]>;
/** The part of an entry that describes the action; the rest is its place in the chain. */
export type AuditedAction = Pick<AuditEntry, "action" | "target" | "before" | "after">;

/** @returns the administration's row, locked until the transaction ends */
export async function lockAdministration(
	transaction: Transaction<Tables>,
	hasRowLocks: boolean,
): Promise<Administration> {
	const query = transaction.selectFrom("administration").selectAll().where("number", "=", 1);
	return (hasRowLocks ? query.forUpdate() : query).executeTakeFirstOrThrow();
}

/** Appends an entry. @returns the administration's columns that this changes */
export async function appendAudit(
	transaction: Transaction<Tables>,
	{ audit_number, audit_hash }: Administration,
	{ action, target, before, after }: AuditedAction,
	{ name, address, requestId }: Actor,
	createdAt: number,
): Promise<Pick<Administration, "audit_number" | "audit_hash">> {
	const number = audit_number + 1;
	const id = newId("audit_", 24);
	// The form that the API shows, so that a reader of the list can recompute the hash.
	const entry = {
		id,
		number,
		created_at: createdAt,
		actor: { name, address: address ?? null, request_id: requestId ?? null },
		action,
		target: target ?? null,
		before: before ?? null,
		after: after ?? null,
	};
	const hash = auditHash(audit_hash, entry);
	await transaction
		.insertInto("audit_entry")
		.values({ number, id, entry: JSON.stringify(entry), previous_hash: audit_hash, hash })
		.execute();
	return { audit_number: number, audit_hash: hash };
}

/** @param now milliseconds since the epoch */
export function auditStore({ db, hasRowLocks }: Database, now: () => number): AuditStore {
	return {
		async add(action, after, by) {
			await db.transaction().execute(async (transaction) => {
				const administration = await lockAdministration(transaction, hasRowLocks);
				const done = { action, target: undefined, before: undefined, after };
				const chain = await appendAudit(transaction, administration, done, by, Math.floor(now() / 1000));
				await transaction.updateTable("administration").set(chain).where("number", "=", 1).execute();
			});
		},
		async list({ limit, order, after }) {
			// Read before the entries: one that is added meanwhile then comes after the head instead of seeming to be missing.
			const head = await db
				.selectFrom("administration")
				.select(["audit_number", "audit_hash"])
				.executeTakeFirstOrThrow();
			let query = db.selectFrom("audit_entry").selectAll();
			if (after !== undefined) {
				const cursor = await db.selectFrom("audit_entry").select("number").where("id", "=", after).executeTakeFirst();
				if (!cursor) throw new StoreError("not_found", `There is no audit entry "${after}".`);
				query = query.where("number", order === "desc" ? "<" : ">", cursor.number);
			}
			const rows = await query
				.orderBy("number", order)
				.limit(limit + 1)
				.execute();
			return {
				data: rows.slice(0, limit).map(toEntry),
				hasMore: rows.length > limit,
				head: { number: head.audit_number, hash: head.audit_hash },
			};
		},
	};
}

interface EntryJson {
	created_at: number;
	actor: { name: string; address: string | null; request_id: string | null };
	action: string;
	target: string | null;
	before: object | null;
	after: object | null;
}

const unreadable: EntryJson = {
	created_at: 0,
	actor: { name: "", address: null, request_id: null },
	action: "unreadable",
	target: null,
	before: null,
	after: null,
};

/** An entry that somebody has made unreadable is shown as such; its hash no longer matches, as after any other tampering. */
function parseEntry(json: string): EntryJson {
	try {
		const entry = JSON.parse(json) as Partial<EntryJson>;
		return { ...unreadable, ...entry, actor: { ...unreadable.actor, ...entry.actor } };
	} catch {
		return unreadable;
	}
}

function toEntry(row: Selectable<Tables["audit_entry"]>): AuditEntry {
	const { created_at, actor, action, target, before, after } = parseEntry(row.entry);
	return {
		id: row.id,
		number: row.number,
		createdAt: created_at,
		actor: { name: actor.name, address: actor.address ?? undefined, requestId: actor.request_id ?? undefined },
		action,
		target: target ?? undefined,
		before: before ?? undefined,
		after: after ?? undefined,
		previousHash: row.previous_hash,
		hash: row.hash,
	};
}
