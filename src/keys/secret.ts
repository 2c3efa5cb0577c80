/** A key's secret: made here, shown once, and kept as its hash. */
import { hash, randomBytes } from "node:crypto";
import type { HashedSecret } from "../store/keyTypes.js";

const prefix = "llmw-";
const randomByteCount = 32;
const hintLetters = 4;

/** `llmw-` and 256 random bits as base64url; an administrator's credential begins with `llmw-admin-`. */
export function newSecret(kind: "key" | "admin" = "key"): string {
	return `${prefix}${kind === "admin" ? "admin-" : ""}${randomBytes(randomByteCount).toString("base64url")}`;
}

/** A text of this form is a gateway's key, or was one. */
export function isSecret(text: string): boolean {
	return text.startsWith(prefix);
}

/**
 * Hexadecimal SHA-256. Slow hashes and salts are for what people think up: nobody finds 256 random bits by trying, and
 * one hash must do to look a key up for each request. Looking up by it tells nothing by its time: who tries secrets
 * doesn't choose their hashes.
 */
export function hashOf(secret: string): string {
	return hash("sha256", secret, "hex");
}

export function hashedSecret(secret: string): HashedSecret {
	return { hash: hashOf(secret), hint: secret.slice(-hintLetters) };
}
