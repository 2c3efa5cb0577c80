/** Rows as columns of text. */
import { terminalLine } from "../../logging/terminalText.js";

/**
 * What stands in the cells may be anybody's words; a terminal shows it and does nothing.
 *
 * @param given the first row is the head; a column whose every cell is a number, with or without a unit of one letter, stands to the right
 */
export function table(given: readonly (readonly string[])[]): string {
	const rows = given.map((row) => row.map(terminalLine));
	const [head = [], ...body] = rows;
	const columns = head.map((name, place) => {
		const cells = body.map((row) => row[place] ?? "");
		const isNumber = cells.length > 0 && cells.every((cell) => /^[-+$\d.,%\s→]*( [a-z])?$|^–$/.test(cell));
		return { width: Math.max(name.length, ...cells.map(({ length }) => length)), isNumber };
	});
	return rows
		.map((row) =>
			columns
				.map(({ width, isNumber }, place) => (row[place] ?? "")[isNumber ? "padStart" : "padEnd"](width))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}
