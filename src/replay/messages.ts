/** The topic of answers that can be sent again: which of them exist, who gives them, and where they are kept. */
import type { Topic } from "../process/channel/topic.js";
import type { Ask } from "./ask.js";

export interface ReplayTopic extends Topic<"replay"> {
	/** The folder that answers are kept in; undefined if there can be none. */
	readonly snapshot: string | undefined;
	readonly toWorker: Seek | Spool | Grew | Ended | Read | Continue;
	readonly toPrimary: Found | Grew | Ended | Read | Gone | Continued | Named | Abandoned;
	readonly questions: {
		/** Who comes first with a key leads; all others follow. Without a key everybody leads. */
		claim(request: Ask): Claim;
		/** Whether this owner may go on with an answer to this request; undefined if there is none. */
		resume(request: { owner: string; id: string; fingerprint: string }): "follow" | "conflict" | undefined;
		/** The answer of this name, whose hash includes its owner. */
		named(name: string): string | undefined;
		/** An answer under way to the same request of the same caller, in any worker. */
		find(request: { caller: string; fingerprint: string }): string | undefined;
		/** Has an answer written to a file from its beginning. @returns undefined if it is no more, or can't be written */
		follow(id: string): Kept | undefined;
	};
}

export type Claim =
	| { kind: "lead"; id: string; spool?: Spooling | undefined }
	| { kind: "follow"; id: string }
	| { kind: "conflict" };

/** An answer is written to a file from its beginning, since it may be wanted elsewhere whatever becomes of its worker. */
export interface Spooling {
	path: string;
	/** Somebody wants to hear how the file grows. */
	isFollowed: boolean;
}

/** An answer in a file, as far as it has come. */
export interface Kept {
	path: string;
	/** Bytes of the file that are written. */
	size: number;
	isEnded: boolean;
	failure?: Failure | undefined;
}

/** A GatewayError on its way to another process. */
export interface Failure {
	status: number;
	message: string;
	code: string | null;
	param: string | null;
	headers: Record<string, string>;
}

/** To all workers: who has the answer to this request under way? */
export interface Seek {
	readonly topic: "replay";
	kind: "seek";
	search: number;
	caller: string;
	fingerprint: string;
}

/** The answer of a worker to that. */
export interface Found {
	readonly topic: "replay";
	kind: "found";
	search: number;
	id: string | undefined;
}

/** To the worker that leads: another one follows. */
export interface Spool {
	readonly topic: "replay";
	kind: "spool";
	id: string;
	path: string;
}

export interface Grew {
	readonly topic: "replay";
	kind: "grew";
	id: string;
	/** Bytes of the file that are written. */
	size: number;
}

export interface Ended {
	readonly topic: "replay";
	kind: "ended";
	id: string;
	/** Bytes of the file, once all is written. */
	size: number;
	failure?: Failure | undefined;
	/** It is whole, and may be sent to whoever brings its key again. */
	isKept: boolean;
}

/** To a worker with a client that follows an answer whose worker is no more: it is to go on with it. */
export interface Continue {
	readonly topic: "replay";
	kind: "continue";
	id: string;
	path: string;
}

/** The answer of that worker: it goes on, or can't. */
export interface Continued {
	readonly topic: "replay";
	kind: "continued";
	id: string;
	/** Bytes of the file that it goes on with; undefined if it can't. */
	size: number | undefined;
	/** Somebody has tried, so that nobody else is to. */
	hasTried?: boolean;
}

/** How many read an answer, and how many have begun to. */
export interface Readership {
	readonly readers: number;
	readonly reads: number;
}

/** How many read it in one worker, and to the worker that leads, in all others. */
export interface Read extends Readership {
	readonly topic: "replay";
	kind: "read";
	id: string;
}

/** The file of a kept answer can't be read any more. */
export interface Gone {
	readonly topic: "replay";
	kind: "gone";
	id: string;
}

/** The worker that gives an answer is about to end: others may go on with it. */
export interface Abandoned {
	readonly topic: "replay";
	kind: "abandoned";
	id: string;
}

/** An answer can also be asked for by a name of its own. */
export interface Named {
	readonly topic: "replay";
	kind: "named";
	id: string;
	/** Hash of its owner and the name. */
	name: string;
}
