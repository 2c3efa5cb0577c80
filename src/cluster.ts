/** The primary: starts workers, keeps them alive, and replaces and drains them. */
import cluster from "node:cluster";
import { fileURLToPath } from "node:url";
import { messageOf, Problems } from "./errors/problem.js";
import { collectAfterStart } from "./exchange/collectGarbage.js";
import type { PassKind } from "./keys/passes/pass.js";
import { openExport } from "./metrics/export.js";
import type { MetricsExport } from "./metrics/metricsExport.js";
import { openPrimaryChannel } from "./process/channel/primary.js";
import type { PrimaryHalf } from "./process/channel/topic.js";
import { countWorkers, type Generation, type NextGeneration } from "./process/generation.js";
import { tryAddress } from "./process/listenAddress.js";
import { halvesOf, openPrimaryTopics, type PrimaryTopics } from "./process/primaryTopics.js";
import { notReloaded, type ReloadOutcome, Reloads } from "./process/reload.js";
import { createRestarts, type Restarts } from "./process/restarts.js";
import { Shutdown } from "./process/shutdown.js";
import { type GatewayStatus, gatewayStatus, readWorkerStatus } from "./process/status.js";
import { forkWorker, type WorkerHandle } from "./process/workerHandle.js";
import { connectionShortages } from "./settings/connectionRoom.js";
import { openFilesLimit } from "./settings/processLimits.js";
import type { Settings } from "./settings/settings.js";

export interface PrimaryEvents {
	/** One line or one block for the operator. */
	print(block: string): void;
	/** Which model requests get that name none, if it is not the contract's default. */
	defaultModel?(line: string): void;
	/** A line of JSON for the log, from a worker. */
	log(line: string): void;
	/** A complaint, for stderr. */
	complain(line: string): void;
	/** These settings are in force from now on: after the start, and after each reload that succeeds. */
	adopt?(settings: Settings): void;
	/** A credential for administrators was made, to be shown this once. */
	adminMade?(secret: string): void;
	/** The gateway has ended. If it is called more than once, the first code counts. */
	exit(code: number): void;
	/** No new connections are taken from here on. */
	draining?(): void;
}

/**
 * One gateway's workers.
 *
 * An event changes what there is or what is wanted, and `#reconcile` then makes the two agree.
 */
export class Primary {
	readonly #readSettings: () => Promise<Settings> | Settings;
	readonly #events: PrimaryEvents;
	readonly #startTimeoutMs: number;
	/** What workers share; undefined before the start. */
	#topics: PrimaryTopics | undefined;
	#halves: readonly PrimaryHalf[] = [];
	#export: MetricsExport | undefined;
	readonly #restarts: Restarts;
	readonly #shutdown: Shutdown;
	#reloads: Reloads | undefined;
	/** All worker processes, the draining ones included. */
	readonly #workers = new Set<WorkerHandle>();
	/** The generation that serves. */
	#current: Generation | undefined;
	/** The generation that takes over as soon as all of its workers are ready. */
	#next: NextGeneration | undefined;
	/** Where all workers listen, also those that a reload or a death makes necessary. */
	#bindip = "";
	#port = 0;

