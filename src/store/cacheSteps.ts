/** The step that creates the table of cached answers. */
import type { Kysely } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";

export async function createCache({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	await schema
		.createTable("cached_answer")
		.addColumn("key", "text", (column) => column.primaryKey())
		.addColumn("model", "text", (column) => column.notNull())
		.addColumn("key_id", "text")
		.addColumn("key_name", "text")
		.addColumn("tags", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("expires_at", integer, (column) => column.notNull())
		.addColumn("bytes", integer, (column) => column.notNull())
		.addColumn("text", "text", (column) => column.notNull())
		.execute();
	// So that neither the sweep nor the sum reads texts.
	await schema.createIndex("cached_answer_expiry").on("cached_answer").column("expires_at").execute();
	await schema.createIndex("cached_answer_age").on("cached_answer").columns(["created_at", "bytes"]).execute();
}
