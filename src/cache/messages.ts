/** The topic of cached answers: those in the memory of the machine, which the primary holds. */
import type { Topic } from "../process/channel/topic.js";
import type { ShelfFilter, ShelfTotals, ShelvedAnswer } from "../store/cacheTypes.js";

export interface CacheTopic extends Topic<"cache"> {
	readonly snapshot: undefined;
	readonly toWorker: never;
	readonly toPrimary: Put | Learned;
	readonly questions: {
		/** The text of an answer; null if there is none. */
		get(key: string): string | null;
		remove(filter: ShelfFilter): number;
		totals(): ShelfTotals;
		/** The question that is most like this one; null if none of its group is known. */
		nearest(question: { group: string; vector: string }): Near | null;
	};
}

export interface Put {
	readonly topic: "cache";
	kind: "put";
	answer: ShelvedAnswer;
}

/** What a question means, for those that come. */
export interface Learned {
	readonly topic: "cache";
	kind: "learned";
	/** Only questions of one group are compared. */
	group: string;
	/** 32-bit floats in base64. */
	vector: string;
	/** Of its answer. */
	key: string;
	expiresAt: number;
}

export interface Near {
	/** Of its answer. */
	key: string;
	/** The cosine, -1 to 1. */
	similarity: number;
}
