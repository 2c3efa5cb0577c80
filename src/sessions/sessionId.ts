/** The gateway's own name of an agent's session: sessions of different keys have different ones, whatever their agents call them. */
import { createHash } from "node:crypto";

/** Keeps these hashes apart from any other use of SHA-256. */
const prefix = "llmgw session 1\n";

/** Sessions send many requests, and hashing costs more than a look. */
const known = new Map<string, string>();
const mostKnown = 1_000;

/**
 * @param keyId of the caller; null without keys
 * @param name as the agent names it
 * @returns `session_` and 24 letters and digits
 */
export function sessionIdOf(keyId: string | null | undefined, name: string): string {
	const key = `${keyId ?? ""}\n${name}`;
	let id = known.get(key);
	if (id === undefined) {
		id = `session_${createHash("sha256").update(prefix).update(key).digest("hex").slice(0, 24)}`;
		if (known.size >= mostKnown) known.clear();
		known.set(key, id);
	}
	return id;
}
