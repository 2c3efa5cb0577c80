/** The topic of sessions: the primary asks all workers which of their requests are under way. */
import type { Topic } from "../process/channel/topic.js";

export interface SessionsTopic extends Topic<"sessions"> {
	readonly snapshot: undefined;
	readonly toWorker: AskLive;
	readonly toPrimary: Live;
	readonly questions: {
		/** Of all workers that answer in time. */
		live(argument: undefined): readonly LiveRequest[];
	};
}

export interface AskLive {
	readonly topic: "sessions";
	readonly search: number;
}

export interface Live {
	readonly topic: "sessions";
	readonly search: number;
	readonly requests: readonly LiveRequest[];
}

/** A request of a session that is under way. */
export interface LiveRequest {
	/** The session's id, and its name by its agent. */
	readonly session: string;
	readonly name: string;
	readonly keyId: string | null;
	readonly keyName: string | null;
	readonly agent: string;
	readonly subagent: string | null;
	readonly requestId: string;
	readonly model: string | null;
	readonly isStream: boolean;
	/** Milliseconds since the epoch. */
	readonly startedAt: number;
}
