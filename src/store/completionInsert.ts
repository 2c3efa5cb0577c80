/** Adds completions in as few statements as possible: rows in blocks, through queries that are compiled once. */
import type { Transaction } from "kysely";
import { compiledByCount } from "./compiledByCount.js";
import { pairsOf, searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import type { NewCompletion } from "./store.js";
import type { Tables } from "./tables.js";

/** A completion and its owner. */
export interface Entry {
	owner: string;
	completion: NewCompletion;
}

/** Adds the entries in order. If two have the same id, the first one wins. */
export type Insert = (transaction: Transaction<Tables>, entries: readonly Entry[]) => Promise<void>;

/** Rows in one statement: more would save hardly anything. */
const rowsAtOnce = 32;

const emptyRecord = {
	id: "",
	owner: "",
	model: "",
	status: "",
	metadata: "",
	created_at: 0,
	prompt_tokens: 0,
	completion_tokens: 0,
	duration_ms: 0,
};
const emptyTexts = { completion: 0, request: "", response: "" };
const emptyPair = { completion: 0, key: "", owner: "", value: "", created_at: 0, model: "" };

/** Parameters are in the order of the columns above. */
export function inserter({ db, run }: Database): Insert {
	const recordsOf = compiledByCount((count) =>
		db
			.insertInto("completion")
			.values(Array.from({ length: count }, () => emptyRecord))
			.onConflict((conflict) => conflict.column("id").doNothing())
			.returning(["id", "sequence"])
			.compile(),
	);
	const textsOf = compiledByCount((count) =>
		db
			.insertInto("completion_text")
			.values(Array.from({ length: count }, () => emptyTexts))
			.compile(),
	);
	const pairsOfCount = compiledByCount((count) =>
		db
			.insertInto("completion_metadata")
			.values(Array.from({ length: count }, () => emptyPair))
			.compile(),
	);

	async function insertBlock(transaction: Transaction<Tables>, block: ReadonlyMap<string, Entry>): Promise<void> {
		const records = [...block.values()].flatMap(recordColumns);
		const inserted = (await run(transaction, recordsOf(block.size), records)) as { id: string; sequence: number }[];
		if (inserted.length === 0) return;
		const texts: unknown[] = [];
		const pairs: unknown[][] = [];
		for (const { id, sequence } of inserted) {
			const { owner, completion } = block.get(id) as Entry;
			const { request, response, metadata, createdAt } = completion;
			const model = searchable(completion.model);
			texts.push(sequence, String(request), String(response));
			for (const { key, value } of pairsOf(metadata)) pairs.push([sequence, key, owner, value, createdAt, model]);
		}
		await run(transaction, textsOf(inserted.length), texts);
		for (let at = 0; at < pairs.length; at += rowsAtOnce) {
			const some = pairs.slice(at, at + rowsAtOnce);
			await run(transaction, pairsOfCount(some.length), some.flat());
		}
	}

	return async (transaction, entries) => {
		for (let at = 0; at < entries.length; at += rowsAtOnce) {
			const block = new Map<string, Entry>();
			for (const entry of entries.slice(at, at + rowsAtOnce))
				if (!block.has(entry.completion.id)) block.set(entry.completion.id, entry);
			await insertBlock(transaction, block);
		}
	};
}

function recordColumns({ owner, completion }: Entry): unknown[] {
	const { id, model, status, metadata, createdAt, promptTokens, completionTokens, durationMs } = completion;
	const tokens = [promptTokens ?? null, completionTokens ?? null];
	return [id, owner, searchable(model), status, JSON.stringify(metadata), createdAt, ...tokens, durationMs];
}
