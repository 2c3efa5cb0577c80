/** The audit's hash chain: each entry's hash covers the previous one, so no entry can be changed, removed or inserted unnoticed. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../json/canonicalJson.js";

/** The previous hash of the first entry. */
export const firstPreviousHash = "0".repeat(64);

/** @returns hexadecimal SHA-256 of the previous hash, a line break, and the entry's canonical JSON */
export function auditHash(previousHash: string, entry: object): string {
	return createHash("sha256")
		.update(`${previousHash}\n${canonicalJson(entry)}`)
		.digest("hex");
}
