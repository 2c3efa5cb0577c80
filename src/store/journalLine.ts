/** The first line of a journal's record. */

/** @param lengths members that give the lengths of the texts. @returns undefined if the line begins no record */
export function parseLine<Line>(line: string, lengths: readonly (keyof Line)[]): Line | undefined {
	try {
		const record = JSON.parse(line) as Line | null;
		return lengths.every((name) => Number.isInteger(record?.[name])) ? (record as Line) : undefined;
	} catch {
		return undefined;
	}
}

/** The length of a text in bytes. */
export function bytesIn(text: string | Buffer): number {
	return typeof text === "string" ? Buffer.byteLength(text) : text.length;
}
