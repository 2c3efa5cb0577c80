/** What the primary and its workers say to each other about keys. */
import type { KeyChanges } from "../store/keys.js";

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
