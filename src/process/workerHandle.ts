/** One worker process, as the primary sees it: how far it is, its channel, and how it ended. */
import cluster, { type Worker } from "node:cluster";
import createDebug from "debug";
import { describeProblem, Problems } from "../errors/problem.js";
import type { ChannelWorker, PrimaryChannel } from "./channel/primary.js";
import type { TopicMessage } from "./channel/topic.js";
import { closeUndelivered } from "./handover.js";
import { isOfTopic, type Load, type Received, type StartMessage, type ToPrimary, type ToWorker } from "./messages.js";

const debug = createDebug("llmgw:cluster");

/**
 * The GNU C library keeps what large bodies took once it has given back one of their size: for good, if anything small comes to lie
 * behind them. With a threshold of our own, it always asks the system for them, and gives them back.
 */
const memoryVariables = { MALLOC_MMAP_THRESHOLD_: String(1024 * 1024) };

export interface WorkerHandleEvents {
	/** Opens its channel. */
	join(worker: Omit<ChannelWorker, "settings">): PrimaryChannel;
	/** What it starts with, besides snapshots, when it is there to receive that. */
	start(): Pick<StartMessage, "settings" | "isLeaving">;
	print(block: string): void;
	/** A line of JSON for the log. */
	log(line: string): void;
	complain(block: string): void;
	/** It is ready, or drains on its own. */
	changed(): void;
	/** Its process is no more: `reason` continues a sentence that names it. */
	ended(reason: string, wasOrderly: boolean): void;
	/** Whether no other worker takes the connections that it hands back. */
	isLast(): boolean;
	/** There is no process: the machine has no more, or no more files, or no memory for it. */
	notForked(error: unknown): void;
}

export class WorkerHandle {
	readonly startedAt = performance.now();
	state: "starting" | "ready" | "draining" = "starting";
	/** It has been ready, so that requests may be lost with it. */
	hasServed = false;
	load: Load | undefined;
	/** What keeps it from starting, in its own words. */
	failure: Problems | undefined;
	readonly #worker: Worker;
	readonly #events: WorkerHandleEvents;
	readonly #channel: PrimaryChannel;
	readonly #deadline: NodeJS.Timeout;
	/** Why it was killed. */
	#overdue: string | undefined;

	/** @param startTimeoutMs it is killed when it is not ready by then */
	constructor(worker: Worker, events: WorkerHandleEvents, startTimeoutMs: number) {
		this.#worker = worker;
		this.#events = events;
		this.#deadline = setTimeout(() => {
			this.#overdue = `did not become ready within ${startTimeoutMs / 1000} s`;
			this.kill();
		}, startTimeoutMs);
		this.#channel = events.join({ name: this.name, send: (message) => this.#send(message) });
		worker.on("message", (message: Received<ToPrimary>) => {
			if (isOfTopic(message)) this.#channel.receive(message);
			else this.#receive(message);
		});
		worker.on("error", (error) => debug("%s: %o", this.name, error));
		worker.once("exit", (code, signal) => {
			clearTimeout(this.#deadline);
			this.#channel.leave();
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
		this.#send({ type: "drain", patient: isPatient });
	}

	/** It is no longer ready, and goes on serving. */
	leave(): void {
		this.#send({ type: "leave" });
	}

	askForLoad(): void {
		this.load = undefined;
		this.#send({ type: "report" });
	}

	kill(): void {
		this.#worker.process.kill("SIGKILL");
	}

	#send(message: ToWorker | TopicMessage): void {
		if (this.#worker.isConnected()) this.#worker.send(message, () => {});
	}

	#receive(message: ToPrimary): void {
		switch (message.type) {
			case "log":
				this.#events.log(message.line);
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
				// What was sent to it before it listened is lost.
				if (this.state === "draining") this.#send({ type: "end" });
				else this.#send({ type: "start", ...this.#events.start(), snapshots: this.#channel.start() });
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
				this.#send({ type: "end" });
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

/** Starts a worker process. If that fails, returns undefined, and `notForked` is called with the reason. */
export function forkWorker(events: WorkerHandleEvents, startTimeoutMs: number): WorkerHandle | undefined {
	let worker: Worker;
	try {
		worker = cluster.fork({ ...memoryVariables, ...process.env, LLMW_COLOR: process.stdout.isTTY ? "1" : "0" });
	} catch (error) {
		process.nextTick(events.notForked, error);
		return undefined;
	}
	if (worker.process.pid !== undefined) return new WorkerHandle(worker, events, startTimeoutMs);
	// Some failures of child_process.spawn are an event, after which nothing more comes.
	worker.once("error", events.notForked);
	return undefined;
}
