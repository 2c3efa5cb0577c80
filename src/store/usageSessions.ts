/** Adds records to the table of sessions: what each has used, and when it was first and last heard of. */
import type { Transaction } from "kysely";
import { compiledByCount } from "./compiledByCount.js";
import type { Database } from "./database.js";
import type { Tables } from "./tables.js";
import { storedNumbers } from "./usageNumbers.js";
import { type AlikeEntries, addAttempt, addRequest, noNumbers, textOf } from "./usageSums.js";

export type SessionRow = Tables["usage_session"];

const rowsAtOnce = 32;
const texts = ["key_id", "key_name", "name", "agent"] as const;
const columns = ["id", ...texts, "first_at", "last_at", ...storedNumbers] as const;
const empty = Object.fromEntries(columns.map((column) => [column, 0])) as never;

/** @returns a row for each session, in the order of ids, so that concurrent transactions can't deadlock */
export function sessionRows(groups: readonly AlikeEntries[]): SessionRow[] {
	const rows = new Map<string, SessionRow>();
	for (const alike of groups) addTo(rows, alike);
	return [...rows.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

function addTo(rows: Map<string, SessionRow>, { facts, entries }: AlikeEntries): void {
	const { session, keyId, keyName, agent } = facts;
	if (session === null) return;
	let row = rows.get(session.id);
	if (row === undefined) {
		row = {
			id: session.id,
			key_id: textOf(keyId),
			key_name: textOf(keyName),
			name: textOf(session.name),
			agent: "",
			first_at: Number.MAX_SAFE_INTEGER,
			last_at: 0,
			...noNumbers,
		};
		rows.set(session.id, row);
	}
	row.agent = textOf(agent);
	for (const entry of entries) {
		row.first_at = Math.min(row.first_at, entry.createdAt);
		row.last_at = Math.max(row.last_at, entry.createdAt);
		addRequest(row, entry);
		for (const attempt of entry.attempts) addAttempt(row, attempt);
	}
}

export function sessionInserter({ db, run }: Database) {
	const queries = compiledByCount((count) =>
		db
			.insertInto("usage_session")
			.values(Array.from({ length: count }, () => empty))
			.onConflict((conflict) =>
				conflict.column("id").doUpdateSet((eb) => {
					const chosen = (name: "first_at" | "last_at", comparison: "<" | ">") =>
						eb
							.case()
							.when(`excluded.${name}`, comparison, eb.ref(`usage_session.${name}`))
							.then(eb.ref(`excluded.${name}`))
							.else(eb.ref(`usage_session.${name}`))
							.end();
					return {
						...Object.fromEntries(
							storedNumbers.map((name) => [name, eb(`usage_session.${name}`, "+", eb.ref(`excluded.${name}`))]),
						),
						first_at: chosen("first_at", "<"),
						last_at: chosen("last_at", ">"),
						key_name: eb.ref("excluded.key_name"),
						agent: eb.ref("excluded.agent"),
					};
				}),
			)
			.compile(),
	);
	return async (transaction: Transaction<Tables>, rows: readonly SessionRow[]): Promise<void> => {
		for (let at = 0; at < rows.length; at += rowsAtOnce) {
			const some = rows.slice(at, at + rowsAtOnce);
			await run(
				transaction,
				queries(some.length),
				some.flatMap((row) => columns.map((column) => row[column])),
			);
		}
	};
}
