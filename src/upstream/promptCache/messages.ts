/** The topic of prompt caches: where conversations are at home, as all workers know it, and the latest turns of sessions. */
import type { Topic } from "../../process/channel/topic.js";
import type { HomeEntry } from "./homes.js";
import type { Turn } from "./turnStore.js";

export interface WarmthTopic extends Topic<"warmth"> {
	readonly snapshot: HomeEntry[];
	readonly toWorker: HomeNoted;
	readonly toPrimary: HomeNoted | TurnTaken;
	readonly questions: {
		/** The latest turns of a session. */
		recall(session: number): readonly Turn[];
	};
}

/** A target has answered a conversation; from the primary, in another worker. */
export interface HomeNoted {
	readonly topic: "warmth";
	readonly kind: "home";
	readonly entry: HomeEntry;
}

export interface TurnTaken {
	readonly topic: "warmth";
	readonly kind: "turn";
	readonly session: number;
	readonly turn: Turn;
	/** The id of the turn that it goes on from. */
	readonly replaced: number | undefined;
}
