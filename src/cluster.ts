/** The primary: starts workers, keeps them alive, replaces and drains them, and counts exactly for all of them. */
import cluster from "node:cluster";
import { userInfo } from "node:os";
import { fileURLToPath } from "node:url";
import { describeProblem, messageOf, type Problem, Problems } from "./errors/problem.js";
import type { RevokedHere } from "./keys/messages.js";
import { createPassDesk, type PassKind } from "./keys/passes.js";
import { createKeyRegistry, type KeyRegistry } from "./keys/primary.js";
import { createRevocationDesk, type UnwrittenRevocations } from "./keys/unwrittenRevocations.js";
import { openLimits, type PrimaryLimits } from "./limits/openLimits.js";
import { type Collector, createCollector } from "./metrics/collector.js";
import { openExport } from "./metrics/export.js";
import type { MetricsExport } from "./metrics/metricsExport.js";
import { tryAddress } from "./process/listenAddress.js";
import type { Load } from "./process/messages.js";
import { forkWorker, type WorkerHandle } from "./process/workerHandle.js";
import { connectionLimits, openFilesLimit } from "./settings/processLimits.js";
import type { Settings } from "./settings/settings.js";
import type { Actor, KeyChanges } from "./store/keyTypes.js";
import { lazyStore } from "./store/lazyStore.js";
import { createExportFailures, type FailureSeat } from "./tracing/exportFailures.js";
import { createBoard, type UpstreamStatus } from "./upstream/health/primary.js";
import { createProber, type Prober } from "./upstream/health/prober.js";
import type { DefaultModelTold } from "./upstream/hostModels/messages.js";
import { createModelWatch, type ModelWatch } from "./upstream/hostModels/primary.js";
import { namedModels } from "./upstream/routing/namedModels.js";

/** Workers that die within this time of their start are a crash loop, which is said once there are this many in a row. */
const youngMs = 10_000;
const crashLoopDeaths = 5;
const firstBackoffMs = 100;
const maxBackoffMs = 5_000;
/** Fewer of them per worker are worth a word. */
const fewConnections = 1_000;
/** Two requests to stop that come closer together are one. */
const sameSignalMs = 150;
/** How long a change of a key waits until each worker has said that it is in force in it. */
const acknowledgeMs = 2_000;
/** What a worker may take beyond its drain timeout, to tell its clients and to end. */
const endMs = 1_000;

export interface PrimaryEvents {
	/** One line or one block for the operator. */
	print(block: string): void;
	/** What becomes of requests that name no model, where that is not what the contract says. */
	defaultModel?(line: string): void;
	/** A line of JSON for the log, from a worker. */
	log(line: string): void;
	/** A complaint, for stderr. */
	complain(line: string): void;
	/** These settings are in force from now on: after the start, and after each reload that succeeds. */
	adopt?(settings: Settings): void;
	/** A credential for administrators was made, to be shown this once. */
	adminMade?(secret: string): void;
	/** The gateway has ended. Where that is said more than once, the first code counts. */
	exit(code: number): void;
	/** No new connections are taken from here on. */
	draining?(): void;
}

export interface WorkerStatus {
	pid: number;
	state: WorkerHandle["state"];
	upMs: number;
	load: Load | undefined;
}

export interface GatewayStatus {
	workers: WorkerStatus[];
	upstreams: (UpstreamStatus & { inFlight: number })[];
}

/** What came of a reload: so many new workers, or what keeps the old ones. */
export type ReloadOutcome = { workers: number } | { problems: readonly Problem[] };

/** The workers of one start or reload, which run by the same settings. */
interface Generation {
	settings: Settings;
	members: Set<WorkerHandle>;
	/** Keys in the store that its settings name. */
	keys: KeyRegistry;
	/** One of them has been ready, so that the others may start all at once. */
	isProven: boolean;
}

/** A crew that has not taken over yet. */
interface NextGeneration extends Generation {
	/** All of it are ready, or the gateway is stopping. */
	resolve(): void;
	reject(reason: Problems): void;
}

