/** The metadata that is stored with a completion. */
import type { Metadata } from "../store/page.js";

/** @returns the pairs of a request's `metadata` whose value is text; the contract limits their number and length */
export function readMetadata(metadata: unknown): Metadata {
	if (typeof metadata !== "object" || metadata === null) return {};
	const pairs = Object.entries(metadata).filter((pair): pair is [string, string] => typeof pair[1] === "string");
	return Object.fromEntries(pairs);
}
