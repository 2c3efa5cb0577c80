/** The step that creates the tables of conversations. */
import { type ColumnDataType, type Kysely, sql } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";

export async function createConversations(
	{ schema }: Kysely<Tables>,
	{ counter, integer, clustered }: TableKinds,
): Promise<void> {
	await schema
		.createTable("conversation")
		.addColumn("sequence", counter as ColumnDataType, (column) => column.primaryKey())
		.addColumn("id", "text", (column) => column.notNull().unique())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("metadata", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("used_at", integer, (column) => column.notNull())
		.addColumn("next_position", integer, (column) => column.notNull())
		.addColumn("locked_by", "text")
		.addColumn("locked_until", integer, (column) => column.notNull())
		.execute();
	await schema.createIndex("conversation_used").on("conversation").column("used_at").execute();
	await schema
		.createTable("conversation_item")
		.addColumn("conversation", integer, (column) => column.notNull())
		.addColumn("position", integer, (column) => column.notNull())
		.addColumn("id", "text", (column) => column.notNull())
		.addColumn("item", "text", (column) => column.notNull())
		.addPrimaryKeyConstraint("conversation_item_key", ["conversation", "position"])
		.modifyEnd(sql.raw(clustered))
		.execute();
	await schema
		.createIndex("conversation_item_id")
		.unique()
		.on("conversation_item")
		.columns(["conversation", "id"])
		.execute();
}

export async function indexConversations({ schema }: Kysely<Tables>): Promise<void> {
	await schema.createIndex("conversation_owner").on("conversation").columns(["owner", "sequence"]).execute();
}
