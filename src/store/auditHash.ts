/** The chain of the audit: each entry's hash covers the one before, so that none can be changed, taken out or put in unseen. */
import { createHash } from "node:crypto";

/** What the first entry has for the hash of one before it. */
export const firstPreviousHash = "0".repeat(64);

/** Hexadecimal SHA-256 of the hash before, a line break, and the entry's canonical JSON. */
export function auditHash(previousHash: string, entry: object): string {
	return createHash("sha256")
		.update(`${previousHash}\n${canonicalJson(entry)}`)
		.digest("hex");
}

/** JSON without spaces and with members in the order of their names (RFC 8785, for text, whole numbers and what holds them). */
export function canonicalJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
	if (typeof value !== "object" || value === null) return JSON.stringify(value);
	const members = Object.entries(value)
		.filter(([, member]) => member !== undefined)
		.sort(([one], [other]) => (one < other ? -1 : 1))
		.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
	return `{${members.join(",")}}`;
}
