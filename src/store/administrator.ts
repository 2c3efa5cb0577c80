/** What administrators change: one change at a time, each with its audit entry, and counted so that all gateways hear of it. */
import type { Transaction } from "kysely";
import { type Administration, type AuditedAction, appendAudit, lockAdministration } from "./auditStore.js";
import type { Database } from "./database.js";
import type { Actor } from "./keyTypes.js";
import type { Tables } from "./tables.js";

export type Act<Result> = (
	transaction: Transaction<Tables>,
	revision: number,
) => Promise<{ result: Result; done?: AuditedAction; columns?: Partial<Administration> }>;

/**
 * @param now milliseconds since the epoch
 * @returns makes one change at a time and appends it to the audit; without `done`, nothing is written
 */
export function administrator({ db, hasRowLocks }: Pick<Database, "db" | "hasRowLocks">, now: () => number) {
	return <Result>(by: Actor, act: Act<Result>): Promise<Result> =>
		db.transaction().execute(async (transaction) => {
			const administration = await lockAdministration(transaction, hasRowLocks);
			const revision = administration.revision + 1;
			const { result, done, columns } = await act(transaction, revision);
			if (done === undefined) return result;
			const chain = await appendAudit(transaction, administration, done, by, Math.floor(now() / 1000));
			await transaction
				.updateTable("administration")
				.set({ revision, ...columns, ...chain })
				.where("number", "=", 1)
				.execute();
			return result;
		});
}
