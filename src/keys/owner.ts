/** The owner of records: a team or a key; without keys there is one owner of all. */
import { createHash } from "node:crypto";
import { anonymous } from "../store/anonymousOwner.js";
import type { Caller } from "./caller.js";

/**
 * Keeps hashes of credentials apart from any other use of SHA-256, so that one that gets out is found in nobody's table of hashed
 * keys. There is no salt: every worker and machine has to come to the same owner. Keys are random and long, so a hash
 * reveals nothing about its key.
 */
const prefix = "llmgw owner 1\n";

/** Koa's context, or whatever has an exchange. */
export interface Asked {
	state?: {
		exchange?: {
			caller: Caller | undefined;
			formerCredential: string | undefined;
			/** Of a request of the gateway's own, which says itself whose it is. */
			task?: { readonly owner: string } | undefined;
		};
	};
}

/**
 * The owner of a request. With a key it is its team, else the key itself, or, if the key was made for that, the one owner of
 * a gateway without keys. Without keys it is that one.
 *
 * Earlier versions made each credential an owner of its own, the hex SHA-256 of it. Where keys came later, those records are
 * still theirs: a key in `x-api-key` or `api-key` reaches them with that credential in `authorization`.
 */
export function ownerOf(request: Asked): string {
	const { caller, formerCredential, task } = request.state?.exchange ?? {};
	if (task !== undefined) return task.owner;
	if (caller === undefined) return anonymous;
	return formerCredential === undefined ? ownerOfCaller(caller) : hashed(formerCredential);
}

/** Names are encoded, so that none can look like another with an organisation. */
function ownerOfCaller({ keyId, team, organisation, isKeyless }: Caller): string {
	if (isKeyless) return anonymous;
	if (team === undefined) return `key:${keyId}`;
	return `team:${encodeURIComponent(organisation ?? "")}/${encodeURIComponent(team)}`;
}

function hashed(credential: string): string {
	return known.get(credential) ?? learn(credential);
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
