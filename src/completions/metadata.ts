/** The notes that are kept with a completion. */
import type { Metadata } from "../store/page.js";

/** The pairs of text in a request's `metadata`; the contract has seen to their number and length. */
export function readMetadata(given: unknown): Metadata {
	if (typeof given !== "object" || given === null) return {};
	const pairs = Object.entries(given).filter((pair): pair is [string, string] => typeof pair[1] === "string");
	return Object.fromEntries(pairs);
}
