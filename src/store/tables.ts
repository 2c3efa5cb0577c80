/** The store's tables, the same in SQLite and PostgreSQL, and the steps that make them. */
import type { ColumnDataType, Generated, Kysely } from "kysely";
import { shareKeyless } from "./keyless.js";
import { addKeyLimits, addKeyPermissions, createKeys, type KeyTables } from "./keyTables.js";
import { sql } from "./kysely.js";
import { addUsagePriced, createUsage, type UsageTables } from "./usageTables.js";

/**
 * `sequence` counts records in the order they were stored, and orders those of the same second. Texts that people wrote
 * freely are kept as JSON: neither database takes every character of JavaScript's strings, and JSON escapes the others.
 */
export interface Tables extends KeyTables, UsageTables {
	prompt: {
		sequence: Generated<number>;
		id: string;
		owner: string;
		name: string;
		/** JSON */
		description: string;
		/** JSON */
		metadata: string;
		created_at: number;
		updated_at: number;
		deleted_at: number | null;
		revision: number;
		latest_version: number;
	};
	prompt_version: {
		prompt: number;
		number: number;
		/** JSON */
		content: string;
		/** JSON */
		comment: string;
		created_at: number;
	};
	prompt_label: { prompt: number; label: string; version: number };
	completion: {
		sequence: Generated<number>;
		id: string;
		owner: string;
		model: string;
		status: string;
		/** JSON */
		metadata: string;
		created_at: number;
		prompt_tokens: number | null;
		completion_tokens: number | null;
		duration_ms: number;
	};
	/** Apart from what lists read, which is a few bytes for each record. */
	completion_text: { completion: number; request: string; response: string };
	/** One row for each pair, with what lists are ordered and filtered by, so that an index alone finds a page. */
	completion_metadata: {
		completion: number;
		owner: string;
		key: string;
		value: string;
		created_at: number;
		model: string;
	};
	/** Where a removed record stood: whoever removes records while paging through them goes on behind it. */
	completion_removed: { id: string; owner: string; created_at: number; sequence: number; removed_at: number };
	/** How many bytes of each of the journal's files have been moved into the tables; without rows where there is no journal. */
	completion_journal: { file: string; bytes: number };
}

/** What a step has to know of the database it runs on. */
export interface TableKinds {
	/** A column that counts by itself. */
	readonly counter: ColumnDataType | ReturnType<typeof sql>;
	/** A number as large as JavaScript's. */
	readonly integer: ColumnDataType;
	/** Behind a table that is looked up by its primary key alone. */
	readonly clustered: string;
	/** Statements that let rows be added to a table, and none be changed or removed. */
	appendOnly(table: string): string[];
}

type Step = (db: Kysely<Tables>, kinds: TableKinds) => Promise<void>;

/** Never changed once released: a step's number is the version of the tables after it. */
export const steps: readonly Step[] = [
	createTables,
	createJournal,
	createKeys,
	createUsage,
	addKeyLimits,
	addKeyPermissions,
	shareKeyless,
	addUsagePriced,
];

async function createTables(db: Kysely<Tables>, { counter, integer, clustered }: TableKinds): Promise<void> {
	const { schema } = db;
	const sequence = counter as ColumnDataType;
	await schema
		.createTable("prompt")
		.addColumn("sequence", sequence, (column) => column.primaryKey())
		.addColumn("id", "text", (column) => column.notNull().unique())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("name", "text", (column) => column.notNull())
		.addColumn("description", "text", (column) => column.notNull())
		.addColumn("metadata", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("updated_at", integer, (column) => column.notNull())
		.addColumn("deleted_at", integer)
		.addColumn("revision", integer, (column) => column.notNull())
		.addColumn("latest_version", integer, (column) => column.notNull())
		.execute();
	await schema.createIndex("prompt_owner").on("prompt").columns(["owner", "sequence"]).execute();
	// A deleted prompt's name is free for another.
	await schema
		.createIndex("prompt_name")
		.unique()
		.on("prompt")
		.columns(["owner", "name"])
		.where(sql.ref("deleted_at"), "is", null)
		.execute();
	await schema
		.createTable("prompt_version")
		.addColumn("prompt", integer, (column) => column.notNull())
		.addColumn("number", integer, (column) => column.notNull())
		.addColumn("content", "text", (column) => column.notNull())
		.addColumn("comment", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addPrimaryKeyConstraint("prompt_version_key", ["prompt", "number"])
		.execute();
	await schema
		.createTable("prompt_label")
		.addColumn("prompt", integer, (column) => column.notNull())
		.addColumn("label", "text", (column) => column.notNull())
		.addColumn("version", integer, (column) => column.notNull())
		.addPrimaryKeyConstraint("prompt_label_key", ["prompt", "label"])
		.modifyEnd(sql.raw(clustered))
		.execute();

	await schema
		.createTable("completion")
		.addColumn("sequence", sequence, (column) => column.primaryKey())
		.addColumn("id", "text", (column) => column.notNull().unique())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("model", "text", (column) => column.notNull())
		.addColumn("status", "text", (column) => column.notNull())
		.addColumn("metadata", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("prompt_tokens", integer)
		.addColumn("completion_tokens", integer)
		.addColumn("duration_ms", "double precision", (column) => column.notNull())
		.execute();
	const order: ("created_at" | "sequence")[] = ["created_at", "sequence"];
	await schema.createIndex("completion_age").on("completion").columns(order).execute();
	await schema
		.createIndex("completion_owner")
		.on("completion")
		.columns(["owner", ...order])
		.execute();
	await schema
		.createIndex("completion_model")
		.on("completion")
		.columns(["owner", "model", ...order])
		.execute();
	// The others are nearly all.
	await schema
		.createIndex("completion_status")
		.on("completion")
		.columns(["owner", "status", ...order])
		.where(sql.ref("status"), "!=", sql.lit("completed"))
		.execute();
	await schema
		.createTable("completion_text")
		.addColumn("completion", integer === "bigint" ? "bigint" : "integer", (column) => column.primaryKey())
		.addColumn("request", "text", (column) => column.notNull())
		.addColumn("response", "text", (column) => column.notNull())
		.execute();
	await schema
		.createTable("completion_metadata")
		.addColumn("completion", integer, (column) => column.notNull())
		.addColumn("key", "text", (column) => column.notNull())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("value", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("model", "text", (column) => column.notNull())
		.addPrimaryKeyConstraint("completion_metadata_key", ["completion", "key"])
		.modifyEnd(sql.raw(clustered))
		.execute();
	await schema
		.createIndex("completion_metadata_value")
		.on("completion_metadata")
		.columns(["owner", "key", "value", "created_at", "completion", "model"])
		.execute();
	await schema
		.createTable("completion_removed")
		.addColumn("id", "text", (column) => column.primaryKey())
		.addColumn("owner", "text", (column) => column.notNull())
		.addColumn("created_at", integer, (column) => column.notNull())
		.addColumn("sequence", integer, (column) => column.notNull())
		.addColumn("removed_at", integer, (column) => column.notNull())
		.modifyEnd(sql.raw(clustered))
		.execute();
	await schema.createIndex("completion_removed_age").on("completion_removed").column("removed_at").execute();
}

async function createJournal({ schema }: Kysely<Tables>, { integer, clustered }: TableKinds): Promise<void> {
	await schema
		.createTable("completion_journal")
		.addColumn("file", "text", (column) => column.primaryKey())
		.addColumn("bytes", integer, (column) => column.notNull())
		.modifyEnd(sql.raw(clustered))
		.execute();
}
