/** Two texts word by word: how alike they are, and where they differ. */

/** Words with the white space behind them. */
const wordPattern = /\s*\S+|\s+$/g;
/** Comparing costs the product of the lengths; longer middles count as different altogether. */
const mostCells = 16_000_000;
/** Words that are shown of what is the same, on either side of a difference. */
const shownAround = 4;

export interface TextDiff {
	/** Words that are the same, of all words: 1 for equal texts, 0 for texts with nothing in common. */
	similarity: number;
	/** The differences in their surroundings, as `[-old-]` and `{+new+}`. */
	shown: string;
}

type Piece = { kind: "same" | "old" | "new"; words: string[] };

export function diffTexts(before: string, after: string): TextDiff {
	if (before === after) return { similarity: 1, shown: "" };
	const old = before.match(wordPattern) ?? [];
	const young = after.match(wordPattern) ?? [];
	const pieces = compare(old, young);
	const same = pieces.reduce((count, { kind, words }) => count + (kind === "same" ? words.length : 0), 0);
	// Texts that differ in white space alone are not equal either.
	return { similarity: (2 * same) / Math.max(1, old.length + young.length), shown: show(pieces) };
}

function compare(old: string[], young: string[]): Piece[] {
	let start = 0;
	while (start < old.length && old[start] === young[start]) start += 1;
	let end = 0;
	while (end < Math.min(old.length, young.length) - start && old.at(-1 - end) === young.at(-1 - end)) end += 1;
	const pieces: Piece[] = [];
	const add = (kind: Piece["kind"], words: string[]) => {
		const last = pieces.at(-1);
		if (last?.kind === kind) last.words.push(...words);
		else if (words.length > 0) pieces.push({ kind, words });
	};
	add("same", old.slice(0, start));
	compareMiddle(old.slice(start, old.length - end), young.slice(start, young.length - end), add);
	add("same", old.slice(old.length - end));
	return pieces;
}

/** The longest common subsequence, from a table of its lengths. */
function compareMiddle(old: string[], young: string[], add: (kind: Piece["kind"], words: string[]) => void): void {
	const width = young.length + 1;
	if ((old.length + 1) * width > mostCells) {
		add("old", old);
		add("new", young);
		return;
	}
	const lengths = new Uint32Array((old.length + 1) * width);
	const at = (row: number, column: number) => lengths[row * width + column] as number;
	for (let row = old.length - 1; row >= 0; row -= 1)
		for (let column = young.length - 1; column >= 0; column -= 1)
			lengths[row * width + column] =
				old[row] === young[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
	let row = 0;
	let column = 0;
	while (row < old.length && column < young.length) {
		if (old[row] === young[column]) {
			add("same", [old[row] as string]);
			row += 1;
			column += 1;
		} else if (at(row + 1, column) >= at(row, column + 1)) {
			add("old", [old[row] as string]);
			row += 1;
		} else {
			add("new", [young[column] as string]);
			column += 1;
		}
	}
	add("old", old.slice(row));
	add("new", young.slice(column));
}

function show(pieces: Piece[]): string {
	return pieces
		.map(({ kind, words }, place) => {
			if (kind === "old") return `[-${words.join("").trim()}-]`;
			if (kind === "new") return `{+${words.join("").trim()}+}`;
			const isFirst = place === 0;
			const isLast = place === pieces.length - 1;
			if (words.length <= 2 * shownAround) return words.join("").trim();
			const before = isFirst ? "" : words.slice(0, shownAround).join("").trim();
			const after = isLast ? "" : words.slice(-shownAround).join("").trim();
			return [before, "…", after].filter((part) => part !== "").join(" ");
		})
		.join(" ");
}
