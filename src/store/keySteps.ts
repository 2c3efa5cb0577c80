/** The steps that create the tables of keys and of the audit. */
import { type ColumnDataType, type Kysely, sql } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";

const emptyChainHash = "0".repeat(64);

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
		.values({ number: 1, revision: 0, admin_hash: null, audit_number: 0, audit_hash: emptyChainHash })
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

/** For tables of the first release, which had no limits. */
export async function addKeyLimits({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	for (const column of ["limits", "budget"]) await schema.alterTable("api_key").addColumn(column, "text").execute();
	await schema.alterTable("api_key").addColumn("priority", integer).execute();
}

/** For tables that already have limits. */
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
