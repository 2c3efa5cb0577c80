/** Turns reserved amounts into the amounts actually used. */
import type { Correction } from "./counters.js";
import type { Claim, Limit } from "./ledger.js";

/** What was taken at one time, by claim. */
export interface Piece {
	readonly at: number;
	readonly amounts: readonly number[];
}

/**
 * Amounts that were not used are given back where they were taken; amounts used in addition count from now on. Concurrency
 * is given back as a whole.
 *
 * @param used by claim; a missing amount is 0
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
		// The amount that was taken last is most likely the one that was not needed.
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
const maxAmount = 1e12;

/**
 * The amount of a limit that counts for a request that is over; 0 for concurrency.
 *
 * @param used as reported; undefined is 0
 * @returns a whole number; undefined if the reported amount is impossible: then the reserved amount counts
 */
export function reallyUsed({ span }: Pick<Limit, "span">, used: number | undefined): number | undefined {
	if (span === "now" || used === undefined) return 0;
	// NaN and infinities arrive as null from another process.
	return typeof used === "number" && used >= 0 && used <= maxAmount ? Math.ceil(used) : undefined;
}

export function sumOf(pieces: readonly Piece[], index: number): number {
	return pieces.reduce((sum, { amounts }) => sum + (amounts[index] ?? 0), 0);
}
