/** The audit's hash chain: each entry's hash covers the previous one, so no entry can be changed, removed or inserted unnoticed. */
import { createHash } from "node:crypto";

/** The previous hash of the first entry. */
export const firstPreviousHash = "0".repeat(64);

/** @returns hexadecimal SHA-256 of the previous hash, a line break, and the entry's canonical JSON */
export function auditHash(previousHash: string, entry: object): string {
	return createHash("sha256")
		.update(`${previousHash}\n${canonicalJson(entry)}`)
		.digest("hex");
}

/** JSON without spaces, members sorted by name (RFC 8785, for strings, integers, arrays and objects of them). */
export function canonicalJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
	if (typeof value !== "object" || value === null) return JSON.stringify(value);
	const members = Object.entries(value)
		.filter(([, member]) => member !== undefined)
		.sort(([one], [other]) => (one < other ? -1 : 1))
		.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
	return `{${members.join(",")}}`;
}
