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
		const taken = sumOf(pieces, index);
		const more = (reallyUsed(limit, used[index]) ?? taken) - taken;
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

/** Counters are sums: one number that makes no sense must not spoil them. */
const mostAmount = 1e12;

/**
 * Of a request that is over, which is no longer under way, whatever is said.
 *
 * @param said undefined is 0
 * @returns a whole number; undefined if what is said can't be: then what was reserved counts
 */
export function reallyUsed({ span }: Pick<Limit, "span">, said: number | undefined): number | undefined {
	if (span === "now" || said === undefined) return 0;
	// Between processes, what is not a number is null.
	return typeof said === "number" && said >= 0 && said <= mostAmount ? Math.ceil(said) : undefined;
}

export function sumOf(pieces: readonly Piece[], index: number): number {
	return pieces.reduce((sum, { amounts }) => sum + (amounts[index] ?? 0), 0);
}
