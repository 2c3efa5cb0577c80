/** How many lines of batches a worker may have in flight: clients' requests come first. */

/** How often to look whether clients' requests are over. */
const lookMs = 50;

export class Room {
	readonly #most: number;
	readonly #ofClients: () => number;
	readonly #waiting: (() => void)[] = [];
	#inFlight = 0;
	#timer: NodeJS.Timeout | undefined;

	/** @param ofClients how many requests of clients the worker has in flight */
	constructor(most: number, ofClients: () => number) {
		this.#most = most;
		this.#ofClients = ofClients;
	}

	/** One line at least goes on, however busy the worker is: its batch has a time to be done in. */
	get #allowed(): number {
		return Math.max(1, this.#most - this.#ofClients());
	}

	/** Resolves when a line may be sent, in the order of asking; `leave` says that it is over. */
	async enter(): Promise<void> {
		if (this.#waiting.length > 0 || this.#inFlight >= this.#allowed)
			await new Promise<void>((resolve) => {
				this.#waiting.push(resolve);
				this.#watch();
			});
		else this.#inFlight += 1;
	}

	leave(): void {
		this.#inFlight -= 1;
		this.#admit();
	}

	#admit(): void {
		while (this.#waiting.length > 0 && this.#inFlight < this.#allowed) {
			this.#inFlight += 1;
			this.#waiting.shift()?.();
		}
		if (this.#waiting.length > 0) return;
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	#watch(): void {
		this.#timer ??= setInterval(() => this.#admit(), lookMs).unref();
	}
}
