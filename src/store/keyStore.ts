/** Keys, each change with its audit entry. */
import type { Selectable } from "kysely";
import type { KeyBudget, KeyLimits } from "../settings/limitSettings.js";
import { administrator } from "./administrator.js";
import type { Database } from "./database.js";
import type { Actor, KeyRecord, KeyStore, NewKey } from "./keyTypes.js";
import { namer } from "./naming.js";
import { newId } from "./newId.js";
import type { Metadata } from "./page.js";
import { stopsIn } from "./sessionStops.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";

type Row = Selectable<Tables["api_key"]>;

/** @param now milliseconds since the epoch */
export function keyStore({ db, hasRowLocks, errorOf }: Database, now: () => number): KeyStore {
	const naming = namer(errorOf, "key");

	const seconds = () => Math.floor(now() / 1000);

	const administer = administrator({ db, hasRowLocks }, now);

	/** Changes a key. @param change returns the new columns; undefined if there is nothing to do. @throws StoreError `not_found` */
	function changeKey(
		id: string,
		action: string,
		by: Actor,
		change: (row: Row) => Partial<Row> | undefined,
	): Promise<KeyRecord> {
		return administer(by, async (transaction, revision) => {
			const row = await transaction.selectFrom("api_key").selectAll().where("id", "=", id).executeTakeFirst();
			if (!row) throw missing(id);
			const changed = change(row);
			if (!changed) return { result: toRecord(row) };
			const columns = { ...changed, updated_at: seconds(), revision };
			await naming(JSON.parse(changed.name ?? row.name), () =>
				transaction.updateTable("api_key").set(columns).where("id", "=", id).execute(),
			);
			const result = toRecord({ ...row, ...columns });
			const done = { action, target: id, before: audited(toRecord(row)), after: audited(result) };
			return { result, done };
		});
	}

	/** The hash of an empty audit counts as known. */
	async function knowsEntry(hash: string): Promise<boolean> {
		if (/^0+$/.test(hash)) return true;
		return (
			(await db.selectFrom("audit_entry").select("number").where("hash", "=", hash).executeTakeFirst()) !== undefined
		);
	}

	return {
		create: (key, { hash, hint }, by) =>
			administer(by, async (transaction, revision) => {
				const at = seconds();
				const row = {
					...(columnsOf(key) as Columns),
					id: newId("key_", 24),
					hash,
					hint,
					previous_hash: null,
					previous_until: null,
					created_at: at,
					updated_at: at,
					rotated_at: null,
					revoked_at: null,
					last_used_at: null,
					revision,
				};
				await naming(key.name, () => transaction.insertInto("api_key").values(row).execute());
				const result = toRecord({ ...row, sequence: 0 });
				const done = { action: "key.created", target: row.id, before: undefined, after: audited(result) };
				return { result, done };
			}),

		async find(idOrName) {
			const byId = await db.selectFrom("api_key").selectAll().where("id", "=", idOrName).executeTakeFirst();
			if (byId) return toRecord(byId);
			const named = db.selectFrom("api_key").selectAll().where("name", "=", JSON.stringify(idOrName));
			const row = await named.where("revoked_at", "is", null).executeTakeFirst();
			return row && toRecord(row);
		},

		async list({ limit, order, after }) {
			let query = db.selectFrom("api_key").selectAll();
			if (after !== undefined) {
				const cursor = await db.selectFrom("api_key").select("sequence").where("id", "=", after).executeTakeFirst();
				if (!cursor) throw missing(after);
				query = query.where("sequence", order === "desc" ? "<" : ">", cursor.sequence);
			}
			const rows = await query
				.orderBy("sequence", order)
				.limit(limit + 1)
				.execute();
			return { data: rows.slice(0, limit).map(toRecord), hasMore: rows.length > limit };
		},

		update: (id, change, by) =>
			changeKey(id, "key.updated", by, (row) => {
				if (row.revoked_at !== null) throw missing(id);
				return columnsOf(change);
			}),

		rotate: (id, { hash, hint }, graceSeconds, by) =>
			changeKey(id, "key.rotated", by, (row) => {
				if (row.revoked_at !== null) throw missing(id);
				const at = seconds();
				const previous =
					graceSeconds > 0
						? { previous_hash: row.hash, previous_until: at + graceSeconds }
						: { previous_hash: null, previous_until: null };
				return { hash, hint, rotated_at: at, ...previous };
			}),

		revoke: (id, by, revokedAt = seconds()) =>
			changeKey(id, "key.revoked", by, (row) =>
				row.revoked_at === null ? { revoked_at: revokedAt, previous_hash: null, previous_until: null } : undefined,
			),

		async touch(ids, usedAt) {
			if (ids.length === 0) return;
			await db
				.updateTable("api_key")
				.set({ last_used_at: usedAt })
				.where("id", "in", ids)
				.where(({ eb, or }) => or([eb("last_used_at", "is", null), eb("last_used_at", "<", usedAt)]))
				.execute();
		},

		async changes(since, auditHash) {
			// Read first: a key that changes meanwhile is then read twice instead of missed.
			const administration = await db.selectFrom("administration").selectAll().executeTakeFirstOrThrow();
			const { revision, admin_hash, audit_hash } = administration;
			const isSame = revision === since && (!auditHash || auditHash === audit_hash);
			const rows = isSame ? [] : await db.selectFrom("api_key").selectAll().where("revision", ">", since).execute();
			const news = isSame ? {} : { stops: await stopsIn(db, seconds()) };
			const changes = { revision, adminHash: admin_hash ?? undefined, keys: rows.map(toRecord), ...news };
			if (auditHash === undefined) return changes;
			const isOther = !isSame && auditHash !== "" && !(await knowsEntry(auditHash));
			return { ...changes, auditHash: audit_hash, ...(isOther ? { isOther } : {}) };
		},

		addAdmin: (hash, by) =>
			administer(by, async (transaction) => {
				const { admin_hash } = await transaction.selectFrom("administration").selectAll().executeTakeFirstOrThrow();
				if (admin_hash !== null) return { result: false };
				const done = { action: "admin.created", target: undefined, before: undefined, after: undefined };
				return { result: true, done, columns: { admin_hash: hash } };
			}),
	};
}

