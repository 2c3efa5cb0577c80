/** What makes of that which was reserved that which was used. */
import type { Correction } from "./counters.js";
import type { Claim, Limit } from "./ledger.js";

/** What was taken at one time, by claim. */
export interface Piece {
	readonly at: number;
	readonly amounts: readonly number[];
}

/**
 * What is less is given back where it was taken; what is more counts from now on. What is under way is over.
 *
 * @param used by claim; what isn't said is 0
 */
export function correctionsOf(
	claims: readonly Claim[],
	pieces: readonly Piece[],
	used: readonly number[],
	now: number,
): Correction[] {
	const corrections: Correction[] = [];
	for (const [index, { limit }] of claims.entries()) {
		const really = reallyUsed(limit, used[index]);
		const more = really - sumOf(pieces, index);
		if (more > 0) corrections.push({ limit, amount: more, at: now });
		let less = -more;
		// What was taken last is most likely what was not needed.
		for (let last = pieces.length - 1; last >= 0 && less > 0; last -= 1) {
			const { at, amounts } = pieces[last] as Piece;
			const amount = Math.min(less, amounts[index] ?? 0);
			if (amount > 0) corrections.push({ limit, amount: -amount, at });
			less -= amount;
		}
	}
	return corrections;
}

/** Of a request that is over, which is no longer under way, whatever is said. @param said nothing is 0 */
export function reallyUsed({ span }: Pick<Limit, "span">, said: number | undefined): number {
	return span === "now" ? 0 : (said ?? 0);
}

export function sumOf(pieces: readonly Piece[], index: number): number {
	return pieces.reduce((sum, { amounts }) => sum + (amounts[index] ?? 0), 0);
}
