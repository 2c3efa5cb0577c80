/** One worker process, as the primary sees it: how far it is, what it says, and how it ended. */
import cluster, { type Worker } from "node:cluster";
import createDebug from "debug";
import { describeProblem, Problems } from "../errors/problem.js";
import type { KeyNews, RevokedHere } from "../keys/messages.js";
import type { Pass } from "../keys/passes.js";
import type { LimitsAnswered, LimitsAsked } from "../limits/messages.js";
import type { GatherMessage, MetricsReport, View } from "../metrics/messages.js";
import type { Actor, KeyChanges } from "../store/keyTypes.js";
import type { TracesReport } from "../tracing/exportFailures.js";
import type { UpstreamNews, UpstreamReport } from "../upstream/health/messages.js";
import type { DefaultModelTold, ModelNews } from "../upstream/hostModels/messages.js";
import { closeUndelivered } from "./handover.js";
import type { Load, ToPrimary, ToWorker } from "./messages.js";

const debug = createDebug("llmgw:cluster");

/** What a worker has of the primary. */
export interface WorkerHandleEvents {
	/** What it starts with, asked when it is there to hear it. */
	start(): Omit<Extract<ToWorker, { type: "start" }>, "type">;
	/** Asks what limits allow. */
	limit(message: LimitsAsked): void;
	/** Says what it knows of AI hosts, and asks to send them requests. */
	report(report: UpstreamReport): void;
	/** Says what it has counted. */
	count(report: MetricsReport): void;
	/** The text of a view of what all have counted. */
	scrape(view: View): Promise<string>;
	/** Says whether its traces can be sent. */
	trace(report: TracesReport): void;
	/** It has changed a key in the store; resolves when the change is in force, with those who have not said so. */
	keysChanged(): Promise<{ changes: KeyChanges; pending: readonly string[] }>;
	/** It can't write to the store that a key is revoked; resolves with undefined if the primary doesn't know the key. */
	revocationAsked(name: string, by: Actor): Promise<RevokedHere | undefined>;
	/** It needs to know which models an upstream has now. */
	modelsAsked(upstream: string): void;
	/** Says what becomes of requests that name no model. */
	defaultModel(told: DefaultModelTold): void;
	/** Somebody shows it this link; whether that is the first time. */
	spend(link: Pass): boolean;
	print(block: string): void;
	/** A line of JSON for the log. */
	log(line: string): void;
	complain(block: string): void;
	/** It is ready, or drains without having been told. */
	changed(): void;
	/** Its process is no more: `reason` continues a sentence that names it. */
	ended(reason: string, wasOrderly: boolean): void;
	/** No other worker takes the connections that it hands back. */
	isLast(): boolean;
	/** There is no process: the machine has no more, or no more files, or no memory for it. */
	notForked(error: unknown): void;
}

export class WorkerHandle {
	readonly startedAt = performance.now();
	state: "starting" | "ready" | "draining" = "starting";
	/** Has been ready, so that requests may be lost with it. */
	hasServed = false;
	load: Load | undefined;
	/** What keeps it from starting, as it said itself. */
	failure: Problems | undefined;
	readonly #worker: Worker;
	readonly #events: WorkerHandleEvents;
	readonly #deadline: NodeJS.Timeout;
	/** Why it was killed. */
	#overdue: string | undefined;
	#isStarted = false;
	#hasEnded = false;
	/** The newest edition of keys that it was told, and that it has taken over. */
	#keysTold = 0;
	#keysTaken = 0;
	#whenTaken: { edition: number; resolve: () => void }[] = [];

