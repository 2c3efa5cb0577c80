/** The steps that bring the store's tables up to date, forward only. */
import { type ColumnDataType, type Kysely, sql } from "kysely";
import { createBackground } from "./backgroundSteps.js";
import { addBatchAccounting, createBatches } from "./batchSteps.js";
import { createCache } from "./cacheSteps.js";
import { createCalls } from "./callSteps.js";
import { createConversations, indexConversations } from "./conversationSteps.js";
import { createFiles } from "./fileSteps.js";
import { shareKeyless } from "./keyless.js";
import { addKeyLimits, addKeyPermissions, createKeys } from "./keySteps.js";
import { addResponseRequests, createResponses } from "./responseSteps.js";
import { createSecrets } from "./secretSteps.js";
import type { TableKinds } from "./tableKinds.js";
import type { Tables } from "./tables.js";
import {
	addFileUsage,
	addSessions,
	addUsageCached,
	addUsageKinds,
	addUsagePriced,
	addUsageUnits,
	createUsage,
	dropUsageIndexes,
} from "./usageSteps.js";

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
	addUsageKinds,
	addSessions,
	createCache,
	addUsageCached,
	createResponses,
	createSecrets,
	createBackground,
	createConversations,
	addUsageUnits,
	createFiles,
	createBatches,
	addResponseRequests,
	indexConversations,
	addFileUsage,
	addBatchAccounting,
	createCalls,
	dropUsageIndexes,
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
	// Nearly all records have the status that is left out.
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
