/** The step that creates the table of calls. */
import type { Kysely } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";

export async function createCalls({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	await schema
		.createTable("realtime_call")
		.addColumn("id", "text", (column) => column.primaryKey())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("upstream", "text", (column) => column.notNull())
		.addColumn("model", "text")
		.addColumn("created_at", integer, (column) => column.notNull())
		.execute();
	await schema.createIndex("realtime_call_age").on("realtime_call").column("created_at").execute();
}
