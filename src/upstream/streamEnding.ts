/** When a stream that has said all is over, though its upstream keeps the connection open. */
import type { AttemptLimits } from "./attemptOptions.js";
import type { EventStream } from "./eventStream.js";

/** How long an upstream may take to end its response after the last event. */
const lingerMs = 1_000;

export interface EndingActions {
	/** Nothing more came after the finish reasons. */
	complete(): void;
	/** Nothing more came after the last event. */
	close(): void;
}

export class StreamEnding {
	readonly #limits: AttemptLimits;
	readonly #actions: EndingActions;
	#timer: NodeJS.Timeout | undefined;

	constructor(limits: AttemptLimits, actions: EndingActions) {
		this.#limits = limits;
		this.#actions = actions;
	}

	/** The last event has come. */
	terminated(): void {
		this.stop();
		this.#timer = setTimeout(() => this.#actions.close(), lingerMs).unref();
	}

	/**
	 * More of a finished stream has come.
	 *
	 * @param saysMore something more than a comment: comments alone don't keep a stream open that may have said all
	 */
	followed(events: EventStream, saysMore: boolean, isPaused: boolean): void {
		if (saysMore) this.stop();
		if (!isPaused) this.#await(events);
	}

	paused(events: EventStream | undefined): void {
		// Bytes after the finish reasons may be waiting to be read.
		if (!events?.isTerminated) this.stop();
	}

	resumed(events: EventStream | undefined): void {
		if (events && !events.isTerminated) this.#await(events);
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}

	#await({ isSettled, hasSaidAll }: EventStream): void {
		if (!isSettled) return;
		const { endMs, idleMs } = this.#limits;
		this.#timer ??= setTimeout(() => this.#actions.complete(), hasSaidAll ? endMs : idleMs).unref();
	}
}
