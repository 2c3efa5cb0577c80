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

	/** @returns the ids that were new */
	function addBlock(count: number, parameters: readonly unknown[], ids: readonly string[]): readonly string[] {
		// Nearly always all are new, and SQLite takes long to say which.
		try {
			run(allOf(count), parameters);
			return ids;
		} catch (error) {
			if (!isConflict(error)) throw error;
			return (run(newOf(count), parameters) as { id: string }[]).map(({ id }) => id);
		}
	}

	return async (_transaction, rows) => {
		const known = new Set(rows.map(({ own }) => own[0]));
		const [newest] = run(last, []) as { sequence: number | null }[];
		for (const { shared, rows: alike } of groupsOf(rows, (newest?.sequence ?? 0) + 1))
			for (let at = 0; at < alike.length; at += rowsAtOnce) {
				const block = alike.slice(at, at + rowsAtOnce);
				const parameters: unknown[] = [...shared];
				for (const { sequence, own } of block) parameters.push(sequence, ...own);
				const ids = block.map(({ own }) => own[0]);
				for (const id of addBlock(block.length, parameters, ids)) known.delete(id);
			}
		return known;
	};
}

/** Only placeholders without a number: node:sqlite looks for the names of others at each value. */
function insertOf({ name, own, shared }: RowTable, count: number): string {
	const placesOf = (columns: readonly string[]) => `(${columns.map(() => "?").join(", ")})`;
	const ownColumns = ["sequence", ...own];
	const rows = Array.from({ length: count }, () => placesOf(ownColumns)).join(", ");
	const columns = [...ownColumns, ...shared].join(", ");
	return `with shared (${shared.join(", ")}) as (values ${placesOf(shared)}), own (${ownColumns.join(", ")}) as (values ${rows})
		insert into ${name} (${columns}) select ${columns} from shared cross join own`;
}

interface Group {
	readonly shared: TableRow["shared"];
	/** The sequence keeps the order across groups. */
	readonly rows: { sequence: number; own: TableRow["own"] }[];
}

function groupsOf(rows: readonly TableRow[], firstSequence: number): Iterable<Group> {
	const groups = new Map<string, Group>();
	let sequence = firstSequence;
	let group: Group | undefined;
	for (const { own, shared } of rows) {
		// Often several in a row are alike, which is found faster than their name.
		if (group === undefined || !areSame(group.shared, shared)) {
			const name = nameOf(shared);
			group = groups.get(name) ?? { shared, rows: [] };
			groups.set(name, group);
		}
		group.rows.push({ sequence, own });
		sequence += 1;
	}
	return groups.values();
}

function areSame(one: TableRow["shared"], other: TableRow["shared"]): boolean {
	for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
	return true;
}

/** Different for different values, since no text has a NUL. */
function nameOf(values: TableRow["shared"]): string {
	let name = "";
	// Nothing and an empty text differ.
	for (const value of values) name += value === null ? "\0" : `=${value}\0`;
	return name;
}
