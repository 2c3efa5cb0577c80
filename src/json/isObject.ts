/** Distinguishes JSON objects from other values. */

/** @returns false for null and arrays */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
