/** The known name that was probably meant. */

/** @returns the known name that is at most two edits (one for short names) away, if there is one. */
export function closest(name: string, known: Iterable<string>): string | undefined {
	let best: string | undefined;
	let least = name.length > 5 ? 3 : 2;
	for (const candidate of known) {
		const edits = editsBetween(name.toLowerCase(), candidate.toLowerCase());
		if (edits >= least) continue;
		least = edits;
		best = candidate;
	}
	return best;
}

/** Letters to add, drop, change or swap with their neighbour (the optimal string alignment distance). */
function editsBetween(from: string, to: string): number {
	let before: number[] = [];
	let last = Array.from({ length: to.length + 1 }, (_unused, column) => column);
	for (let row = 1; row <= from.length; row += 1) {
		const next = [row];
		for (let column = 1; column <= to.length; column += 1) {
			const at = (costs: readonly number[], index: number) => costs[index] ?? Number.POSITIVE_INFINITY;
			const change = from[row - 1] === to[column - 1] ? 0 : 1;
			const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
			next.push(
				Math.min(
					at(last, column) + 1,
					at(next, column - 1) + 1,
					at(last, column - 1) + change,
					isSwap ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
				),
			);
		}
		before = last;
		last = next;
	}
	return last.at(-1) ?? 0;
}
