/** The steps that create the tables of usage. */
import type { ColumnDataType, Kysely } from "kysely";
import { sql } from "./kysely.js";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";
import { usageNumbers } from "./usageNumbers.js";
import { usageKeys } from "./usageTables.js";

export async function createUsage(db: Kysely<Tables>, kinds: TableKinds): Promise<void> {
	await createRequests(db, kinds);
	const { integer, clustered } = kinds;
	let table = db.schema.createTable("usage_sum");
	for (const key of usageKeys) {
		const isNumber = key === "width" || key === "starts_at";
		table = table.addColumn(key, isNumber ? integer : "text", (column) => column.notNull());
	}
	table = table.addColumn("key_name", "text", (column) => column.notNull());
	for (const number of usageNumbers) table = table.addColumn(number, integer, (column) => column.notNull());
	await table
		.addPrimaryKeyConstraint("usage_sum_key", [...usageKeys] as never[])
		.modifyEnd(sql.raw(clustered))
		.execute();
}

/** For tables of the first release, which did not count priced attempts. */
export async function addUsagePriced({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	await schema
		.alterTable("usage_sum")
		.addColumn("priced", integer, (column) => column.notNull().defaultTo(0))
		.execute();
}

async function createRequests({ schema }: Kysely<Tables>, { counter, integer }: TableKinds): Promise<void> {
	await schema
		.createTable("usage_request")
		.addColumn("sequence", counter as ColumnDataType, (column) => column.primaryKey())
		.addColumn("id", "text", (column) => column.notNull().unique())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("request_id", "text", (column) => column.notNull())
		.addColumn("operation", "text", (column) => column.notNull())
		.addColumn("key_id", "text")
		.addColumn("key_name", "text")
		.addColumn("team", "text")
		.addColumn("organisation", "text")
		.addColumn("route", "text")
		.addColumn("model", "text")
		.addColumn("response_model", "text")
		.addColumn("upstream", "text")
		.addColumn("is_stream", integer, (column) => column.notNull())
		.addColumn("status", integer, (column) => column.notNull())
		.addColumn("outcome", "text", (column) => column.notNull())
		.addColumn("error_code", "text")
		.addColumn("tokens", "text")
		.addColumn("is_estimated", integer, (column) => column.notNull())
		.addColumn("cost", integer)
		.addColumn("duration_ms", integer, (column) => column.notNull())
		.addColumn("first_token_ms", integer)
		.addColumn("attempts", "text", (column) => column.notNull())
		.addColumn("tags", "text", (column) => column.notNull())
		.execute();
	const order: ("created_at" | "sequence")[] = ["created_at", "sequence"];
	await schema.createIndex("usage_request_age").on("usage_request").columns(order).execute();
	for (const column of ["key_id", "team", "model", "route", "upstream"] as const)
		await schema
			.createIndex(`usage_request_${column}`)
			.on("usage_request")
			.columns([column, ...order])
			.where(column, "is not", null)
			.execute();
	// Nearly all requests have the outcome that is left out.
	await schema
		.createIndex("usage_request_outcome")
		.on("usage_request")
		.columns(["outcome", ...order])
		.where(sql.ref("outcome"), "!=", sql.lit("completed"))
		.execute();
}