	/**
	 * @param readSettings called at each reload
	 * @param startTimeoutMs how long a worker may take until it is ready
	 */
	constructor(readSettings: () => Promise<Settings> | Settings, events: PrimaryEvents, startTimeoutMs = 30_000) {
		this.#readSettings = readSettings;
		this.#events = events;
		this.#startTimeoutMs = startTimeoutMs;
		this.#restarts = createRestarts(events.complain, () => this.#reconcile());
		this.#shutdown = new Shutdown({
			workers: this.#workers,
			settings: () => this.#current?.settings,
			nextSettings: () => this.#next?.settings,
			print: events.print,
			complain: events.complain,
			draining: () => {
				events.draining?.();
				for (const half of this.#halves) half.stop?.();
				this.#next?.resolve();
			},
			exit: (code) => this.#exit(code),
		});
	}

	/** The port that is listened on, also if settings say "any". */
	get port(): number {
		return this.#port;
	}

	/** It was told to stop, and takes no new connections. */
	get isStopping(): boolean {
		return this.#shutdown.isStopping;
	}

	/** Those in force. */
	get settings(): Settings | undefined {
		return this.#current?.settings;
	}

	/** Why nobody passes without a key though the store names none. */
	get closedBy(): string | undefined {
		return this.#keys?.closedBy();
	}

	/** There is a key, so that nobody passes without one. */
	get hasKeys(): boolean {
		return this.#keys?.hasKeys() === true;
	}

	get #keys() {
		return this.#current && this.#topics?.keys.of(this.#current.settings);
	}

	/** For the user that the gateway runs as, who needs no other credential. @throws Error before the start */
	issuePass(kind: PassKind): string {
		return this.#started.passes.issue(kind);
	}

	get #started(): PrimaryTopics {
		if (this.#topics === undefined) throw new Error("the gateway is still starting");
		return this.#topics;
	}

	/**
	 * Starts the workers; if it returns with `isStopping`, it was stopped meanwhile.
	 *
	 * @throws Problems when the address can't be used or a worker can't start.
	 */
	async start(settings: Settings): Promise<void> {
		this.#bindip = settings.bindip;
		// Not 0: Node gives a port back with the last worker that listens, and the next has to ask for the same.
		this.#port = await tryAddress(settings);
		this.#topics = await this.#openTopics(settings);
		this.#halves = halvesOf(this.#topics);
		this.#reloads = new Reloads(
			{
				readSettings: this.#readSettings,
				bringUp: (read) => this.#bringUp(read),
				isStopping: () => this.isStopping,
				print: this.#events.print,
				complain: this.#events.complain,
			},
			settings,
			this.#port,
		);
		setUpWorkers();
		if (settings.metrics)
			this.#export = await openExport(process.env, this.#topics.metrics.survey, this.#events.complain);
		try {
			await this.#bringUp(settings);
		} catch (error) {
			this.#shutdown.abandon();
			for (const half of this.#halves) half.close?.();
			throw error;
		}
	}

	#openTopics(settings: Settings): Promise<PrimaryTopics> {
		const { print, complain, adminMade, defaultModel } = this.#events;
		return openPrimaryTopics(settings, {
			print,
			complain,
			adminMade: (secret) => adminMade?.(secret),
			defaultModel: (line) => defaultModel?.(line),
			workers: () => ({
				starting: countWorkers(this.#workers, "starting"),
				ready: countWorkers(this.#workers, "ready"),
				draining: countWorkers(this.#workers, "draining"),
			}),
		});
	}

	/** Stops accepting, after the drain delay, lets what is in flight finish, and ends. The second call ends at once. */
	stop(): void {
		this.#shutdown.stop();
	}

	/** Replaces the workers by new ones with settings read anew. Settings that can't be used change nothing. */
	async reload(): Promise<ReloadOutcome> {
		// While starting, settings have just been read.
		if (!this.#current || !this.#reloads) return notReloaded("the gateway is still starting");
		return this.#reloads.reload();
	}

	async status(): Promise<GatewayStatus> {
		const workers = await readWorkerStatus(this.#workers);
		const foundOf = (name: string) => this.#topics?.models.serverOf(name)?.provider;
		return gatewayStatus(workers, this.#topics?.health.status() ?? [], this.#topics?.lessons.list() ?? [], foundOf);
	}

	/** Starts a generation with these settings, which takes over when it is complete. @throws Problems when it can't be */
	async #bringUp(settings: Settings): Promise<void> {
		for (const half of this.#halves) await half.open?.(settings);
		return new Promise((resolve, reject) => {
			if (this.isStopping) return resolve();
			this.#next = { settings, workers: new Set(), isProven: false, resolve, reject };
			this.#reconcile();
		});
	}

	/** Compares the workers that are wanted with those there are. To be called after whatever changes either. */
	#reconcile(): void {
		if (this.isStopping) return;
		const next = this.#next;
		if (next && countWorkers(next.workers, "ready") >= next.settings.workers) {
			const previous = this.#current;
			this.#current = next;
			this.#next = undefined;
			this.#adopt(next.settings);
			next.resolve();
			collectAfterStart();
			if (previous) this.#endIfGone(previous);
		}
		const wanted = [this.#current, this.#next].filter((generation) => generation !== undefined);
		for (const worker of this.#workers)
			if (worker.state !== "draining" && !wanted.some(({ workers }) => workers.has(worker))) worker.drain(true);
		if (this.#restarts.isPaused) return;
		for (const generation of wanted) {
			const { workers, settings, isProven } = generation;
			// The first alone: what is wrong with one is wrong with all, and is then reported once.
			let missing =
				(isProven ? settings.workers : 1) - countWorkers(workers, "starting") - countWorkers(workers, "ready");
			while (missing > 0 && this.#fork(generation)) missing -= 1;
		}
	}

	#adopt(settings: Settings): void {
		for (const half of this.#halves) half.adopt?.(settings);
		this.#events.adopt?.(settings);
		for (const shortage of connectionShortages(settings, openFilesLimit())) this.#events.complain(shortage);
	}

	/** @returns whether there is a process */
	#fork(generation: Generation): boolean {
		const { settings } = generation;
		const worker = forkWorker(
			{
				join: (joining) => openPrimaryChannel(this.#halves, { ...joining, settings }),
				start: () => ({
					settings: { ...settings, bindip: this.#bindip, bindport: this.#port },
					isLeaving: this.#shutdown.isLeaving,
				}),
				log: (line) => this.#events.log(line),
				print: (block) => this.#events.print(block),
				complain: (block) => this.#events.complain(block),
				isLast: () => countWorkers(this.#workers, "ready") === 0,
				changed: () => {
					if (worker?.hasServed) generation.isProven = true;
					this.#reconcile();
				},
				ended: (reason, wasOrderly) => {
					if (worker) this.#ended(generation, worker, reason, wasOrderly);
				},
				notForked: (error) => this.#notForked(generation, `could not be started (${messageOf(error)})`),
			},
			this.#startTimeoutMs,
		);
		if (!worker) return false;
		this.#workers.add(worker);
		generation.workers.add(worker);
		return true;
	}

	#ended(generation: Generation, worker: WorkerHandle, reason: string, wasOrderly: boolean): void {
		this.#workers.delete(worker);
		generation.workers.delete(worker);
		if (this.isStopping) this.#shutdown.noteEnd();
		else this.#replace(generation, worker, reason, wasOrderly);
		this.#endIfGone(generation);
	}

	/** Decides what the end of a worker means. */
	#replace(generation: Generation, worker: WorkerHandle, reason: string, wasOrderly: boolean): void {
		const { name, hasServed, failure, state, startedAt } = worker;
		if (state !== "draining" || !wasOrderly) this.#topics?.metrics.noteDeath();
		if (state === "draining") {
			if (hasServed && !wasOrderly) this.#events.complain(`${name} ${reason} before it had finished its requests`);
		} else if (generation === this.#next && (this.#current || !hasServed)) {
			this.#giveUp(failure ?? new Problems([{ where: name, message: reason }]));
		} else {
			this.#restarts.noteDeath(performance.now() - startedAt, `${name} ${reason}`);
		}
		this.#reconcile();
	}

	/** There is no process for a worker; those that run are no worse for that. */
	#notForked(generation: Generation, reason: string): void {
		if (this.isStopping) return;
		if (generation === this.#next) this.#giveUp(new Problems([{ where: "worker", message: reason }]));
		else this.#restarts.noteDeath(0, `a worker ${reason}`);
		this.#reconcile();
		this.#endIfGone(generation);
	}

	#endIfGone(generation: Generation): void {
		if (generation.workers.size > 0 || generation === this.#current || generation === this.#next) return;
		for (const half of this.#halves) half.end?.(generation.settings);
	}

	/** The next generation can't be completed. */
	#giveUp(problems: Problems): void {
		this.#next?.reject(problems);
		this.#next = undefined;
	}

	#exit(code: number): void {
		for (const half of this.#halves) half.close?.();
		const last = this.#export?.close();
		this.#export = undefined;
		// Whoever asks once more to end does not wait for a collector.
		if (last) void last.then(() => this.#events.exit(code));
		else this.#events.exit(code);
	}
}

function setUpWorkers(): void {
	cluster.setupPrimary({
		exec: fileURLToPath(new URL("./process/worker.js", import.meta.url)),
		args: [],
		// Bodies of megabytes are garbage as soon as they are forwarded, and V8 by itself lets the heap grow to several times of
		// what lives; half of that as garbage is collected seldom enough to cost little. Requests that wait while V8 collects
		// garbage would have it put all later ones among the old objects, for good, and collect those at twice the cost. The
		// contract's validators are longer than what V8 optimizes by itself, and take a tenth of the time once they are optimized.
		execArgv: [
			...process.execArgv,
			"--heap-growing-percent=100",
			"--no-allocation-site-pretenuring",
			"--max-optimized-bytecode-size=1000000",
		],
	});
}
