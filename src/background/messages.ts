/** The topic of responses in the background: which worker looks after what others have left, and which are to be stopped. */
import type { Topic } from "../process/channel/topic.js";

export interface BackgroundTopic extends Topic<"background"> {
	readonly snapshot: BackgroundSnapshot;
	readonly toWorker: Look | Stop;
	readonly toPrimary: Due | Stop;
	readonly questions: Record<never, never>;
}

export interface BackgroundSnapshot {
	/** The worker's name in the store: no two workers of any machine have the same. */
	readonly holder: string;
	/** By which workers of this primary seal credentials for each other. It is written nowhere. */
	readonly sealSecret: string;
}

/** Look for what nobody is at work on. */
export interface Look {
	readonly topic: "background";
	readonly kind: "look";
	/** Workers that are no more. */
	readonly gone: readonly string[];
}

/** Somebody is to look at this time, in milliseconds since the epoch. */
export interface Due {
	readonly topic: "background";
	readonly kind: "due";
	readonly at: number;
}

/** Whoever generates this response is to stop. */
export interface Stop {
	readonly topic: "background";
	readonly kind: "stop";
	readonly id: string;
}
