/** Two texts word by word: how alike they are, and where they differ. */
import { diffArrays } from "diff";

/** Words with the white space before them. */
const wordPattern = /\s*\S+|\s+$/g;
/** Long texts with little in common take longest; beyond this they count as different altogether. */
const patienceMs = 1_000;
/** Words that are shown of what is the same, on either side of a difference. */
const shownAround = 4;

export interface TextDiff {
	/** Words that are the same, of all words: 1 for equal texts, 0 for texts with nothing in common. */
	similarity: number;
	/** The differences in their surroundings, as `[-old-]` and `{+new+}`. */
	shown: string;
}

interface Piece {
	value: string[];
	added: boolean;
	removed: boolean;
}

export function diffTexts(before: string, after: string): TextDiff {
	if (before === after) return { similarity: 1, shown: "" };
	const old = before.match(wordPattern) ?? [];
	const young = after.match(wordPattern) ?? [];
	const pieces: Piece[] = diffArrays(old, young, { timeout: patienceMs }) ?? [
		{ value: old, added: false, removed: true },
		{ value: young, added: true, removed: false },
	];
	const same = pieces.reduce((count, { value, added, removed }) => count + (added || removed ? 0 : value.length), 0);
	return { similarity: (2 * same) / (old.length + young.length), shown: pieces.map(show).join(" ") };
}

function show({ value, added, removed }: Piece, place: number, { length }: Piece[]): string {
	const text = value.join("").trim();
	if (removed) return `[-${text}-]`;
	if (added) return `{+${text}+}`;
	if (value.length <= 2 * shownAround) return text;
	const before = place === 0 ? "" : value.slice(0, shownAround).join("").trim();
	const after = place === length - 1 ? "" : value.slice(-shownAround).join("").trim();
	return [before, "…", after].filter((part) => part !== "").join(" ");
}
