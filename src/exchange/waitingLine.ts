/** Those who wait for room, which they get in their order. */

export interface Waiter {
	/** Takes the room that it needs. @returns whether there was enough */
	enter(): boolean;
	/** It has some room already, and goes ahead of those that have none. */
	readonly isAhead: boolean;
	readonly maxMs: number;
	/** Why it has waited for nothing. */
	late(): Error;
}

export interface Place {
	/** Rejects with the error with which it leaves. */
	readonly entered: Promise<void>;
	/** Does nothing once it is over. */
	leave(error: Error): void;
}

class Waiting {
	readonly waiter: Waiter;
	readonly entered: Promise<void>;
	readonly #timer: NodeJS.Timeout;
	#settle: (error?: Error) => void = () => {};

	constructor(waiter: Waiter, late: () => void) {
		this.waiter = waiter;
		this.entered = new Promise((resolve, reject) => {
			this.#settle = (error) => (error === undefined ? resolve() : reject(error));
		});
		this.#timer = setTimeout(late, waiter.maxMs).unref();
	}

	/** Its turn has come, or won't. */
	end(error?: Error): void {
		clearTimeout(this.#timer);
		this.#settle(error);
	}
}

export class WaitingLine {
	#waiting: Waiting[] = [];

	get length(): number {
		return this.#waiting.length;
	}

	join(waiter: Waiter): Place {
		const waiting = new Waiting(waiter, () => leave(waiter.late()));
		const leave = (error: Error) => {
			const place = this.#waiting.indexOf(waiting);
			if (place === -1) return;
			this.#waiting.splice(place, 1);
			waiting.end(error);
			this.advance();
		};
		this.#add(waiting);
		return { entered: waiting.entered, leave };
	}

	#add(waiting: Waiting): void {
		const behind = waiting.waiter.isAhead ? this.#waiting.findIndex(({ waiter }) => !waiter.isAhead) : -1;
		this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, waiting);
	}

	/** There may be more room. */
	advance(): void {
		for (let first = this.#waiting[0]; first?.waiter.enter(); first = this.#waiting[0]) {
			this.#waiting.shift();
			first.end();
		}
	}

	/** Nobody gets room any more. */
	dissolve(error: Error): void {
		const all = this.#waiting;
		this.#waiting = [];
		for (const waiting of all) waiting.end(error);
	}
}
