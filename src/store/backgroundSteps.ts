/** The step that creates the tables of responses in the background and of webhooks. */
import { type Kysely, sql } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";

export async function createBackground(db: Kysely<Tables>, kinds: TableKinds): Promise<void> {
	await createResponses(db, kinds);
	await createDeliveries(db, kinds);
}

async function createResponses({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	await schema
		.createTable("background_response")
		.addColumn("id", "text", (column) => column.primaryKey())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("status", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("response", "text", (column) => column.notNull())
		.addColumn("task", "text", (column) => column.notNull())
		.addColumn("is_followed", integer, (column) => column.notNull())
		.addColumn("restarts", integer, (column) => column.notNull())
		.addColumn("holder", "text", (column) => column.notNull())
		.addColumn("lease_until", integer)
		.addColumn("ended_at", integer)
		.execute();
	// Those that are over are in neither of the first two.
	await schema
		.createIndex("background_response_lease")
		.on("background_response")
		.column("lease_until")
		.where(sql.ref("lease_until"), "is not", null)
		.execute();
	await schema
		.createIndex("background_response_owner")
		.on("background_response")
		.column("owner")
		.where(sql.ref("lease_until"), "is not", null)
		.execute();
	await schema.createIndex("background_response_end").on("background_response").column("ended_at").execute();
}

async function createDeliveries({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	await schema
		.createTable("webhook_delivery")
		.addColumn("id", "text", (column) => column.primaryKey())
		.addColumn("endpoint", "text", (column) => column.notNull())
		.addColumn("event_id", "text", (column) => column.notNull())
		.addColumn("type", "text", (column) => column.notNull())
		.addColumn("subject", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("state", "text", (column) => column.notNull())
		.addColumn("attempts", integer, (column) => column.notNull())
		.addColumn("next_at", integer)
		.addColumn("last_result", "text")
		.execute();
	await schema
		.createIndex("webhook_delivery_due")
		.on("webhook_delivery")
		.column("next_at")
		.where(sql.ref("next_at"), "is not", null)
		.execute();
	await schema.createIndex("webhook_delivery_age").on("webhook_delivery").column("created_at").execute();
}