	/** @param startTimeoutMs it is killed when it is not ready by then */
	constructor(worker: Worker, events: WorkerHandleEvents, startTimeoutMs: number) {
		this.#worker = worker;
		this.#events = events;
		this.#deadline = setTimeout(() => {
			this.#overdue = `did not become ready within ${startTimeoutMs / 1000} s`;
			this.kill();
		}, startTimeoutMs);
		worker.on("message", (message: ToPrimary) => this.#receive(message));
		worker.on("error", (error) => debug("%s: %o", this.name, error));
		worker.once("exit", (code, signal) => {
			clearTimeout(this.#deadline);
			this.#hasEnded = true;
			this.#settleTaken();
			const reason = this.#reasonOfEnd(code, signal);
			debug("%s %s", this.name, reason);
			events.ended(reason, code === 0);
		});
		closeUndelivered(worker, events.isLast);
	}

	get pid(): number {
		return this.#worker.process.pid ?? 0;
	}

	get name(): string {
		return `worker ${this.pid}`;
	}

	/** @param isPatient see `ToWorker` */
	drain(isPatient: boolean): void {
		this.state = "draining";
		this.#tell({ type: "drain", patient: isPatient });
	}

	/** It is not ready any more, and goes on serving. */
	leave(): void {
		this.#tell({ type: "leave" });
	}

	askForLoad(): void {
		this.load = undefined;
		this.#tell({ type: "report" });
	}

	/** Of upstreams and their models, and of limits. */
	inform(news: UpstreamNews | ModelNews | LimitsAnswered): void {
		this.#tell(news);
	}

	/** Of keys. One that has not been started yet begins with what there is then. */
	informOfKeys(changes: KeyChanges, answer: Pick<KeyNews, "answers" | "pending"> = {}): void {
		if (!this.#isStarted) return;
		this.#keysTold += 1;
		this.#tell({ type: "keyNews", changes, edition: this.#keysTold, ...answer });
	}

	/** Resolves when all it was told of keys is in force in it, or its process is no more. */
	keysTaken(): Promise<void> {
		if (this.hasTakenKeys) return Promise.resolve();
		const edition = this.#keysTold;
		return new Promise((resolve) => this.#whenTaken.push({ edition, resolve }));
	}

	get hasTakenKeys(): boolean {
		return this.#hasEnded || this.#keysTaken >= this.#keysTold;
	}

	#settleTaken(): void {
		const settled = this.#whenTaken.filter(({ edition }) => this.#hasEnded || edition <= this.#keysTaken);
		this.#whenTaken = this.#whenTaken.filter((one) => !settled.includes(one));
		for (const { resolve } of settled) resolve();
	}

	/** Of metrics. */
	gather(message: GatherMessage): void {
		this.#tell(message);
	}

	kill(): void {
		this.#worker.process.kill("SIGKILL");
	}

	#tell(message: ToWorker): void {
		if (this.#worker.isConnected()) this.#worker.send(message, () => {});
	}

	#receive(message: ToPrimary): void {
		switch (message.type) {
			case "limits":
				this.#events.limit(message);
				break;
			case "upstreams":
				this.#events.report(message);
				break;
			case "metrics":
				this.#events.count(message);
				break;
			case "scrape":
				this.#events.scrape(message.view).then(
					(text) => this.#tell({ type: "scraped", number: message.number, text }),
					(error: unknown) => debug("no metrics: %o", error),
				);
				break;
			case "traces":
				this.#events.trace(message);
				break;
			case "log":
				this.#events.log(message.line);
				break;
			case "keysChanged":
				void this.#events
					.keysChanged()
					.then(({ changes, pending }) => this.informOfKeys(changes, { answers: message.number, pending }));
				break;
			case "revocationAsked":
				void this.#events.revocationAsked(message.name, message.by).then((revoked) => {
					const { number } = message;
					this.#tell({ type: "revocationAnswered", number, ...(revoked === undefined ? {} : { revoked }) });
				});
				break;
			case "keysTaken":
				this.#keysTaken = message.edition;
				this.#settleTaken();
				break;
			case "modelsAsked":
				this.#events.modelsAsked(message.upstream);
				break;
			case "defaultModel":
				this.#events.defaultModel(message);
				break;
			case "linkShown":
				this.#tell({ type: "linkSpent", number: message.number, isFirst: this.#events.spend(message.link) });
				break;
			case "print":
				this.#events.print(message.block);
				break;
			case "complain":
				this.#events.complain(message.block);
				break;
			case "load":
				this.load = message.load;
				break;
			case "waiting":
				// What was said to it before it listened is lost.
				if (this.state === "draining") this.#tell({ type: "end" });
				else {
					this.#isStarted = true;
					this.#tell({ type: "start", ...this.#events.start() });
				}
				break;
			case "ready":
				clearTimeout(this.#deadline);
				this.hasServed = true;
				if (this.state === "starting") this.state = "ready";
				this.#events.changed();
				break;
			case "draining":
				this.state = "draining";
				this.#events.changed();
				break;
			case "drained":
				this.#tell({ type: "end" });
				break;
			case "failed":
				this.failure = new Problems(message.problems);
		}
	}

	#reasonOfEnd(code: number | null, signal: string | null): string {
		if (this.failure) return `could not start: ${this.failure.problems.map(describeProblem).join("; ")}`;
		if (this.#overdue) return this.#overdue;
		const end = signal ? `was killed by ${signal}` : `ended with code ${code}`;
		return this.hasServed ? end : `${end} before it was ready`;
	}
}

/** Starts a worker process; where that fails, returns nothing and says why in `notForked`. */
export function forkWorker(events: WorkerHandleEvents, startTimeoutMs: number): WorkerHandle | undefined {
	let worker: Worker;
	try {
		worker = cluster.fork({ LLMW_COLOR: process.stdout.isTTY ? "1" : "0" });
	} catch (error) {
		process.nextTick(events.notForked, error);
		return undefined;
	}
	if (worker.process.pid !== undefined) return new WorkerHandle(worker, events, startTimeoutMs);
	// Some failures of child_process.spawn are an event, after which nothing more comes.
	worker.once("error", events.notForked);
	return undefined;
}
