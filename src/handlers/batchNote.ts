/** Notes in the audit who has made a batch, and which administrator has cancelled one. */
import { type AuditServices, noteInAudit } from "../exchange/auditNote.js";
import type { Exchange } from "../exchange/exchange.js";
import type { BatchRecord } from "../store/batchTypes.js";

export function noteBatch(
	services: AuditServices,
	exchange: Exchange,
	action: "batch.created" | "batch.cancelled",
	{ id, endpoint, keyName, upstream }: BatchRecord,
): Promise<void> {
	const after = { batch: id, endpoint, key: keyName ?? null, upstream: upstream ?? null };
	return noteInAudit(services, exchange, action, after);
}
