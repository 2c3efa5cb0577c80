/** What commands print: text and tables for people, and lines of JSON. */
import { terminalJson } from "../../logging/terminalText.js";
import { table } from "./table.js";

export interface Output {
	/** One or more lines for stdout. */
	print(text: string): void;
	/** A line for the person at the terminal. */
	note(line: string): void;
}

/** Most records that `list` shows unless it is told. */
export const listedAtMost = 20;

/** A table, or lines of JSON. @param nothing is said where there are none */
export function printList<Item>(
	items: readonly Item[],
	{ heads, row, nothing, asJson }: { heads: string[]; row(item: Item): string[]; nothing: string; asJson: boolean },
	{ print, note }: Output,
): void {
	if (asJson) for (const item of items) print(terminalJson(item));
	else if (items.length === 0) note(nothing);
	else print(table([heads, ...items.map(row)]));
}
