/** The primary: forks workers, keeps them alive, replaces and drains them, and counts exactly for all of them. */
import cluster, { type Worker } from "node:cluster";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import createDebug from "debug";
import { describeProblem, type Problem, Problems } from "./contract/problem.js";
import type { Settings } from "./contract/settings.js";
import { closeUndelivered } from "./handover.js";
import { WindowCounter } from "./limits/counter.js";
import type { Load, ToPrimary, ToWorker } from "./messages.js";

const debug = createDebug("llmgw:cluster");

/** Workers that die within this time of their start are a crash loop once there are this many in a row. */
const youngMs = 10_000;
const crashLoopDeaths = 5;
const firstBackoffMs = 100;
const maxBackoffMs = 5_000;
/** Two requests to stop that come closer together are one. */
const sameSignalMs = 150;

export interface PrimaryEvents {
	/** One line or one block for the operator. */
	print(block: string): void;
	/** A complaint, for stderr. */
	complain(line: string): void;
	/** The gateway has ended. */
	exit(code: number): void;
}

export interface WorkerStatus {
	pid: number;
	state: "starting" | "ready" | "draining";
	upMs: number;
	load: Load | undefined;
}

interface Member {
	worker: Worker;
	startedAt: number;
	state: WorkerStatus["state"];
	load: Load | undefined;
	/** What it said that keeps it from starting. */
	failure: Problems | undefined;
	/** Someone waits for its start, and says what went wrong with it. */
	isAwaited: boolean;
	/** Settled when the worker listens, or with what keeps it from starting. */
	ready: Promise<void>;
}

/** One gateway's workers. */
export class Primary {
	readonly #settings: () => Promise<Settings> | Settings;
	readonly #events: PrimaryEvents;
	readonly #counter = new WindowCounter();
	readonly #members = new Map<number, Member>();
	#current!: Settings;
	#stopping = false;
	#stoppingSince = 0;
	#started = false;
	#reloading: Promise<void> | undefined;
	#reloadAgain = false;
	#youngDeaths = 0;
	#port = 0;
	/** What workers are told to listen on: 0 until the port is known and has to be asked for again. */
	#bindport = 0;

	/** @param settings read at start and again at each reload */
	constructor(settings: () => Promise<Settings> | Settings, events: PrimaryEvents) {
		this.#settings = settings;
		this.#events = events;
	}

	/** The port that is listened on, also where settings say "any". */
	get port(): number {
		return this.#port;
	}

	/** Told to stop, or about to end for a crash loop. */
	get isStopping(): boolean {
		return this.#stopping;
	}

