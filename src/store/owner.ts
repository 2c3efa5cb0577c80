/** Whose records are meant: as long as the gateway knows no users, each credential is one. */
import { createHash } from "node:crypto";

/** Whoever sends no credential. */
export const anonymous = "anonymous";

/**
 * Keeps these hashes apart from any other use of SHA-256, so that one that gets out is found in nobody's table of hashed
 * keys. There is no salt: every worker and machine has to come to the same owner. Keys are random and long, so a hash
 * tells nothing of its key.
 */
const prefix = "llmgw owner 1\n";

/**
 * The owner of a request: the hex SHA-256 of its credential, which is never stored itself, or `anonymous`. A bearer token
 * and the same key in `x-api-key` are one owner.
 *
 * @param request Koa's context, or whatever gives a header's value or `""`
 */
export function ownerOf(request: { get(header: string): string }): string {
	const credential = request.get("authorization").replace(/^bearer +/i, "") || request.get("x-api-key");
	return credential === "" ? anonymous : (known.get(credential) ?? learn(credential));
}

/** Owners of late, since hashing costs more than appending a record. */
const known = new Map<string, string>();
const mostKnown = 1_000;

function learn(credential: string): string {
	const owner = createHash("sha256").update(prefix).update(credential).digest("hex");
	if (known.size >= mostKnown) known.clear();
	known.set(credential, owner);
	return owner;
}
