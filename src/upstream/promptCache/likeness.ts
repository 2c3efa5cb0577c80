/** How far a prompt is the same as an earlier one. */
import type { Chain } from "./chain.js";

/** A block that is another one now, or is no more. */
export interface Changed {
	/** Which kind of block: a place in `heads`, or the one after them for messages. */
	readonly section: number;
	/** Its place among those of its kind. */
	readonly index: number;
	/** Its place among all blocks of the earlier prompt. */
	readonly past: number;
}

export interface Likeness {
	/** The first block that is another one; undefined if all that both have is the same. */
	readonly changed: Changed | undefined;
	/** Whether the prompt goes on with the earlier one, rather than with another conversation. */
	readonly isSame: boolean;
	/** Blocks that are the same, at the beginning and in all. */
	readonly shared: number;
	readonly equal: number;
}

type Blocks = Pick<Chain, "heads" | "hashes">;

export function likenessOf(now: Blocks, before: Blocks): Likeness {
	let changed: Changed | undefined;
	let shared = 0;
	let equal = 0;
	let at = 0;
	let past = 0;
	/** Compares those of one kind. @param count how many of them there are to compare */
	const compare = (section: number, count: number, here: number, there: number) => {
		for (let index = 0; index < count; index += 1) {
			const hash = index < here ? now.hashes[at + index] : undefined;
			if (hash !== (index < there ? before.hashes[past + index] : undefined))
				changed ??= { section, index, past: past + index };
			// A setting that neither has is no likeness.
			else if (hash !== 0) equal += 1;
			if (changed === undefined && hash !== 0) shared += 1;
		}
		at += here;
		past += there;
	};
	for (const [section, here] of now.heads.entries()) {
		const there = before.heads[section] ?? 0;
		compare(section, Math.max(here, there), here, there);
	}
	const headEqual = equal;
	const here = now.hashes.length - at;
	const there = before.hashes.length - past;
	// A history that has become longer, or shorter, has not changed.
	const both = Math.min(here, there);
	compare(now.heads.length, both, here, there);
	// Other instructions and tools with the same messages are the same conversation; the same with other messages are another one.
	const isSame = both > 0 && (equal > headEqual || changed === undefined);
	return { changed, isSame, shared, equal };
}
