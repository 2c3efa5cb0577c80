/** Choices that are the same for the same key: rendezvous hashing, and membership of a canary's share. */
import type { AffinityKey } from "../../settings/routes.js";
import { headerValue } from "./condition.js";
import { rendezvousBits } from "./conversation.js";
import type { RequestFacts } from "./facts.js";
import { hashText, mixHashes, unitOf } from "./hash.js";
import type { Canary, Member } from "./member.js";

/** Clients can make keys of any length. */
const maxKeyCharacters = 1024;

/** Hashes a request's key; its caller if it has no such header, user or conversation. */
export function hashOfKey(key: AffinityKey, facts: RequestFacts): number {
	if (key.by === "session" && facts.conversation !== undefined) return rendezvousBits(facts.conversation);
	return hashText(keyText(key, facts));
}

/** What keeps requests together; their caller if it has no such header or user. */
export function keyText(key: AffinityKey, facts: RequestFacts): string {
	const text = textOfKey(key, facts) ?? facts.caller;
	return text.length > maxKeyCharacters ? text.slice(0, maxKeyCharacters) : text;
}

function textOfKey(key: AffinityKey, facts: RequestFacts): string | undefined {
	if (key.by === "user") return facts.user;
	return key.by === "header" ? headerValue(facts.headers[key.header]) : undefined;
}

/**
 * Weighted rendezvous hashing (Thaler and Ravishankar 1998; with weights, Schindelhauer and Schomaker 2005): each member
 * draws an exponentially distributed number from its own hash and the key's, and the lowest wins. So when a member is removed,
 * only its own keys move.
 */
export function rendezvousScore(member: Member, keyHash: number): number {
	return -Math.log(unitOf(mixHashes(keyHash, member.hash))) / member.weight;
}

/** Makes the draw for a canary independent of rendezvous hashing. */
const canarySalt = 0x5ca1ab1e;

/** Whether a request is in the canary's share; if so, it is also in any larger share of the same name. */
export function isInShare({ share, key }: Canary, name: number, facts: RequestFacts): boolean {
	return unitOf(mixHashes(hashOfKey(key, facts) ^ canarySalt, name)) < share;
}
