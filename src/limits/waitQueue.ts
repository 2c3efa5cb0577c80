/** Requests that wait for one counter, in the order in which they are to be granted. */
import type { Decision, ReserveRequest } from "./ledger.js";

/** What came of a request for a reservation, or that limits can't be checked though they are to hold. */
export type LedgerAnswer = Decision | "unavailable";

/** Whoever holds and waits: a worker. What it holds of requests under way is given back when it is no more. */
export interface Holder {
	readonly holds: Set<number>;
	readonly waiting: Set<Waiting>;
}

export interface Waiting {
	readonly hold: number;
	readonly holder: Holder;
	readonly request: ReserveRequest;
	readonly done: (answer: LedgerAnswer) => void;
	/** Where it waits now. */
	line: WaitQueue | undefined;
	/** Runs from the moment on at which it has to wait. */
	deadline: NodeJS.Timeout | undefined;
}

export class WaitQueue {
	readonly counter: string;
	readonly waiting: Waiting[] = [];
	/** The first is being asked for. */
	isAsking = false;
	/** When the first can be granted at the earliest, as far as anybody knows. */
	retryAt: number | undefined;
	timer: NodeJS.Timeout | undefined;

	constructor(counter: string) {
		this.counter = counter;
	}

	/** Somebody waits who comes before a request of this priority that comes now. */
	isBefore(priority: number): boolean {
		const first = this.waiting[0];
		return first !== undefined && first.request.priority >= priority;
	}

	/** Behind all that come before it. */
	add(waiting: Waiting): void {
		waiting.line = this;
		let place = this.waiting.length;
		while (place > 0 && comesBefore(waiting, this.waiting[place - 1] as Waiting)) place -= 1;
		this.waiting.splice(place, 0, waiting);
	}

	remove(waiting: Waiting): void {
		waiting.line = undefined;
		const place = this.waiting.indexOf(waiting);
		if (place >= 0) this.waiting.splice(place, 1);
	}
}

/** Holds are numbered as they come. */
export function comesBefore(one: Waiting, other: Waiting): boolean {
	const [priority, others] = [one.request.priority, other.request.priority];
	return priority === others ? one.hold < other.hold : priority > others;
}