/**
 * One gateway's workers.
 *
 * An event changes what is there or what is wanted, and `#reconcile` then does what makes them one.
 */
export class Primary {
	readonly #readSettings: () => Promise<Settings> | Settings;
	readonly #events: PrimaryEvents;
	readonly #startTimeoutMs: number;
	#limits: PrimaryLimits | undefined;
	#export: MetricsExport | undefined;
	readonly #exportFailures: { join(): FailureSeat };
	readonly #board = createBoard();
	readonly #passes = createPassDesk(userName());
	/** Of each database. */
	readonly #unwrittenRevocations: (settings: Settings) => UnwrittenRevocations;
	readonly #prober: Prober;
	readonly #models: ModelWatch;
	/** What was last said of requests without a model, by the contract's default. */
	readonly #defaultModels = new Map<string, string>();
	readonly #collector: Collector;
	/** All worker processes, those that drain included. */
	readonly #members = new Set<WorkerHandle>();
	/** All that have a worker, or are about to. */
	readonly #crews = new Set<Generation>();
	/** Serves. */
	#current: Generation | undefined;
	/** Takes over as soon as all of it are ready. */
	#next: NextGeneration | undefined;
	#stopping = false;
	/** Told to stop, and still serving. */
	#leaving = false;
	#stoppingSince = 0;
	#reloading: Promise<ReloadOutcome> | undefined;
	#reloadAgain = false;
	#youngDeaths = 0;
	/** Deaths after which the wait is not over yet. */
	#rests = 0;
	/** Where all workers listen, also those that a reload or a death makes necessary. */
	#bindip = "";
	#port = 0;
	/** What the settings of the start said, which may be any free port. */
	#bindport = 0;
	#redisUrl: string | undefined;
	#namedModels: ReadonlyMap<string, ReadonlySet<string>> = new Map();

