/** Adds responses in as few statements as possible: rows in blocks, through queries that are compiled once. */
import type { Transaction } from "kysely";
import { compiledByCount } from "./compiledByCount.js";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import type { InsertMoved } from "./journalMover.js";
import { type NewResponse, unfinished } from "./responseTypes.js";
import type { Tables } from "./tables.js";

/** A response and its owner. */
export interface ResponseEntry {
	owner: string;
	response: NewResponse;
}

/** Rows in one statement: more would save hardly anything. */
const rowsAtOnce = 32;

const emptyHead = {
	id: "",
	owner: "",
	model: "",
	status: "",
	created_at: 0,
	previous: "",
	thread: "",
	conversation: "",
	home: "",
	input_tokens: 0,
	output_tokens: 0,
	request_id: "",
};
const emptyTexts = { response: 0, input: "", output: "", body: "", output_at: 0, request: "" };
const emptyItem = { owner: "", item: "", response: 0 };

/** Parameters are in the order of the columns above. */
export function responseInserter({ db, run }: Database): InsertMoved<ResponseEntry> {
	const headsOf = compiledByCount((count) =>
		db
			.insertInto("response")
			.values(Array.from({ length: count }, () => emptyHead))
			.onConflict((conflict) =>
				conflict
					.column("id")
					.doUpdateSet((eb) => ({
						status: eb.ref("excluded.status"),
						model: eb.ref("excluded.model"),
						input_tokens: eb.ref("excluded.input_tokens"),
						output_tokens: eb.ref("excluded.output_tokens"),
						request_id: eb.ref("excluded.request_id"),
					}))
					.whereRef("response.owner", "=", "excluded.owner")
					.where("response.status", "in", unfinished)
					.where("excluded.status", "!=", "queued"),
			)
			.returning(["id", "sequence"])
			.compile(),
	);
	const textsOf = compiledByCount((count) =>
		db
			.insertInto("response_text")
			.values(Array.from({ length: count }, () => emptyTexts))
			.onConflict((conflict) =>
				conflict.column("response").doUpdateSet((eb) => ({
					input: eb.ref("excluded.input"),
					output: eb.ref("excluded.output"),
					body: eb.ref("excluded.body"),
					output_at: eb.ref("excluded.output_at"),
					request: eb.ref("excluded.request"),
				})),
			)
			.compile(),
	);
	const itemsOf = compiledByCount((count) =>
		db
			.insertInto("response_item")
			.values(Array.from({ length: count }, () => emptyItem))
			.onConflict((conflict) => conflict.columns(["owner", "item", "response"]).doNothing())
			.compile(),
	);

	async function insertBlock(transaction: Transaction<Tables>, block: ReadonlyMap<string, ResponseEntry>) {
		const constants = [...unfinished, "queued"];
		const heads = [...block.values()].flatMap(headColumns);
		const inserted = (await run(transaction, headsOf(block.size), [...heads, ...constants])) as {
			id: string;
			sequence: number;
		}[];
		if (inserted.length === 0) return;
		const texts: unknown[] = [];
		const items: unknown[][] = [];
		for (const { id, sequence } of inserted) {
			const { owner, response } = block.get(id) as ResponseEntry;
			const { input, output, body, outputAt, request, itemIds } = response;
			texts.push(sequence, String(input), String(output), String(body), outputAt);
			texts.push(request === undefined ? null : String(request));
			for (const item of itemIds) items.push([owner, searchable(item), sequence]);
		}
		await run(transaction, textsOf(inserted.length), texts);
		for (let at = 0; at < items.length; at += rowsAtOnce) {
			const some = items.slice(at, at + rowsAtOnce);
			await run(transaction, itemsOf(some.length), some.flat());
		}
	}

	return async (transaction, entries) => {
		for (let at = 0; at < entries.length; at += rowsAtOnce) {
			const block = new Map<string, ResponseEntry>();
			for (const entry of entries.slice(at, at + rowsAtOnce))
				if (isNewer(entry, block)) block.set(entry.response.id, entry);
			for (const id of await removedOf(transaction, [...block.values()])) block.delete(id);
			if (block.size > 0) await insertBlock(transaction, block);
		}
	};
}

function isNewer({ owner, response: { id } }: ResponseEntry, block: ReadonlyMap<string, ResponseEntry>): boolean {
	const before = block.get(id);
	return before === undefined || (before.owner === owner && unfinished.includes(before.response.status));
}

/** Those that somebody has removed while they were under way. */
async function removedOf(transaction: Transaction<Tables>, entries: readonly ResponseEntry[]): Promise<string[]> {
	const updates = entries.filter(({ response }) => response.isUpdate).map(({ response: { id } }) => id);
	if (updates.length === 0) return [];
	const rows = await transaction.selectFrom("response_removed").select("id").where("id", "in", updates).execute();
	return rows.map(({ id }) => id);
}

function headColumns({ owner, response }: ResponseEntry): unknown[] {
	const { id, model, status, createdAt, previous, thread, conversation, home } = response;
	const { inputTokens, outputTokens, requestId } = response;
	const links = [previous ?? null, thread, conversation ?? null, home ?? null];
	const counts = [inputTokens ?? null, outputTokens ?? null];
	const request = requestId === undefined ? null : searchable(requestId);
	return [id, owner, searchable(model), status, createdAt, ...links, ...counts, request];
}
