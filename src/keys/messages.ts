/** What the primary and its workers say to each other about keys. */
import type { KeyChanges } from "../store/keys.js";

/** To workers: what has changed. */
export interface KeyNews {
	type: "keyNews";
	changes: KeyChanges;
	/** The number of the `keysChanged` that it answers: the store has been read since. */
	answers?: number;
}

/** To the primary: a key was changed in the store. */
export interface KeysChanged {
	type: "keysChanged";
	/** Counts the worker's own. */
	number: number;
}
