/** What answers use besides tokens, in the units that vendors bill. */

/**
 * `search_units`: a query with up to 100 documents; `characters`: of a text that is spoken; `file_bytes`: of a file that is sent or
 * fetched, which nobody bills.
 */
export const unitNames = ["search_units", "characters", "audio_seconds", "images", "file_bytes"] as const;
export type Unit = (typeof unitNames)[number];

export type UnitCounts = Readonly<Partial<Record<Unit, number>>>;

export interface UsedUnits {
	readonly counts: UnitCounts;
	/** What the price of a unit depends on, such as an image's size and quality: `1024x1024/high`. */
	readonly variant?: string | undefined;
}

/** The sum over several attempts; undefined if none has used any. */
export function sumOfUnits(all: readonly { readonly units?: UnitCounts | undefined | null }[]): UnitCounts | undefined {
	let sum: Partial<Record<Unit, number>> | undefined;
	for (const { units } of all) {
		if (!units || Object.keys(units).length === 0) continue;
		sum ??= {};
		for (const [unit, count] of Object.entries(units) as [Unit, number][]) sum[unit] = (sum[unit] ?? 0) + count;
	}
	return sum;
}
