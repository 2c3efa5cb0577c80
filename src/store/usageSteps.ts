/** The steps that create the tables of usage. */
import { type ColumnDataType, type Kysely, sql } from "kysely";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";
import { agentKeys, usageKeys } from "./usageTables.js";

/** Those that this step has always created: a step never changes, while the numbers grow. */
const firstNumbers = [
	"requests",
	"failed",
	"cancelled",
	"refused",
	"attempts",
	"estimated",
	"input_tokens",
	"cached_tokens",
	"audio_input_tokens",
	"output_tokens",
	"reasoning_tokens",
	"audio_output_tokens",
	"cost",
	"duration_ms",
];

export async function createUsage(db: Kysely<Tables>, kinds: TableKinds): Promise<void> {
	await createRequests(db, kinds);
	const { integer, clustered } = kinds;
	let table = db.schema.createTable("usage_sum");
	for (const key of usageKeys) {
		const isNumber = key === "width" || key === "starts_at";
		table = table.addColumn(key, isNumber ? integer : "text", (column) => column.notNull());
	}
	table = table.addColumn("key_name", "text", (column) => column.notNull());
	for (const number of firstNumbers) table = table.addColumn(number, integer, (column) => column.notNull());
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

/** For tables of the first release, which counted fewer kinds of tokens. */
export async function addUsageKinds({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	for (const name of ["cache_write_tokens", "cache_write_1h_tokens", "image_input_tokens", "image_output_tokens"])
		await schema
			.alterTable("usage_sum")
			.addColumn(name, integer, (column) => column.notNull().defaultTo(0))
			.execute();
}

/** For tables of the first release, whose gateways kept no answers for equal requests. */
export async function addUsageCached({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	await schema.alterTable("usage_request").addColumn("cached", "text").execute();
	for (const table of ["usage_sum", "usage_agent_sum", "usage_session"])
		for (const name of ["cached_requests", "saved"])
			await schema
				.alterTable(table)
				.addColumn(name, integer, (column) => column.notNull().defaultTo(0))
				.execute();
}

/** For tables of the releases that counted tokens alone. */
export async function addUsageUnits({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	for (const table of ["usage_sum", "usage_agent_sum", "usage_session"])
		for (const name of ["search_units", "characters", "audio_seconds", "images"])
			await schema
				.alterTable(table)
				.addColumn(name, integer, (column) => column.notNull().defaultTo(0))
				.execute();
}

/** For tables of the releases whose files and batches left no usage. */
export async function addFileUsage({ schema }: Kysely<Tables>, { integer }: TableKinds): Promise<void> {
	await schema.alterTable("usage_request").addColumn("own_units", "text").execute();
	for (const table of ["usage_sum", "usage_agent_sum", "usage_session"])
		await schema
			.alterTable(table)
			.addColumn("file_bytes", integer, (column) => column.notNull().defaultTo(0))
			.execute();
}

/** For tables of the releases that knew no sessions of agents. */
export async function addSessions(db: Kysely<Tables>, { integer, clustered }: TableKinds): Promise<void> {
	const { schema } = db;
	for (const column of ["session", "session_name", "agent", "subagent"])
		await schema.alterTable("usage_request").addColumn(column, "text").execute();
	await schema
		.createIndex("usage_request_session")
		.on("usage_request")
		.columns(["session", "created_at", "sequence"])
		.where("session", "is not", null)
		.execute();
	let sums = schema.createTable("usage_agent_sum");
	for (const key of agentKeys) {
		const isNumber = key === "width" || key === "starts_at";
		sums = sums.addColumn(key, isNumber ? integer : "text", (column) => column.notNull());
	}
	for (const name of ["key_name", "session_name"]) sums = sums.addColumn(name, "text", (column) => column.notNull());
	for (const number of sessionNumbers) sums = sums.addColumn(number, integer, (column) => column.notNull());
	await sums
		.addPrimaryKeyConstraint("usage_agent_sum_key", [...agentKeys] as never[])
		.modifyEnd(sql.raw(clustered))
		.execute();
	await schema.createIndex("usage_agent_sum_session").on("usage_agent_sum").columns(["session", "width"]).execute();
	await createSessions(db, { integer, clustered });
}

async function createSessions(
	{ schema }: Kysely<Tables>,
	{ integer, clustered }: Pick<TableKinds, "integer" | "clustered">,
): Promise<void> {
	let sessions = schema.createTable("usage_session").addColumn("id", "text", (column) => column.primaryKey());
	for (const name of ["key_id", "key_name", "name", "agent"])
		sessions = sessions.addColumn(name, "text", (column) => column.notNull());
	for (const number of ["first_at", "last_at", ...sessionNumbers])
		sessions = sessions.addColumn(number, integer, (column) => column.notNull());
	await sessions.modifyEnd(sql.raw(clustered)).execute();
	for (const columns of [["last_at", "id"], ["key_id", "last_at"], ["name"]] as const)
		await schema
			.createIndex(`usage_session_${columns[0]}`)
			.on("usage_session")
			.columns([...columns])
			.execute();
	await schema
		.createTable("session_stop")
		.addColumn("id", "text", (column) => column.primaryKey())
		.addColumn("until", integer, (column) => column.notNull())
		.addColumn("reason", "text")
		.modifyEnd(sql.raw(clustered))
		.execute();
}

/** Most requests have the same, and sums know the minutes of the others without an entry for each request. */
export async function dropUsageIndexes({ schema }: Kysely<Tables>): Promise<void> {
	for (const column of ["route", "upstream"]) await schema.dropIndex(`usage_request_${column}`).ifExists().execute();
}

/** Those that sessions' tables were created with: a step never changes, while the numbers grow. */
const sessionNumbers = [
	...firstNumbers,
	"cache_write_tokens",
	"cache_write_1h_tokens",
	"image_input_tokens",
	"image_output_tokens",
	"priced",
];

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
