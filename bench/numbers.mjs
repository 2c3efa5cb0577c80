/** Small statistics and the way numbers are shown. */

/**
 * @param {number[]} values
 * @param {number} share 0.5 for the median
 */
export function quantile(values, share) {
	const sorted = Float64Array.from(values).sort();
	if (sorted.length === 0) return Number.NaN;
	const place = (sorted.length - 1) * share;
	const below = sorted[Math.floor(place)] ?? Number.NaN;
	const above = sorted[Math.ceil(place)] ?? Number.NaN;
	return below + (above - below) * (place - Math.floor(place));
}

/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5);

/**
 * The median of each numeric field, and the last value of every other.
 * @template {Record<string, any>} T
 * @param {T[]} records
 * @returns {T}
 */
export function medianOfFields(records) {
	const last = records.at(-1);
	if (!last) throw new Error("no round was measured");
	const entries = Object.entries(last).map(([key, value]) => {
		if (typeof value !== "number") return [key, value];
		return [key, median(records.map((record) => record[key]))];
	});
	return Object.fromEntries(entries);
}

/**
 * Shown with thousands separators, with decimals only where the number is small.
 * @param {unknown} value
 */
export function show(value) {
	if (typeof value !== "number") return value === undefined ? "-" : String(value);
	if (!Number.isFinite(value)) return "-";
	const size = Math.abs(value);
	const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2;
	return value.toLocaleString("en-US", {
		minimumFractionDigits: digits,
		maximumFractionDigits: digits,
	});
}
