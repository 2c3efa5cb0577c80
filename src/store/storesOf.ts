/** The stores of one database. In one module, so that a process which opens a database finds, opens and compiles one file for them all. */
import { auditStore } from "./auditStore.js";
import { backgroundStore } from "./backgroundStore.js";
import { batchStore } from "./batchStore.js";
import { cacheStore } from "./cacheStore.js";
import { callStore } from "./callStore.js";
import { conversationStore } from "./conversationStore.js";
import type { Database } from "./database.js";
import { fileStore } from "./fileStore.js";
import { keyStore } from "./keyStore.js";
import { promptStore } from "./promptStore.js";
import { openRecords } from "./records.js";
import { secretStore } from "./secretStore.js";
import { sessionStore } from "./sessionStore.js";
import { usageStore } from "./usageStore.js";
import { webhookStore } from "./webhookStore.js";

/**
 * @param folder where journals are; undefined for a database that needs none
 * @param now milliseconds since the epoch
 */
export function storesOf(database: Database, folder: string | undefined, now: () => number) {
	return {
		...openRecords(database, folder, now),
		prompts: promptStore(database, now),
		keys: keyStore(database, now),
		audit: auditStore(database, now),
		usage: usageStore(database, now),
		cache: cacheStore(database, now),
		sessions: sessionStore(database, now),
		secrets: secretStore(database, now),
		conversations: conversationStore(database, now),
		background: backgroundStore(database, now),
		webhooks: webhookStore(database, now),
		batches: batchStore(database, now),
		files: fileStore(database, now),
		calls: callStore(database, now),
	};
}