	/**
	 * Starts the workers; where it returns with `isStopping`, it was stopped meanwhile.
	 *
	 * @throws Problems when the address can't be used or a worker can't start.
	 */
	async start(settings: Settings): Promise<void> {
		this.#current = settings;
		this.#bindport = settings.bindport;
		await checkAddress(settings);
		cluster.setupPrimary({ exec: fileURLToPath(new URL("./worker.js", import.meta.url)), args: [] });
		cluster.on("listening", (_worker, address) => {
			this.#port = address.port;
		});
		try {
			// The first alone: what is wrong with one is wrong with all, and is then said once.
			await this.#forkReady();
			if (!this.#stopping) await Promise.all(Array.from({ length: settings.workers - 1 }, () => this.#forkReady()));
		} catch (error) {
			if (this.#stopping) return;
			this.#stopping = true;
			this.#killAll();
			throw error;
		}
		this.#started = !this.#stopping;
	}

	/** Stops accepting, lets what is in flight finish, and ends. The second call ends at once. */
	stop(): void {
		if (this.#stopping) {
			// A supervisor that signals the process and its group means it once.
			if (performance.now() - this.#stoppingSince < sameSignalMs) return;
			this.#killAll();
			this.#events.exit(1);
			return;
		}
		this.#stopping = true;
		this.#stoppingSince = performance.now();
		if (this.#members.size === 0) this.#events.exit(0);
		for (const member of this.#members.values()) drain(member, false);
	}

	/** Replaces the workers one by one by new ones with settings read anew. Bad settings change nothing. */
	async reload(): Promise<void> {
		// While starting, settings have just been read.
		if (!this.#started) return;
		this.#reloadAgain = true;
		this.#reloading ??= this.#reloadWhileAsked();
		await this.#reloading;
	}

	async status(): Promise<WorkerStatus[]> {
		const members = [...this.#members.values()];
		for (const member of members) {
			member.load = undefined;
			tell(member.worker, { type: "report" });
		}
		const deadline = performance.now() + 1000;
		while (
			members.some((member) => member.load === undefined && member.state !== "starting") &&
			performance.now() < deadline
		)
			await new Promise((resolve) => setTimeout(resolve, 10));
		return members.map(({ worker, state, startedAt, load }) => ({
			pid: worker.process.pid ?? 0,
			state,
			upMs: performance.now() - startedAt,
			load,
		}));
	}

	async #forkReady(): Promise<void> {
		const member = this.#fork();
		member.isAwaited = true;
		await member.ready;
	}

	#fork(): Member {
		const worker = cluster.fork({ LLMW_COLOR: process.stdout.isTTY ? "1" : "0" });
		const member: Member = {
			worker,
			startedAt: performance.now(),
			state: "starting",
			load: undefined,
			failure: undefined,
			isAwaited: false,
			ready: Promise.resolve(),
		};
		member.ready = new Promise((resolve, reject) => {
			worker.on("message", (message: ToPrimary) => this.#receive(member, message, resolve, reject));
			worker.once("exit", (code, signal) => {
				const reason = reasonOfEnd(member, code, signal);
				reject(new Problems([{ where: `worker ${worker.process.pid}`, message: `${reason} before it was ready` }]));
				this.#buried(member, reason, code === 0);
			});
		});
		// Whoever forks a replacement may not wait for it.
		member.ready.catch(() => {});
		closeUndelivered(worker, () => this.#stopping);
		worker.on("error", (error) => debug("worker %d: %o", worker.process.pid, error));
		this.#members.set(worker.id, member);
		return member;
	}

	#receive(member: Member, message: ToPrimary, resolve: () => void, reject: (problems: Problems) => void): void {
		switch (message.type) {
			case "take":
				tell(member.worker, {
					type: "taken",
					first: message.first,
					results: message.takes.map((take) => this.#counter.takeNow(take)),
				});
				break;
			case "print":
				this.#events.print(message.block);
				break;
			case "load":
				member.load = message.load;
				break;
			case "waiting":
				// What was said to it before it listened is lost.
				if (member.state === "draining") tell(member.worker, { type: "end" });
				else tell(member.worker, { type: "start", settings: { ...this.#current, bindport: this.#bindport } });
				break;
			case "ready":
				if (member.state === "starting") member.state = "ready";
				resolve();
				break;
			case "drained":
				tell(member.worker, { type: "end" });
				break;
			case "failed":
				member.failure = new Problems(message.problems);
				reject(member.failure);
		}
	}

	#buried(member: Member, reason: string, wasOrderly: boolean): void {
		this.#members.delete(member.worker.id);
		debug("worker %d %s", member.worker.process.pid, reason);
		// With its last worker Node gives the port back; the next one has to ask for the same.
		if (this.#members.size === 0) this.#bindport = this.#port;
		if (this.#stopping) {
			if (this.#members.size === 0) this.#events.exit(0);
			return;
		}
		if (member.state === "starting" && member.isAwaited) {
			this.#fill();
			return;
		}
		const name = `worker ${member.worker.process.pid}`;
		if (member.state === "draining") {
			if (!wasOrderly) this.#events.complain(`${name} ${reason} before it had finished its requests`);
			return;
		}
		const age = performance.now() - member.startedAt;
		this.#youngDeaths = age < youngMs ? this.#youngDeaths + 1 : 0;
		if (this.#youngDeaths >= crashLoopDeaths) {
			this.#events.complain(`${crashLoopDeaths} workers in a row ended soon after their start; the last one ${reason}`);
			this.#stopping = true;
			this.#killAll();
			this.#events.exit(70);
			return;
		}
		const backoffMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.max(0, this.#youngDeaths - 1));
		this.#events.complain(`${name} ${reason}; a new one starts in ${backoffMs} ms`);
		setTimeout(() => this.#fill(), backoffMs);
	}

	/** Forks what is missing, unless start or a reload is about to do so. */
	#fill(): void {
		if (!this.#started || this.#stopping || this.#reloading) return;
		const serving = [...this.#members.values()].filter(({ state }) => state !== "draining").length;
		for (let missing = this.#current.workers - serving; missing > 0; missing -= 1) this.#fork();
	}

	/** A request to reload that comes during a reload may be about settings that were changed after they were read. */
	async #reloadWhileAsked(): Promise<void> {
		while (this.#reloadAgain && !this.#stopping) {
			this.#reloadAgain = false;
			await this.#replaceAll();
		}
		this.#reloading = undefined;
		this.#fill();
	}

	async #replaceAll(): Promise<void> {
		const before = this.#current;
		try {
			const next = await this.#settings();
			this.#current = { ...next, bindip: before.bindip, bindport: before.bindport };
			const old = [...this.#members.values()];
			for (let index = 0; index < Math.max(old.length, next.workers); index += 1) {
				if (index < next.workers) await this.#forkReady();
				if (this.#stopping) return;
				const replaced = old[index];
				if (replaced) drain(replaced, true);
			}
			this.#events.print(`reloaded: ${next.workers} new worker${next.workers === 1 ? "" : "s"}`);
		} catch (error) {
			if (this.#stopping) return;
			this.#current = before;
			const problems: readonly Problem[] =
				error instanceof Problems ? error.problems : [{ where: "reload", message: String(error) }];
			for (const problem of problems) this.#events.complain(`not reloaded: ${describeProblem(problem)}`);
		}
	}

	#killAll(): void {
		for (const { worker } of this.#members.values()) worker.process.kill("SIGKILL");
	}
}

function tell(worker: Worker, message: ToWorker): void {
	if (worker.isConnected()) worker.send(message, () => {});
}

function drain(member: Member, patient: boolean): void {
	member.state = "draining";
	tell(member.worker, { type: "drain", patient });
}

function reasonOfEnd({ failure }: Member, code: number | null, signal: string | null): string {
	if (failure) return `could not start: ${failure.problems.map(describeProblem).join("; ")}`;
	return signal ? `was killed by ${signal}` : `ended with code ${code}`;
}

/** Finds out before any worker starts whether the address can be listened on. @throws Problems */
async function checkAddress({ bindip, bindport }: Settings): Promise<void> {
	const probe = createServer();
	await new Promise<void>((resolve, reject) => {
		probe.once("error", (error: NodeJS.ErrnoException) => {
			reject(new Problems([{ where: `${bindip}:${bindport}`, message: reasonOf(error) }]));
		});
		probe.listen({ host: bindip, port: bindport }, resolve);
	});
	await new Promise((resolve) => probe.close(resolve));
}

function reasonOf(error: NodeJS.ErrnoException): string {
	if (error.code === "EADDRINUSE") return "the address is in use; stop what listens there or choose another --bindport";
	if (error.code === "EADDRNOTAVAIL") return "this machine has no such address; choose another --bindip";
	if (error.code === "EACCES") return "listening there is not permitted; ports below 1024 need privileges";
	return `can't be listened on (${error.code ?? error.message})`;
}
