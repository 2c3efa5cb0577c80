/** Adds many rows in PostgreSQL: as one text of JSON, since each further parameter costs this process more than its value. */
import { sql, type Transaction } from "kysely";
import type { AddRows, RowTable, TableRow } from "./rowTable.js";
import type { Tables } from "./tables.js";

export function postgresRowAdder(schema: string, { name, own, shared, numbers }: RowTable): AddRows {
	const columns = [...own, ...shared];
	const values = columns.map((column, at) => {
		const value = sql`line.value ->> ${sql.lit(at)}`;
		return numbers.has(column) ? sql`(${value})::bigint` : value;
	});
	return async (transaction: Transaction<Tables>, rows) => {
		const { rows: added } = await sql<{ id: string }>`
			insert into ${sql.table(`${schema}.${name}`)} (${sql.join(columns.map((column) => sql.ref(column)))})
			select ${sql.join(values)} from jsonb_array_elements(${jsonOf(rows)}::jsonb) as line (value)
			on conflict (id) do nothing returning id`.execute(transaction);
		const known = new Set(rows.map((row) => row.own[0]));
		for (const { id } of added) known.delete(id);
		return known;
	};
}

/** How JSON writes half a character, which PostgreSQL refuses. */
const halfCharacter = /\\ud[89a-f]/;

function jsonOf(rows: readonly TableRow[]): string {
	const lines = rows.map(({ own, shared }) => [...own, ...shared]);
	const text = JSON.stringify(lines);
	if (!halfCharacter.test(text)) return text;
	return JSON.stringify(lines, (_name, value) => (typeof value === "string" ? wholeCharacters(value) : value));
}

function wholeCharacters(text: string): string {
	return Buffer.from(text).toString();
}
