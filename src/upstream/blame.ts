/** Whose fault it is that attempts have failed: the upstream's, or that of the request, which fails everywhere alike. */
import type { Attempt } from "./attempt.js";
import { blamesRequest, type Fault, outcomeOf, wayOfFailing } from "./fault.js";
import type { Outcome } from "./health/states.js";

/** A breaker waits no longer for what becomes of a request elsewhere. */
const maxWaitMs = 5_000;

interface Failure {
	readonly attempt: Attempt;
	/** The outcome that is counted if it was the upstream's fault. */
	readonly outcome: Outcome;
	readonly way: string;
}

/** Gathers one request's failures, and judges them when it is known what came of it elsewhere. */
export class Blame {
	readonly #isOfModel: boolean;
	readonly #failures: Failure[] = [];
	#undecided: Failure[] = [];
	#isRequestBlamed = false;
	#timer: NodeJS.Timeout | undefined;

	/** @param isOfModel the request is for a model, so that a bad answer to it says something about that */
	constructor(isOfModel: boolean) {
		this.#isOfModel = isOfModel;
	}

	add(attempt: Attempt, fault: Fault): void {
		if (blamesRequest(fault)) this.#isRequestBlamed = true;
		const way = wayOfFailing(fault);
		if (way === undefined) return;
		const outcome = outcomeOf(fault);
		const failure = {
			attempt,
			outcome: outcome === "failed" && !this.#isOfModel ? ("answered" as const) : outcome,
			way,
		};
		this.#failures.push(failure);
		this.#undecided.push(failure);
		this.#timer ??= setTimeout(() => this.settle(true), maxWaitMs).unref();
	}

	/**
	 * Judges what hasn't been.
	 *
	 * @param isAnswered elsewhere, or too late to wait for it: then all that failed has failed by itself
	 */
	settle(isAnswered = false): void {
		if (this.#undecided.length === 0) return;
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const judged = new Set<string>();
		for (const failure of this.#undecided.splice(0)) {
			const { attempt, outcome } = failure;
			// A request that nobody has answered says the same of one target however often it was sent there.
			const isRepeated = judged.has(attempt.target.name);
			judged.add(attempt.target.name);
			const isToBlame = isAnswered || !(isRepeated || this.#isTheRequests(failure));
			attempt.judge(isToBlame ? outcome : outcome === "unreachable" ? "ignored" : "answered");
		}
	}

	/** It has failed at another target in the same way, or another says that it is wrong. */
	#isTheRequests({ attempt, way }: Failure): boolean {
		if (this.#isRequestBlamed) return true;
		return this.#failures.some((other) => other.way === way && other.attempt.target.name !== attempt.target.name);
	}
}
