/** Notes in the audit what the sender of a request has done. */
import { messageOf } from "../errors/problem.js";
import { type Store, StoreError } from "../store/store.js";
import type { Exchange } from "./exchange.js";

export interface AuditServices {
	readonly store: Pick<Store, "audit">;
	complain(line: string): void;
}

/** What is done stays done, whether or not the audit has room for it. @param after what is said of it */
export async function noteInAudit(
	{ store, complain }: AuditServices,
	{ actor, caller, clientAddress, id }: Exchange,
	action: string,
	after: object,
): Promise<void> {
	const who = actor ?? { name: caller?.keyName ?? "without a key", address: clientAddress, requestId: id };
	try {
		await store.audit.add(action, after, who);
	} catch (error) {
		// The store itself says what is wrong with it.
		if (!(error instanceof StoreError)) complain(`the audit of ${action}: ${messageOf(error)}`);
	}
}
