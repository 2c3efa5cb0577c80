/** The step that creates the tables of batches. */
import { type ColumnDataType, type Kysely, sql } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";

export async function createBatches(db: Kysely<Tables>, kinds: TableKinds): Promise<void> {
	await createBatch(db, kinds);
	await createLines(db, kinds);
}

/** For tables of the releases that left the usage of upstreams' batches to the upstreams. */
export async function addBatchAccounting({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	for (const name of ["key_id", "organisation"]) await schema.alterTable("batch").addColumn(name, "text").execute();
	await schema
		.alterTable("batch")
		.addColumn("is_accounted", integer, (column) => column.notNull().defaultTo(0))
		.execute();
}

async function createBatch({ schema }: Kysely<Tables>, { counter, integer }: TableKinds): Promise<void> {
	let table = schema
		.createTable("batch")
		.addColumn("sequence", counter as ColumnDataType, (column) => column.primaryKey())
		.addColumn("id", "text", (column) => column.notNull().unique());
	for (const name of [
		"owner",
		"kind",
		"endpoint",
		"status",
		"completion_window",
		"moments",
		"faults",
		"task",
		"holder",
	])
		table = table.addColumn(name, "text", (column) => column.notNull());
	for (const name of [
		"metadata",
		"upstream",
		"snapshot",
		"input_file",
		"output_file",
		"error_file",
		"model",
		"key_name",
		"team",
	])
		table = table.addColumn(name, "text");
	for (const name of ["is_cancelling", "created_at", "expires_at", ...counts])
		table = table.addColumn(name, integer, (column) => column.notNull());
	await table.addColumn("lease_until", integer).addColumn("ended_at", integer).execute();
	await schema.createIndex("batch_owner").on("batch").columns(["owner", "sequence"]).execute();
	// Those that are over are not in it.
	await schema
		.createIndex("batch_lease")
		.on("batch")
		.column("lease_until")
		.where(sql.ref("lease_until"), "is not", null)
		.execute();
	await schema.createIndex("batch_age").on("batch").column("ended_at").execute();
}

const counts = [
	...["total", "completed", "failed"],
	...["input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"],
];

async function createLines({ schema }: Kysely<Tables>, { integer, clustered }: TableKinds): Promise<void> {
	await schema
		.createTable("batch_line")
		.addColumn("batch", integer, (column) => column.notNull())
		.addColumn("number", integer, (column) => column.notNull())
		.addColumn("custom_id", "text", (column) => column.notNull())
		.addColumn("request", "text", (column) => column.notNull())
		.addPrimaryKeyConstraint("batch_line_key", ["batch", "number"])
		.modifyEnd(sql.raw(clustered))
		.execute();
	await schema
		.createTable("batch_answer")
		.addColumn("batch", integer, (column) => column.notNull())
		.addColumn("number", integer, (column) => column.notNull())
		.addColumn("is_failed", integer, (column) => column.notNull())
		.addColumn("status", integer, (column) => column.notNull())
		.addColumn("request_id", "text", (column) => column.notNull())
		.addColumn("body", "text", (column) => column.notNull())
		.addPrimaryKeyConstraint("batch_answer_key", ["batch", "number"])
		.modifyEnd(sql.raw(clustered))
		.execute();
}
