/** How the gateway stops: after the drain delay its workers drain, and those that take too long are killed. */
import type { Settings } from "../settings/settings.js";
import { readWorkerStatus } from "./status.js";
import type { WorkerHandle } from "./workerHandle.js";

/** Two requests to stop that come closer together are one. */
const sameSignalMs = 150;
/** How much longer than its drain timeout a worker may take, to tell its clients, to open a store for what they had, and to end. */
const endMs = 3_000;

export interface ShutdownOptions {
	/** All worker processes, the draining ones included. */
	readonly workers: ReadonlySet<WorkerHandle>;
	/** The settings of the generation that serves. */
	settings(): Settings | undefined;
	/** Those of the one that is about to take over. */
	nextSettings(): Settings | undefined;
	print(line: string): void;
	complain(line: string): void;
	/** The workers are about to drain. */
	draining(): void;
	/** The gateway has ended. */
	exit(code: number): void;
}

export class Shutdown {
	readonly #options: ShutdownOptions;
	#isLeaving = false;
	#isStopping = false;
	/** When the last step began, in milliseconds of `performance.now()`. */
	#since = 0;

	constructor(options: ShutdownOptions) {
		this.#options = options;
	}

	/** About to stop, and still serving. */
	get isLeaving(): boolean {
		return this.#isLeaving;
	}

	/** No worker is started any more. */
	get isStopping(): boolean {
		return this.#isStopping;
	}

	/** Stops accepting, after the drain delay, lets what is in flight finish, and ends. The second call ends at once. */
	stop(): void {
		// A supervisor that signals the process and its group means it once.
		if ((this.#isLeaving || this.#isStopping) && performance.now() - this.#since < sameSignalMs) return;
		const { drainDelayMs = 0 } = this.#options.settings() ?? {};
		if (this.#isLeaving || this.#isStopping) this.#endAtOnce();
		else if (drainDelayMs > 0) this.#leave(drainDelayMs);
		else this.#drainAll();
	}

	/** The gateway could not start. */
	abandon(): void {
		this.#isStopping = true;
		this.#killAll();
	}

	/** A worker has ended. */
	noteEnd(): void {
		if (this.#isStopping && this.#options.workers.size === 0) this.#options.exit(0);
	}

	/** Goes on serving while load balancers learn, from `/readyz`, to send requests elsewhere. */
	#leave(delayMs: number): void {
		this.#isLeaving = true;
		this.#since = performance.now();
		for (const worker of this.#options.workers) worker.leave();
		this.#options.print(
			`stopping in ${delayMs / 1000} s: not ready any more, and still serving; stop again to end at once`,
		);
		setTimeout(() => {
			if (!this.#isStopping) this.#drainAll();
		}, delayMs);
	}

	#drainAll(): void {
		const { workers, settings, nextSettings, draining, exit } = this.#options;
		this.#isStopping = true;
		this.#since = performance.now();
		draining();
		if (workers.size === 0) exit(0);
		for (const worker of workers) worker.drain(false);
		const drainMs = Math.max(0, ...[settings(), nextSettings()].map((one) => one?.drainTimeoutMs ?? 0));
		setTimeout(() => this.#endLate(), drainMs + endMs);
		void this.#printDrain(drainMs);
	}

	/** Tells the operator what the gateway waits for. */
	async #printDrain(drainMs: number): Promise<void> {
		const workers = await readWorkerStatus(this.#options.workers);
		const requests = workers.reduce((sum, { load }) => sum + (load?.requests ?? 0), 0);
		if (requests === 0) return;
		const what = requests === 1 ? "1 request" : `${requests} requests`;
		this.#options.print(`stopping: ${what} in flight may take up to ${drainMs / 1000} s; stop again to end at once`);
	}

	/** A worker that is stopped, or busy for ever, can't drain. */
	#endLate(): void {
		const names = [...this.#options.workers].map(({ name }) => name).join(", ");
		this.#options.complain(`${names} had to be killed: still there after the drain timeout`);
		this.#endAtOnce();
	}

	#endAtOnce(): void {
		this.#isStopping = true;
		this.#killAll();
		this.#options.exit(1);
	}

	#killAll(): void {
		for (const worker of this.#options.workers) worker.kill();
	}
}
