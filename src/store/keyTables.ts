/** The tables of keys and of the audit, and the step that makes them. */
import type { ColumnDataType, Generated, Kysely } from "kysely";
import { sql } from "./kysely.js";
import type { TableKinds, Tables } from "./tables.js";

export interface KeyTables {
	api_key: {
		sequence: Generated<number>;
		id: string;
		/** JSON, as all texts of people. */
		name: string;
		owner: string | null;
		team: string | null;
		organisation: string | null;
		/** JSON */
		metadata: string;
		/** Lists as JSON. */
		models: string | null;
		routes: string | null;
		addresses: string | null;
		/** JSON of numbers by name. */
		limits: string | null;
		budget: string | null;
		priority: number | null;
		/** List as JSON. */
		permissions: string | null;
		hash: string;
		hint: string;
		previous_hash: string | null;
		previous_until: number | null;
		created_at: number;
		updated_at: number;
		expires_at: number | null;
		rotated_at: number | null;
		revoked_at: number | null;
		last_used_at: number | null;
		/** Of the administration, at its last change. */
		revision: number;
	};
	/** One row, which every change locks: so changes are counted, and the audit is one chain, on any number of machines. */
	administration: {
		number: number;
		revision: number;
		admin_hash: string | null;
		audit_number: number;
		audit_hash: string;
	};
	/** Rows are added and never changed; triggers see to that. */
	audit_entry: {
		number: number;
		id: string;
		/** JSON of what was done, as it was hashed. */
		entry: string;
		previous_hash: string;
		hash: string;
	};
}

const nobodyYet = "0".repeat(64);

export async function createKeys(db: Kysely<Tables>, kinds: TableKinds): Promise<void> {
	await createKeyTable(db, kinds);
	const { schema } = db;
	const { integer } = kinds;
	await schema
		.createTable("administration")
		.addColumn("number", integer, (column) => column.primaryKey())
		.addColumn("revision", integer, (column) => column.notNull())
		.addColumn("admin_hash", "text")
		.addColumn("audit_number", integer, (column) => column.notNull())
		.addColumn("audit_hash", "text", (column) => column.notNull())
		.execute();
	await db
		.insertInto("administration")
		.values({ number: 1, revision: 0, admin_hash: null, audit_number: 0, audit_hash: nobodyYet })
		.execute();
	await schema
		.createTable("audit_entry")
		.addColumn("number", integer, (column) => column.primaryKey())
		.addColumn("id", "text", (column) => column.notNull().unique())
		.addColumn("entry", "text", (column) => column.notNull())
		.addColumn("previous_hash", "text", (column) => column.notNull())
		.addColumn("hash", "text", (column) => column.notNull())
		.execute();
	for (const statement of kinds.appendOnly("audit_entry")) await sql.raw(statement).execute(db);
}

/** Added behind the tables' first release. */
export async function addKeyLimits({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	for (const column of ["limits", "budget"]) await schema.alterTable("api_key").addColumn(column, "text").execute();
	await schema.alterTable("api_key").addColumn("priority", integer).execute();
}

/** Added later still. */
export async function addKeyPermissions({ schema }: Kysely<Tables>): Promise<void> {
	await schema.alterTable("api_key").addColumn("permissions", "text").execute();
}

async function createKeyTable({ schema }: Kysely<Tables>, { counter, integer }: TableKinds): Promise<void> {
	await schema
		.createTable("api_key")
		.addColumn("sequence", counter as ColumnDataType, (column) => column.primaryKey())
		.addColumn("id", "text", (column) => column.notNull().unique())
		.addColumn("name", "text", (column) => column.notNull())
		.addColumn("owner", "text")
		.addColumn("team", "text")
		.addColumn("organisation", "text")
		.addColumn("metadata", "text", (column) => column.notNull())
		.addColumn("models", "text")
		.addColumn("routes", "text")
		.addColumn("addresses", "text")
		.addColumn("hash", "text", (column) => column.notNull().unique())
		.addColumn("hint", "text", (column) => column.notNull())
		.addColumn("previous_hash", "text")
		.addColumn("previous_until", integer)
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("updated_at", integer, (column) => column.notNull())
		.addColumn("expires_at", integer)
		.addColumn("rotated_at", integer)
		.addColumn("revoked_at", integer)
		.addColumn("last_used_at", integer)
		.addColumn("revision", integer, (column) => column.notNull())
		.execute();
	await schema.createIndex("api_key_revision").on("api_key").column("revision").execute();
	// A revoked key's name is free for another.
	await schema
		.createIndex("api_key_name")
		.unique()
		.on("api_key")
		.column("name")
		.where(sql.ref("revoked_at"), "is", null)
		.execute();
}
