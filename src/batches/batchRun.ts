/** One batch that this worker runs: until all of its lines are answered, or its time is over, or somebody else goes on with it. */
import { setMaxListeners } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { callerIn, type Origin } from "../background/task.js";
import type { BatchAnswer, BatchEnd, BatchFault, BatchLine, BatchRecord } from "../store/batchTypes.js";
import { newId } from "../store/newId.js";
import { untilStored } from "../store/untilStored.js";
import { AnswerWriter } from "./answerWriter.js";
import { askLine } from "./askLine.js";
import { LineSource } from "./lineSource.js";
import { writeResultFiles } from "./resultFiles.js";
import type { Room } from "./room.js";
import type { BatchServices } from "./services.js";
import { verdictOn } from "./verdict.js";

/** Pauses before a line is asked for again: each twice the one before. */
const firstPauseMs = 500;
const longestPauseMs = 60_000;
/** How often a line may go wrong at upstreams that have answered. */
const mostTries = 5;
/** `setTimeout` takes no more. */
const longestTimerMs = 2 ** 31 - 1;

export interface RunFacts {
	readonly record: BatchRecord;
	readonly origin: Origin;
}

/** Why a run stops before its last line: `left` for others, `cancelled`, `late`, or `revoked` with its owner's key. */
type Reason = "left" | "cancelled" | "late" | "revoked";

export class BatchRun {
	readonly facts: RunFacts;
	readonly #services: BatchServices;
	readonly #room: Room;
	readonly #stopping = new AbortController();
	/** Breaks off what is in flight, too. */
	readonly #cutting = new AbortController();
	#reason: Reason | undefined;

	constructor(facts: RunFacts, services: BatchServices, room: Room) {
		this.facts = facts;
		this.#services = services;
		this.#room = room;
		// Each slot waits by it.
		for (const { signal } of [this.#stopping, this.#cutting]) setMaxListeners(0, signal);
	}

	/** It is somebody else's from now on, unless it ends while its lines in flight do. */
	get isLeft(): boolean {
		return this.#reason === "left";
	}

	/** Sends no more lines. @param isAtOnce breaks off those in flight */
	leave(isAtOnce: boolean): void {
		this.#stop("left", isAtOnce);
	}

	/** Its owner has cancelled it. */
	cancel(): void {
		this.#stop("cancelled", true);
	}

	/** Answers lines until there are none, or it is to stop. @throws StoreError */
	async answerAll(): Promise<void> {
		const { record } = this.facts;
		// What is finalized already takes no more answers.
		if (record.isCancelling || record.status === "finalizing") return;
		const { store, settings } = this.#services;
		const leftMs = record.expiresAt * 1000 - Date.now();
		if (leftMs <= 0) return;
		// Whoever takes it over sets another one.
		const reason = leftMs > longestTimerMs ? "left" : "late";
		const late = setTimeout(() => this.#stop(reason, true), Math.min(leftMs, longestTimerMs)).unref();
		const lines = new LineSource(store.batches, record.sequence);
		const writer = new AnswerWriter(store.batches, record.sequence, () => this.isLeft);
		const slots = Array.from({ length: settings.batchConcurrency }, () => this.#work(lines, writer));
		try {
			await Promise.all(slots);
		} catch (error) {
			this.leave(true);
			await Promise.allSettled(slots);
			throw error;
		} finally {
			clearTimeout(late);
		}
	}

	/** @returns how it ends; undefined if it is over already. @throws StoreError */
	async finish(): Promise<(BatchEnd & { record: BatchRecord }) | undefined> {
		const { store, files } = this.#services;
		const record = await untilStored(
			() => store.batches.finalize(this.facts.record.sequence),
			() => this.isLeft,
		);
		if (record === undefined) return undefined;
		const isWhole = record.completed + record.failed >= record.total;
		const status = record.isCancelling ? "cancelled" : isWhole ? "completed" : this.#unfinished;
		const written = record.kind === "openai" ? await writeResultFiles(store.batches, files, record, status) : {};
		return { record, status, ...written, faults: status === "failed" ? [revoked] : [] };
	}

	get #unfinished(): "failed" | "expired" {
		return this.#reason === "revoked" ? "failed" : "expired";
	}

	#stop(reason: Reason, isAtOnce: boolean): void {
		this.#reason ??= reason;
		this.#stopping.abort();
		if (isAtOnce) this.#cutting.abort();
	}

	async #work(lines: LineSource, writer: AnswerWriter): Promise<void> {
		while (!this.#stopping.signal.aborted) {
			const line = await lines.next();
			if (line === undefined) return;
			const answer = await this.#answer(line);
			if (answer !== undefined && !(await writer.add(answer))) this.leave(true);
		}
	}

	/** @returns undefined if it is to stop */
	async #answer({ number, request: body }: BatchLine): Promise<BatchAnswer | undefined> {
		const requestId = newId("batch_req_", 24);
		let tries = 0;
		for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
			const response = await this.#ask(requestId, body);
			if (response === "stopped") return undefined;
			const verdict = verdictOn(response);
			tries += verdict.kind === "failed" ? 1 : 0;
			if (verdict.kind === "answered" || tries >= mostTries) return { number, requestId, ...verdict.answer };
			if (!(await this.#pause(Math.min(longestPauseMs, Math.max(pauseMs, verdict.pauseMs ?? 0))))) return undefined;
		}
	}

	async #ask(requestId: string, body: string) {
		const { keys, inner, port } = this.#services;
		const { origin, record } = this.facts;
		await this.#room.enter();
		try {
			if (this.#stopping.signal.aborted) return "stopped";
			const caller = callerIn(origin, keys.table);
			if (caller === "revoked") {
				this.#stop("revoked", true);
				return "stopped";
			}
			if (inner.accept === undefined) throw new Error("the gateway has no server");
			const { signal } = this.#cutting;
			const line = { batch: record.id, path: record.endpoint, body, requestId, origin, caller, signal };
			const response = await askLine(inner.accept, port.seals, line);
			return response === undefined && signal.aborted ? "stopped" : response;
		} finally {
			this.#room.leave();
		}
	}

	/** @returns false if it is to stop */
	async #pause(ms: number): Promise<boolean> {
		// Several lines that were refused together don't come back together.
		const spread = ms * (0.75 + Math.random() / 2);
		await pause(spread, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => {});
		return !this.#stopping.signal.aborted;
	}
}

/** What ends a batch when its key does. */
export const revoked: BatchFault = {
	code: "invalid_api_key",
	message: "The key that has asked for this batch was revoked.",
	...{ param: null, line: null },
};
