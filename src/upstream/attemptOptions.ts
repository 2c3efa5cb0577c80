/** The options of an attempt. */
import type { ThoughtTags } from "../dialects/openai/thoughtTags.js";
import type { EventConsumer } from "./eventConsumer.js";
import type { TargetLane } from "./lane.js";

/** Longest waits, in milliseconds from the request, but for `idleMs`, between two chunks, and `endMs`. */
export interface AttemptLimits {
	connectMs: number;
	firstByteMs: number;
	/** A stream's. */
	firstTokenMs: number;
	idleMs: number;
	/** After all that a stream has to say, for its last event or its end. */
	endMs: number;
	/** For a connection, where their number is limited. */
	queueMs: number | undefined;
}

export interface AttemptOptions {
	limits: AttemptLimits;
	lane: TargetLane;
	requestId: string;
	/** How many choices have to be finished before a stream may end without its last event. */
	choices: number;
	/** The client has asked for a stream. */
	isStreamAsked: boolean;
	/** The client has asked for a stream's token counts. */
	areCountsAsked: boolean;
	/** Takes what a stream says. */
	consumer: EventConsumer | undefined;
	/** Tags around reasoning that stands in the answer's text; undefined where it is to stay there. */
	thoughtTags?: ThoughtTags | undefined;
	/** It goes on where another one broke off. */
	isRescue: boolean;
}
