/** Messages between the primary and a worker about the worker's life. All others belong to topics (`channel/`). */
import type { Problem } from "../errors/problem.js";
import type { Settings } from "../settings/settings.js";
import type { QuestionMessage, ReplyMessage, Snapshots, TopicMessage } from "./channel/topic.js";

export interface Load {
	requests: number;
	streams: number;
	/** WebSockets included. */
	connections: number;
	websockets: number;
	/** Requests under way, by upstream. */
	upstreams: Record<string, number>;
}

export interface StartMessage {
	type: "start";
	settings: Settings;
	snapshots: Snapshots;
	/** The gateway is about to stop: the worker serves, and is not ready. */
	isLeaving: boolean;
}

export type ToWorker =
	| StartMessage
	| { type: "leave" }
	/** `patient` leaves idle connections to their clients for a while, since another worker takes the new ones. */
	| { type: "drain"; patient: boolean }
	/** Answered by `load`. */
	| { type: "report" }
	/** Answers `drained`: every connection that was on its way to the worker has reached it before. */
	| { type: "end" };

export type ToPrimary =
	/** The worker is there to receive messages; answered by `start`. */
	| { type: "waiting" }
	| { type: "ready" }
	| { type: "failed"; problems: readonly Problem[] }
	| { type: "load"; load: Load }
	/** Someone else told the worker to end; it finishes its requests, and another should take its place. */
	| { type: "draining" }
	/** The worker has stopped listening, and nothing is in flight. */
	| { type: "drained" }
	| { type: "print"; block: string }
	/** For stderr. */
	| { type: "complain"; block: string }
	/** A line of the JSON log, for stdout as it is. */
	| { type: "log"; line: string };

/** What one process receives of the other: about the worker's life, or of a topic. */
export type Received<Message> = Message | TopicMessage | QuestionMessage | ReplyMessage;

export function isOfTopic<Message extends { type: string }>(message: Received<Message>): message is TopicMessage {
	return "topic" in message;
}