	/**
	 * @param readSettings asked at each reload
	 * @param startTimeoutMs how long a worker may take until it is ready
	 */
	constructor(readSettings: () => Promise<Settings> | Settings, events: PrimaryEvents, startTimeoutMs = 30_000) {
		this.#readSettings = readSettings;
		this.#events = events;
		this.#startTimeoutMs = startTimeoutMs;
		this.#exportFailures = createExportFailures(events.complain);
		this.#unwrittenRevocations = createRevocationDesk(events.complain);
		this.#prober = createProber(this.#board.setHealth, events.complain);
		this.#models = createModelWatch({
			tell: (news) => {
				for (const member of this.#members) member.inform(news);
			},
			complain: events.complain,
		});
		this.#collector = createCollector({
			upstreams: () => this.#board.status(),
			models: () => this.#namedModels,
			isRedisReachable: () => this.#limits?.isRedisReachable(),
			workers: () => ({
				starting: this.#countAll("starting"),
				ready: this.#countAll("ready"),
				draining: this.#countAll("draining"),
			}),
		});
	}

	/** The port that is listened on, also where settings say "any". */
	get port(): number {
		return this.#port;
	}

	/** Told to stop. */
	get isStopping(): boolean {
		return this.#stopping;
	}

	/**
	 * Starts the workers; where it returns with `isStopping`, it was stopped meanwhile.
	 *
	 * @throws Problems when the address can't be used or a worker can't start.
	 */
	async start(settings: Settings): Promise<void> {
		this.#bindip = settings.bindip;
		this.#bindport = settings.bindport;
		// Not 0: Node gives a port back with the last worker that listens, and the next has to ask for the same.
		this.#port = await tryAddress(settings);
		this.#redisUrl = settings.redisUrl;
		this.#limits = await openLimits(settings, {
			print: this.#events.print,
			complain: this.#events.complain,
			noteAway: this.#collector.noteAway,
		});
		cluster.setupPrimary({
			exec: fileURLToPath(new URL("./process/worker.js", import.meta.url)),
			args: [],
			// Bodies of megabytes are garbage as soon as they are forwarded, and V8 by itself lets much of it gather. To
			// have it collected sooner costs no CPU time that could be measured. Requests that wait while V8 collects garbage
			// would have it put all later ones among the old objects, for good, and collect those at twice the cost.
			execArgv: [...process.execArgv, "--heap-growing-percent=20", "--no-allocation-site-pretenuring"],
		});
		if (settings.metrics) this.#export = await openExport(process.env, this.#collector.survey, this.#events.complain);
		try {
			await this.#bringUp(settings);
		} catch (error) {
			this.#stopping = true;
			this.#killAll();
			this.#limits?.close();
			throw error;
		}
	}

	/** Stops accepting, after the drain delay, lets what is in flight finish, and ends. The second call ends at once. */
	stop(): void {
		if (this.#stopping) {
			// A supervisor that signals the process and its group means it once.
			if (performance.now() - this.#stoppingSince < sameSignalMs) return;
			this.#killAll();
			this.#exit(1);
			return;
		}
		const { drainDelayMs = 0 } = this.#current?.settings ?? {};
		if (!this.#leaving && drainDelayMs > 0) this.#leave(drainDelayMs);
		else if (!this.#leaving) this.#drainAll();
		else if (performance.now() - this.#stoppingSince >= sameSignalMs) {
			this.#stopping = true;
			this.#killAll();
			this.#exit(1);
		}
	}

	/** Goes on serving while load balancers learn, by `/readyz`, to send requests elsewhere. */
	#leave(delayMs: number): void {
		this.#leaving = true;
		this.#stoppingSince = performance.now();
		for (const member of this.#members) member.leave();
		this.#events.print(
			`stopping in ${delayMs / 1000} s: not ready any more, and still serving; stop again to end at once`,
		);
		setTimeout(() => {
			if (!this.#stopping) this.#drainAll();
		}, delayMs);
	}

	#drainAll(): void {
		this.#stopping = true;
		this.#stoppingSince = performance.now();
		this.#events.draining?.();
		this.#models.stop();
		this.#next?.resolve();
		if (this.#members.size === 0) this.#exit(0);
		for (const member of this.#members) member.drain(false);
		const drainMs = Math.max(0, ...[this.#current, this.#next].map((crew) => crew?.settings.drainTimeoutMs ?? 0));
		setTimeout(() => this.#endLate(), drainMs + endMs);
		void this.#tellOfDrain(drainMs);
	}

	/** Replaces the workers by new ones with settings read anew. Settings that can't be used change nothing. */
	async reload(): Promise<ReloadOutcome> {
		// While starting, settings have just been read.
		if (!this.#current) return notReloaded("the gateway is still starting");
		this.#reloadAgain = true;
		this.#reloading ??= this.#reloadWhileAsked();
		return this.#reloading;
	}

	/** Those in force. */
	get settings(): Settings | undefined {
		return this.#current?.settings;
	}

	/** Why nobody passes without a key though the store names none. */
	get closedBy(): string | undefined {
		return this.#current?.keys.closedBy();
	}

	/** There is a key, so that nobody passes without one. */
	get hasKeys(): boolean {
		return this.#current?.keys.hasKeys() === true;
	}

	/** For the user that the gateway runs as, who needs no other credential. */
	issuePass(kind: PassKind): string {
		return this.#passes.issue(kind);
	}

	async status(): Promise<GatewayStatus> {
		const workers = await this.#workerStatus();
		const upstreams = this.#board.status().map((upstream) => ({
			...upstream,
			inFlight: workers.reduce((sum, { load }) => sum + (load?.upstreams[upstream.name] ?? 0), 0),
		}));
		return { workers, upstreams };
	}

	async #workerStatus(): Promise<WorkerStatus[]> {
		const members = [...this.#members];
		for (const member of members) member.askForLoad();
		const deadline = performance.now() + 1000;
		while (
			members.some((member) => member.load === undefined && member.state !== "starting") &&
			performance.now() < deadline
		)
			await new Promise((resolve) => setTimeout(resolve, 10));
		return members.map(({ pid, state, startedAt, load }) => ({
			pid,
			state,
			upMs: performance.now() - startedAt,
			load,
		}));
	}

	/** Starts a crew with these settings, which takes over when it is complete. @throws Problems when it can't be */
	async #bringUp(settings: Settings): Promise<void> {
		const members = new Set<WorkerHandle>();
		const events = {
			changed(changes: KeyChanges) {
				for (const member of members) member.informOfKeys(changes);
			},
			complain: this.#events.complain,
			adminMade: (secret: string) => this.#events.adminMade?.(secret),
		};
		const keys = createKeyRegistry(settings, events, lazyStore, this.#unwrittenRevocations(settings));
		await keys.refresh();
		return new Promise((resolve, reject) => {
			if (this.#stopping) return resolve();
			this.#next = { settings, members, keys, isProven: false, resolve, reject };
			this.#crews.add(this.#next);
			this.#reconcile();
		});
	}

	/** Compares the workers that are wanted with those there are. To be run after whatever changes either. */
	#reconcile(): void {
		if (this.#stopping) return;
		const next = this.#next;
		if (next && count(next, "ready") >= next.settings.workers) {
			this.#current = next;
			this.#next = undefined;
			this.#adopt(next.settings);
			next.resolve();
		}
		const wanted = [this.#current, this.#next].filter((crew) => crew !== undefined);
		for (const member of this.#members)
			if (member.state !== "draining" && !wanted.some(({ members }) => members.has(member))) member.drain(true);
		if (this.#rests > 0) return;
		for (const crew of wanted) {
			// The first alone: what is wrong with one is wrong with all, and is then said once.
			let missing = (crew.isProven ? crew.settings.workers : 1) - count(crew, "starting") - count(crew, "ready");
			while (missing > 0 && this.#fork(crew)) missing -= 1;
		}
	}

	#adopt(settings: Settings): void {
		const { upstreams } = settings.routing;
		this.#namedModels = namedModels(settings.routing);
		this.#board.adopt(upstreams);
		this.#prober.follow(upstreams);
		this.#models.follow(upstreams);
		this.#limits?.adopt(settings);
		this.#events.adopt?.(settings);
		const { clients } = connectionLimits(openFilesLimit());
		if (clients < Math.min(settings.maxConnections, fewConnections))
			this.#events.complain(
				`with ${openFilesLimit()} open files (ulimit -n) a worker takes ${clients} connections of clients, not ${settings.maxConnections}`,
			);
	}

	/** All workers say the same, and it is printed when it changes. */
	#tellDefaultModel({ model, line }: DefaultModelTold): void {
		if (this.#defaultModels.get(model) === line) return;
		this.#defaultModels.set(model, line);
		this.#events.defaultModel?.(line);
	}

	#fork(crew: Generation): boolean {
		const seat = this.#board.join(crew.settings.routing.upstreams, (news) => member?.inform(news));
		const counted = this.#collector.join((message) => member?.gather(message));
		const traced = this.#exportFailures.join();
		const limited = this.#limits?.join((message) => member?.inform(message));
		const leave = () => {
			seat.leave();
			limited?.leave();
			traced.leave();
			counted.leave();
		};
		const member = forkWorker(
			{
				start: () => ({
					settings: { ...crew.settings, bindip: this.#bindip, bindport: this.#port },
					states: seat.snapshot(),
					keys: crew.keys.snapshot(),
					isLeaving: this.#leaving,
					models: this.#models.snapshot(),
					passSecret: this.#passes.secret,
				}),
				report: (report) => seat.receive(report),
				limit: (message) => limited?.receive(message),
				count: (report) => counted.receive(report),
				scrape: (view) => this.#collector.scrape(view),
				trace: (report) => traced.receive(report),
				log: (line) => this.#events.log(line),
				spend: (link) => this.#passes.spend(link),
				keysChanged: () => this.#readKeys(crew),
				revocationAsked: (name, by) => this.#revokeKey(crew, name, by),
				modelsAsked: (upstream) => this.#models.refresh(upstream),
				defaultModel: (told) => this.#tellDefaultModel(told),
				print: (block) => this.#events.print(block),
				complain: (block) => this.#events.complain(block),
				isLast: () => ![...this.#members].some(({ state }) => state === "ready"),
				changed: () => {
					if (member?.hasServed) crew.isProven = true;
					this.#reconcile();
				},
				ended: (reason, wasOrderly) => {
					leave();
					if (member) this.#ended(crew, member, reason, wasOrderly);
				},
				notForked: (error) => {
					leave();
					this.#notForked(crew, `could not be started (${messageOf(error)})`);
				},
			},
			this.#startTimeoutMs,
		);
		if (!member) return false;
		this.#members.add(member);
		crew.members.add(member);
		return true;
	}

	/** Also for crews that take this one's place, or whose place it takes, down to the last worker that drains. */
	async #readKeys(crew: Generation): Promise<{ changes: KeyChanges; pending: string[] }> {
		const crews = [...new Set([crew, ...this.#crews])];
		const read = await Promise.all(crews.map((one) => one.keys.refresh()));
		const pending = await this.#lateForKeys();
		if (read.includes(false)) pending.push("the primary process, which can't read the store");
		return { changes: crew.keys.news(), pending };
	}

	/** In force in all crews of the same store. */
	async #revokeKey(crew: Generation, name: string, by: Actor): Promise<RevokedHere | undefined> {
		const revoked = crew.keys.revoke(name, by);
		return revoked && { ...revoked, pending: await this.#lateForKeys() };
	}

	/** Waits until all workers have taken over what they were told of keys, and names those that take too long. */
	async #lateForKeys(): Promise<string[]> {
		const members = [...this.#members];
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, acknowledgeMs);
		});
		await Promise.race([Promise.all(members.map((member) => member.keysTaken())), late]);
		clearTimeout(timer);
		return members.filter(({ hasTakenKeys }) => !hasTakenKeys).map(({ name }) => name);
	}

	#ended(crew: Generation, member: WorkerHandle, reason: string, wasOrderly: boolean): void {
		this.#members.delete(member);
		crew.members.delete(member);
		if (crew.members.size === 0 && crew !== this.#current && crew !== this.#next) {
			this.#crews.delete(crew);
			crew.keys.close();
		}
		if (this.#stopping) {
			if (this.#members.size === 0) this.#exit(0);
			return;
		}
		const { name, hasServed, failure, state, startedAt } = member;
		if (state !== "draining" || !wasOrderly) this.#collector.noteDeath();
		if (state === "draining") {
			if (hasServed && !wasOrderly) this.#events.complain(`${name} ${reason} before it had finished its requests`);
		} else if (crew === this.#next && (this.#current || !hasServed)) {
			this.#giveUp(failure ?? new Problems([{ where: name, message: reason }]));
		} else {
			this.#youngDeaths = performance.now() - startedAt < youngMs ? this.#youngDeaths + 1 : 0;
			this.#rest(`${name} ${reason}`);
		}
		this.#reconcile();
	}

	/** There is no process for a worker; those that run are no worse for that. */
	#notForked(crew: Generation, reason: string): void {
		if (this.#stopping) return;
		if (crew === this.#next) {
			this.#giveUp(new Problems([{ where: "worker", message: reason }]));
		} else {
			this.#youngDeaths += 1;
			this.#rest(`a worker ${reason}`);
		}
		this.#reconcile();
	}

	/** The next crew will not be complete. */
	#giveUp(problems: Problems): void {
		this.#next?.reject(problems);
		this.#next = undefined;
	}

	/**
	 * Starts no worker for a while, and longer each time that they die young. It goes on for ever: a gateway that has served
	 * can do so again, and what ends its workers may come from a client.
	 */
	#rest(happened: string): void {
		const backoffMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.max(0, this.#youngDeaths - 1));
		this.#events.complain(`${happened}; a new one starts in ${backoffMs} ms`);
		if (this.#youngDeaths === crashLoopDeaths)
			this.#events.complain(
				`${crashLoopDeaths} workers in a row ended soon after their start; others are tried until one stays`,
			);
		this.#rests += 1;
		setTimeout(() => {
			this.#rests -= 1;
			this.#reconcile();
		}, backoffMs);
	}

	/** What an operator waits for who has told the gateway to stop. */
	async #tellOfDrain(drainMs: number): Promise<void> {
		const loads = (await this.#workerStatus()).map(({ load }) => load?.requests ?? 0);
		const requests = loads.reduce((sum, load) => sum + load, 0);
		if (requests === 0) return;
		const what = requests === 1 ? "1 request" : `${requests} requests`;
		this.#events.print(`stopping: ${what} in flight may take up to ${drainMs / 1000} s; stop again to end at once`);
	}

	/** A worker that is stopped or busy for ever can't drain. */
	#endLate(): void {
		const names = [...this.#members].map(({ name }) => name).join(", ");
		this.#events.complain(`${names} had to be killed: still there after the drain timeout`);
		this.#killAll();
		this.#exit(1);
	}

	/** A request to reload that comes during a reload may be about settings that were changed after they were read. */
	async #reloadWhileAsked(): Promise<ReloadOutcome> {
		let outcome = notReloaded("the gateway is stopping");
		while (this.#reloadAgain && !this.#stopping) {
			this.#reloadAgain = false;
			outcome = await this.#replaceAll();
		}
		this.#reloading = undefined;
		return outcome;
	}

	/**
	 * The whole new crew is ready before the first old worker drains. That takes memory for both for a moment, but old
	 * workers that had gone already could not be had again where the file of a plugin has changed.
	 */
	async #replaceAll(): Promise<ReloadOutcome> {
		try {
			const settings = await this.#readSettings();
			await this.#bringUp(settings);
			if (this.#stopping) return notReloaded("the gateway is stopping");
			this.#events.print(describeReload(settings.workers));
			if (settings.bindip !== this.#bindip || settings.bindport !== this.#bindport)
				this.#events.complain(
					`a reload can't change bindip and bindport: still listening on ${this.#bindip} port ${this.#port}`,
				);
			if (settings.redisUrl !== this.#redisUrl)
				this.#events.complain("a reload can't change redis: limits are counted where they were until a restart");
			return { workers: settings.workers };
		} catch (error) {
			if (this.#stopping) return notReloaded("the gateway is stopping");
			const problems = error instanceof Problems ? error.problems : [{ where: "reload", message: String(error) }];
			for (const problem of problems) this.#events.complain(`not reloaded: ${describeProblem(problem)}`);
			return { problems };
		}
	}

	#countAll(state: WorkerHandle["state"]): number {
		return [...this.#members].filter((member) => member.state === state).length;
	}

	#exit(code: number): void {
		this.#limits?.close();
		const last = this.#export?.close();
		this.#export = undefined;
		// Who asks once more to end does not wait for a collector.
		if (last) void last.then(() => this.#events.exit(code));
		else this.#events.exit(code);
	}

	#killAll(): void {
		for (const member of this.#members) member.kill();
	}
}

/** As it is said to the operator, wherever the reload was asked for. */
export function describeReload(workers: number): string {
	return `reloaded: ${workers} new worker${workers === 1 ? "" : "s"}`;
}

function notReloaded(message: string): ReloadOutcome {
	return { problems: [{ where: "reload", message }] };
}

function count({ members }: Generation, state: WorkerHandle["state"]): number {
	return [...members].filter((member) => member.state === state).length;
}

/** A container's user may have no name. */
function userName(): string {
	try {
		return userInfo().username;
	} catch {
		return `uid ${process.getuid?.()}`;
	}
}
