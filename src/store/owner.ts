/** Whose records are meant: a team's or a key's; where there are no keys, each credential is somebody. */
import { createHash } from "node:crypto";
import type { Caller } from "../keys/caller.js";

/** Whoever sends no credential. */
export const anonymous = "anonymous";

/**
 * Keeps these hashes apart from any other use of SHA-256, so that one that gets out is found in nobody's table of hashed
 * keys. There is no salt: every worker and machine has to come to the same owner. Keys are random and long, so a hash
 * tells nothing of its key.
 */
const prefix = "llmgw owner 1\n";

/** Koa's context, or whatever gives a header's value or `""`. */
export interface Asked {
	get(header: string): string;
	state?: { exchange?: { caller: Caller | undefined; formerCredential: string | undefined } };
}

/**
 * The owner of a request. With a key it is its team, else the key itself. Without keys it is the hex SHA-256 of the
 * credential, which is never stored itself, or `anonymous`; a bearer token and the same key in `x-api-key` are one owner.
 *
 * What was stored before there were keys is its credential's: a key in `x-api-key` or `api-key` reaches it with that
 * credential in `authorization`.
 */
export function ownerOf(request: Asked): string {
	const { caller, formerCredential } = request.state?.exchange ?? {};
	if (caller !== undefined) return formerCredential === undefined ? ownerOfCaller(caller) : hashed(formerCredential);
	return hashed(request.get("authorization").replace(/^bearer +/i, "") || request.get("x-api-key"));
}

/** Names are encoded, so that none can look like another with an organisation. */
function ownerOfCaller({ keyId, team, organisation }: Caller): string {
	if (team === undefined) return `key:${keyId}`;
	return `team:${encodeURIComponent(organisation ?? "")}/${encodeURIComponent(team)}`;
}

function hashed(credential: string): string {
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
