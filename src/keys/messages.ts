/** The keys' topic: what the primary and its workers tell each other about keys. */
import type { Topic } from "../process/channel/topic.js";
import type { Actor, KeyChanges, KeyRecord } from "../store/keyTypes.js";

export interface KeysTopic extends Topic<"keys"> {
	/** All keys; undefined while the store could not be read. */
	readonly snapshot: KeyChanges | undefined;
	readonly toWorker: KeyNews;
	readonly toPrimary: KeysApplied;
	readonly questions: {
		/**
		 * A key was changed in the store: the answer comes when the change is in force in all workers, and names those, in
		 * words, that have not confirmed it in time.
		 */
		changed(argument: undefined): readonly string[];
		/** A key is to be revoked, and the store can't be written. The answer is undefined if no such key is known. */
		revoke(argument: Revoke): RevokedHere | undefined;
	};
}

/** What has changed. */
export interface KeyNews {
	readonly topic: "keys";
	readonly changes: KeyChanges;
	/** Counts the news of this worker, which confirms each. */
	readonly edition: number;
}

/** Everything up to this edition is in force in the worker. */
export interface KeysApplied {
	readonly topic: "keys";
	readonly edition: number;
}

export interface Revoke {
	/** The key's id or name. */
	readonly name: string;
	readonly by: Actor;
}

/** A key that is revoked in all workers of this gateway. */
export interface RevokedHere {
	record: KeyRecord;
	/** Whether a restart keeps the revocation while the store doesn't have it; missing once it does. */
	survivesRestart?: boolean;
	/** Names, in words, those that have not confirmed it in time. */
	pending: readonly string[];
}
