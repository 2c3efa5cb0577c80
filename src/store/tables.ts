/** The store's tables, the same in SQLite and PostgreSQL; `steps.ts` creates them. */
import type { Generated } from "kysely";
import type { BackgroundTables } from "./backgroundTables.js";
import type { BatchTables } from "./batchTables.js";
import type { CacheTables } from "./cacheTables.js";
import type { CallTables } from "./callTypes.js";
import type { ConversationTables } from "./conversationTypes.js";
import type { FileTables } from "./fileTypes.js";
import type { KeyTables } from "./keyTables.js";
import type { ResponseTables } from "./responseTables.js";
import type { SecretTables } from "./secretTypes.js";
import type { UsageTables } from "./usageTables.js";

/**
 * `sequence` counts records in the order they were stored, and orders those of the same second. Texts that people write are kept
 * as JSON: neither database accepts every character of JavaScript's strings, and JSON escapes the others.
 */
export interface Tables
	extends KeyTables,
		UsageTables,
		CacheTables,
		ResponseTables,
		SecretTables,
		BackgroundTables,
		BatchTables,
		ConversationTables,
		FileTables,
		CallTables {
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
	/** A separate table, so that lists read only a few bytes for each record. */
	completion_text: { completion: number; request: string; response: string };
	/** One row for each pair, with the columns that lists are ordered and filtered by, so that an index alone finds a page. */
	completion_metadata: {
		completion: number;
		owner: string;
		key: string;
		value: string;
		created_at: number;
		model: string;
	};
	/** Positions of removed records, so that a client that removes records while paging through them can continue. */
	completion_removed: { id: string; owner: string; created_at: number; sequence: number; removed_at: number };
	/** How many bytes of each journal file have been moved into the tables; empty without a journal. */
	completion_journal: { file: string; bytes: number };
}