function missing(id: string): StoreError {
	return new StoreError("not_found", `There is no key "${id}", or it is revoked.`);
}

type Columns = Pick<
	Row,
	| "name"
	| "owner"
	| "team"
	| "organisation"
	| "metadata"
	| "expires_at"
	| "models"
	| "routes"
	| "addresses"
	| "limits"
	| "budget"
	| "priority"
	| "permissions"
>;

/** Columns of all own members of `change`, including those that are undefined. */
function columnsOf(change: Partial<NewKey>): Partial<Columns> {
	const columns: Record<string, unknown> = {};
	for (const [member, value] of Object.entries(change)) {
		if (member === "expiresAt") columns.expires_at = value ?? null;
		else if (member === "priority") columns.priority = value ?? null;
		else columns[member] = value === undefined ? null : JSON.stringify(value);
	}
	return columns as Partial<Columns>;
}

function toRecord(row: Row): KeyRecord {
	const read = <Value>(json: string | null) => (json === null ? undefined : (JSON.parse(json) as Value));
	return {
		id: row.id,
		name: JSON.parse(row.name) as string,
		owner: read<string>(row.owner),
		team: read<string>(row.team),
		organisation: read<string>(row.organisation),
		metadata: JSON.parse(row.metadata) as Metadata,
		expiresAt: row.expires_at ?? undefined,
		models: read<string[]>(row.models),
		routes: read<string[]>(row.routes),
		addresses: read<string[]>(row.addresses),
		limits: read<KeyLimits>(row.limits),
		budget: read<KeyBudget>(row.budget),
		priority: row.priority ?? undefined,
		permissions: read<string[]>(row.permissions),
		hash: row.hash,
		hint: row.hint,
		previousHash: row.previous_hash ?? undefined,
		previousUntil: row.previous_until ?? undefined,
		createdAt: row.created_at,
		updatedAt: row.updated_at,
		rotatedAt: row.rotated_at ?? undefined,
		revokedAt: row.revoked_at ?? undefined,
		lastUsedAt: row.last_used_at ?? undefined,
	};
}

/** A key as the audit shows it: the API's member names, without secrets. */
function audited(record: KeyRecord): object {
	const { hash: _hash, previousHash: _previous, lastUsedAt: _used, ...open } = record;
	return Object.fromEntries(
		Object.entries(open).map(([name, value]) => [
			name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
			value,
		]),
	);
}
