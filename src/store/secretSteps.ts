/** The step that creates the table of secrets that the gateway makes for itself. */
import type { Kysely } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";

export async function createSecrets({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	await schema
		.createTable("own_secret")
		.addColumn("name", "text", (column) => column.primaryKey())
		.addColumn("secret", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.execute();
}
