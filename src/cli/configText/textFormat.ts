/** A format of configuration files, and what can be wrong with a text in it. */

export type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };

/** Names of members, and places in lists. */
export type Path = readonly (string | number)[];

export interface TextFormat {
	/** @throws FormatError */
	read(text: string): unknown;
	/** Sets one member. An index that is the length of a list adds to it. @throws FormatError */
	set(text: string, path: Path, value: Value): string;
}

export class FormatError extends Error {
	/** @param offset where in the text */
	constructor(
		message: string,
		readonly offset?: number,
	) {
		super(message);
	}

	/** `:3:5`; empty if the place isn't known. */
	placeIn(text: string): string {
		if (this.offset === undefined) return "";
		const lines = text.slice(0, this.offset).split("\n");
		return `:${lines.length}:${(lines.at(-1) as string).length + 1}`;
	}
}
