/** What the primary and its workers say to each other about keys. */
import type { Actor, KeyChanges, KeyRecord } from "../store/keyTypes.js";

/** To workers: what has changed. */
export interface KeyNews {
	type: "keyNews";
	changes: KeyChanges;
	/** Counts what this worker is told; it says so when it has taken it over. */
	edition: number;
	/** The number of the `keysChanged` that it answers: the store has been read since. */
	answers?: number;
	/** With `answers`: who has not taken the change over in time, in words. */
	pending?: readonly string[];
}

/** To the primary: what was told up to this edition is in force in the worker. */
export interface KeysTaken {
	type: "keysTaken";
	edition: number;
}

/** To the primary: a key was changed in the store. */
export interface KeysChanged {
	type: "keysChanged";
	/** Counts the worker's own. */
	number: number;
}

/** To the primary: a key is to be revoked, and the store can't be written. */
export interface RevocationAsked {
	type: "revocationAsked";
	/** Counts the worker's own. */
	number: number;
	/** The key's id or name. */
	name: string;
	by: Actor;
}

/** To the worker that asked. */
export interface RevocationAnswered {
	type: "revocationAnswered";
	number: number;
	/** Missing where the primary doesn't know the key. */
	revoked?: RevokedHere;
}

/** A key that is revoked in all workers of this gateway. */
export interface RevokedHere {
	record: KeyRecord;
	/** Whether a restart keeps the revocation while the store doesn't have it; missing once it does. */
	survivesRestart?: boolean;
	/** Who has not taken it over in time, in words. */
	pending: readonly string[];
}
