/** The step that creates the tables of files and uploads. */
import type { ColumnDataType, Kysely } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";

export async function createFiles({ schema }: Kysely<Tables>, { counter, integer, bytes }: TableKinds): Promise<void> {
	await schema
		.createTable("file")
		.addColumn("sequence", counter as ColumnDataType, (column) => column.primaryKey())
		.addColumn("id", "text", (column) => column.notNull())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("upstream", "text")
		.addColumn("filename", "text", (column) => column.notNull())
		.addColumn("media_type", "text", (column) => column.notNull())
		.addColumn("purpose", "text", (column) => column.notNull())
		.addColumn("bytes", integer, (column) => column.notNull())
		.addColumn("content", "text")
		.addColumn("sha256", "text")
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("expires_at", integer)
		.execute();
	await schema.createIndex("file_id").unique().on("file").columns(["owner", "id"]).execute();
	await schema.createIndex("file_order").on("file").columns(["owner", "sequence"]).execute();
	await schema.createIndex("file_expiry").on("file").column("expires_at").execute();
	await schema.createIndex("file_content").on("file").column("content").execute();
	await schema
		.createTable("upload")
		.addColumn("id", "text", (column) => column.primaryKey())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("upstream", "text")
		.addColumn("filename", "text", (column) => column.notNull())
		.addColumn("media_type", "text", (column) => column.notNull())
		.addColumn("purpose", "text", (column) => column.notNull())
		.addColumn("bytes", integer, (column) => column.notNull())
		.addColumn("expires_after", integer)
		.addColumn("status", "text", (column) => column.notNull())
		.addColumn("file", "text")
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("expires_at", integer, (column) => column.notNull())
		.execute();
	await schema.createIndex("upload_owner").on("upload").columns(["owner", "status"]).execute();
	await schema.createIndex("upload_expiry").on("upload").column("expires_at").execute();
	await schema
		.createTable("upload_part")
		.addColumn("id", "text", (column) => column.primaryKey())
		.addColumn("upload", "text", (column) => column.notNull())
		.addColumn("content", "text")
		.addColumn("bytes", integer, (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.execute();
	await schema.createIndex("upload_part_upload").on("upload_part").column("upload").execute();
	await schema.createIndex("upload_part_content").on("upload_part").column("content").execute();
	await schema
		.createTable("file_chunk")
		.addColumn("content", "text", (column) => column.notNull())
		.addColumn("number", integer, (column) => column.notNull())
		.addColumn("data", bytes, (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addPrimaryKeyConstraint("file_chunk_key", ["content", "number"])
		.execute();
}
