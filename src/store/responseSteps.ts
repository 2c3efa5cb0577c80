/** The step that creates the tables of responses. */
import { type ColumnDataType, type Kysely, sql } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";

export async function createResponses(
	{ schema }: Kysely<Tables>,
	{ counter, integer, clustered }: TableKinds,
): Promise<void> {
	await schema
		.createTable("response")
		.addColumn("sequence", counter as ColumnDataType, (column) => column.primaryKey())
		.addColumn("id", "text", (column) => column.notNull().unique())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("model", "text", (column) => column.notNull())
		.addColumn("status", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("previous", "text")
		.addColumn("thread", "text", (column) => column.notNull())
		.addColumn("conversation", "text")
		.addColumn("home", "text")
		.addColumn("input_tokens", integer)
		.addColumn("output_tokens", integer)
		.execute();
	const order: ("created_at" | "sequence")[] = ["created_at", "sequence"];
	await schema.createIndex("response_age").on("response").columns(order).execute();
	await schema
		.createIndex("response_owner")
		.on("response")
		.columns(["owner", ...order])
		.execute();
	await schema
		.createIndex("response_thread")
		.on("response")
		.columns(["thread", ...order])
		.execute();
	await schema
		.createIndex("response_conversation")
		.on("response")
		.columns(["conversation", ...order])
		.where(sql.ref("conversation"), "is not", null)
		.execute();
	// Nearly all records have the status that is left out.
	await schema
		.createIndex("response_status")
		.on("response")
		.columns(["status", ...order])
		.where(sql.ref("status"), "!=", sql.lit("completed"))
		.execute();
	await schema
		.createTable("response_text")
		.addColumn("response", integer === "bigint" ? "bigint" : "integer", (column) => column.primaryKey())
		.addColumn("input", "text", (column) => column.notNull())
		.addColumn("output", "text", (column) => column.notNull())
		.addColumn("body", "text", (column) => column.notNull())
		.addColumn("output_at", integer, (column) => column.notNull())
		.addColumn("request", "text")
		.execute();
	await schema
		.createTable("response_item")
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("item", "text", (column) => column.notNull())
		.addColumn("response", integer, (column) => column.notNull())
		.addPrimaryKeyConstraint("response_item_key", ["owner", "item", "response"])
		.modifyEnd(sql.raw(clustered))
		.execute();
	await schema.createIndex("response_item_response").on("response_item").column("response").execute();
	await schema
		.createTable("response_removed")
		.addColumn("id", "text", (column) => column.primaryKey())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("sequence", integer, (column) => column.notNull())
		.addColumn("removed_at", integer, (column) => column.notNull())
		.modifyEnd(sql.raw(clustered))
		.execute();
	await schema.createIndex("response_removed_age").on("response_removed").column("removed_at").execute();
}

export async function addResponseRequests({ schema }: Kysely<Tables>): Promise<void> {
	await schema.alterTable("response").addColumn("request_id", "text").execute();
}
