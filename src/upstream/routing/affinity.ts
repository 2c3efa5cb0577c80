/** Choices that fall out the same for the same key: rendezvous hashing, and who is in a canary's share. */
import type { AffinityKey } from "../../settings/routes.js";
import { headerValue } from "./condition.js";
import type { RequestFacts } from "./facts.js";
import { hashText, mixHashes, unitOf } from "./hash.js";
import type { Canary, Member } from "./member.js";

/** Clients choose how long their keys are. */
const maxKeyCharacters = 1024;

/** Where the request has no such header or user, its caller stands in. */
export function hashOfKey(key: AffinityKey, facts: RequestFacts): number {
	const text = textOfKey(key, facts) ?? facts.caller;
	return hashText(text.length > maxKeyCharacters ? text.slice(0, maxKeyCharacters) : text);
}

function textOfKey(key: AffinityKey, facts: RequestFacts): string | undefined {
	if (key.by === "user") return facts.user;
	return key.by === "header" ? headerValue(facts.headers[key.header]) : undefined;
}

/**
 * Weighted rendezvous hashing (Thaler and Ravishankar 1998; with weights, Schindelhauer and Schomaker 2005): each member
 * draws an exponentially distributed number from its own hash and the key's, and the lowest wins. So when a member goes,
 * only its own keys go elsewhere.
 */
export function rendezvousScore(member: Member, keyHash: number): number {
	return -Math.log(unitOf(mixHashes(keyHash, member.hash))) / member.weight;
}

/** Keeps the draw for a canary apart from that of rendezvous hashing. */
const canarySalt = 0x5ca1ab1e;

/** Whoever is in a share is also in any larger one of the same name. */
export function isInShare({ share, key }: Canary, name: number, facts: RequestFacts): boolean {
	return unitOf(mixHashes(hashOfKey(key, facts) ^ canarySalt, name)) < share;
}
