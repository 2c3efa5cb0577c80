/** Adds many rows in SQLite. Handing over a value costs more than storing it, so rows that share values do so in the statement too. */
import { compiledByCount } from "./compiledByCount.js";
import type { AddRows, RowTable, TableRow } from "./rowTable.js";

/** Rows in one statement: more would save hardly anything. */
const rowsAtOnce = 32;

/** @param isConflict whether an error means that an id is there already */
export function sqliteRowAdder(
	run: (text: string, parameters: readonly unknown[]) => unknown[],
	isConflict: (error: unknown) => boolean,
	table: RowTable,
): AddRows {
	const statements = (end: string) => compiledByCount((count) => insertOf(table, count) + end);
	const allOf = statements("");
	const newOf = statements(" where true on conflict (id) do nothing returning id");
	const last = `select max(sequence) as sequence from ${table.name}`;

	/** @returns the ids that were there already */
	function addBlock(shared: TableRow["shared"], block: readonly OwnRow[]): readonly string[] {
		const parameters: unknown[] = [...shared];
		for (const { sequence, own } of block) parameters.push(sequence, ...own);
		// Nearly always all are new, and SQLite takes long to say which.
		try {
			run(allOf(block.length), parameters);
			return [];
		} catch (error) {
			if (!isConflict(error)) throw error;
			const added = new Set((run(newOf(block.length), parameters) as { id: string }[]).map(({ id }) => id));
			return block.map(({ own }) => own[0]).filter((id) => !added.has(id));
		}
	}

	return async (_transaction, rows) => {
		const known = new Set<string>();
		const [newest] = run(last, []) as { sequence: number | null }[];
		for (const [shared, alike] of alikeRows(rows, (newest?.sequence ?? 0) + 1))
			for (let at = 0; at < alike.length; at += rowsAtOnce)
				for (const id of addBlock(shared, alike.slice(at, at + rowsAtOnce))) known.add(id);
		return known;
	};
}

/**
 * Shared values are parameters of the select, which is read row by row: as a table of its own, SQLite would first copy all rows
 * into one. Only placeholders without a number: node:sqlite looks for the names of others at each value.
 */
function insertOf({ name, own, shared }: RowTable, count: number): string {
	const placesOf = (columns: readonly string[]) => columns.map(() => "?").join(", ");
	const ownColumns = ["sequence", ...own];
	const rows = Array.from({ length: count }, () => `(${placesOf(ownColumns)})`).join(", ");
	return `insert into ${name} (${[...shared, ...ownColumns].join(", ")})
		select ${placesOf(shared)}, * from (values ${rows})`;
}

interface OwnRow {
	/** Keeps the order across groups. */
	readonly sequence: number;
	readonly own: TableRow["own"];
}

/** @returns rows by the values they share */
function alikeRows(rows: readonly TableRow[], firstSequence: number): Map<TableRow["shared"], OwnRow[]> {
	const groups = new Map<TableRow["shared"], OwnRow[]>();
	let sequence = firstSequence;
	for (const { own, shared } of rows) {
		const row = { sequence, own };
		const alike = groups.get(shared);
		if (alike === undefined) groups.set(shared, [row]);
		else alike.push(row);
		sequence += 1;
	}
	return groups;
}
