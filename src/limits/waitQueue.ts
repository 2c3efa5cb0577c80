/** Requests that wait for one counter, in the order in which they are to be granted. */
import type { Decision, ReserveRequest } from "./ledger.js";

/** The decision about a reservation; `unavailable` if limits can't be checked, and requests are refused then. */
export type LedgerAnswer = Decision | "unavailable";

/** A worker, with its reservations and its waiting requests. When it is no more, the concurrency it holds is given back. */
export interface Holder {
	readonly holds: Set<number>;
	readonly waiting: Set<Waiting>;
}

export interface Waiting {
	readonly hold: number;
	readonly holder: Holder;
	readonly request: ReserveRequest;
	readonly done: (answer: LedgerAnswer) => void;
	/** The queue that it waits in now. */
	queue: WaitQueue | undefined;
	/** Starts when it has to wait. */
	deadline: NodeJS.Timeout | undefined;
}

export class WaitQueue {
	readonly counter: string;
	readonly waiting: Waiting[] = [];
	/** Counters are being asked for the first one. */
	isAsking = false;
	/** When the first can be granted at the earliest, as far as is known. */
	retryAt: number | undefined;
	timer: NodeJS.Timeout | undefined;

	constructor(counter: string) {
		this.counter = counter;
	}

	/** Whether a request waits that comes before a new one of this priority. */
	isBefore(priority: number): boolean {
		const first = this.waiting[0];
		return first !== undefined && first.request.priority >= priority;
	}

	/** Puts it after all that come before it. */
	add(waiting: Waiting): void {
		waiting.queue = this;
		let place = this.waiting.length;
		while (place > 0 && comesBefore(waiting, this.waiting[place - 1] as Waiting)) place -= 1;
		this.waiting.splice(place, 0, waiting);
	}

	remove(waiting: Waiting): void {
		waiting.queue = undefined;
		const place = this.waiting.indexOf(waiting);
		if (place >= 0) this.waiting.splice(place, 1);
	}
}

/** Of equal priorities, the lower number of a hold comes first: holds are numbered as they come. */
export function comesBefore(one: Waiting, other: Waiting): boolean {
	const [priority, others] = [one.request.priority, other.request.priority];
	return priority === others ? one.hold < other.hold : priority > others;
}
