/** How many lines of batches a worker may have in flight: clients' requests come first. */

/** How often to look whether clients' requests are over. */
const lookMs = 50;

export class Room {
	readonly #most: number;
	readonly #load: { readonly requests: number };
	readonly #waiting: (() => void)[] = [];
	#inFlight = 0;
	#timer: NodeJS.Timeout | undefined;

	/** @param load all requests that the worker has in flight, those for lines among them */
	constructor(most: number, load: { readonly requests: number }) {
		this.#most = most;
		this.#load = load;
	}

	get inFlight(): number {
		return this.#inFlight;
	}

	/** One line at least goes on, however busy the worker is: its batch has a time to be done in. */
	get #allowed(): number {
		const ofClients = Math.max(0, this.#load.requests - this.#inFlight);
		return Math.max(1, this.#most - ofClients);
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
