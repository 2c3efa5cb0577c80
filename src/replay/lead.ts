/** The first client of an answer that others may get too. Its answer goes on for a while when the client has left. */
import { clientGone, type GatewayError } from "../errors/gatewayError.js";
import type { Afterlife, Exchange } from "../exchange/exchange.js";
import { noBytes } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { AnswerLog } from "./answerLog.js";
import { lost } from "./failure.js";

/** Pause before another look whether anybody still gets it. */
const leastPauseMs = 1_000;
/** A longer body that is no stream is given on as it comes, rather than held whole. */
const maxHeldBytes = 4 * 1024 * 1024;

export class Lead implements Afterlife {
	readonly log: AnswerLog;
	readonly #exchange: Exchange;
	readonly #graceMs: number;
	#isLeft = false;
	#timer: NodeJS.Timeout | undefined;
	/** What it takes notes of. */
	#recorded: ResponseStream | undefined;

	/** @param graceMs how long it goes on without anybody who wants it */
	constructor(exchange: Exchange, log: AnswerLog, graceMs: number) {
		this.#exchange = exchange;
		this.log = log;
		this.#graceMs = graceMs;
		log.listeners.push({
			readersChanged: () => this.#readersChanged(),
			ended: () => this.#ended(),
		});
	}

	/** Somebody else gets it too: a client that reads slowly holds nobody up. */
	get isShared(): boolean {
		return this.log.readerCount > 0;
	}

	leave(): boolean {
		if (this.log.ending !== undefined || (this.#graceMs === 0 && !this.isShared)) return false;
		this.#isLeft = true;
		// It may have been waiting for its client.
		this.#answer?.resume();
		this.#readersChanged();
		return true;
	}

	/** Takes notes of the answer as its client is sent it. */
	record(answer: ResponseStream): void {
		if (this.#recorded !== undefined) return;
		this.#recorded = answer;
		answer.observers.push({
			chunk: ({ bytes }) => this.#note(answer, bytes),
			end: (failure) => this.#over(answer, failure),
		});
	}

	/** Takes notes of the answer as it is by now: transforms that are added later change it for its own client alone. */
	recordAsMade(answer: ResponseStream): void {
		if (this.#recorded !== undefined) return;
		this.#recorded = answer;
		let isTooLong = false;
		answer.transforms.push({
			push: (piece) => {
				this.#note(answer, piece.bytes);
				return piece;
			},
			end: () => noBytes,
			maxBytes: maxHeldBytes,
			release: () => {
				isTooLong = true;
			},
		});
		answer.observers.push({
			chunk: ({ bytes }) => isTooLong && this.#note(answer, bytes),
			heartbeat: ({ bytes }) => isTooLong || this.#note(answer, bytes),
			end: (failure) => this.#over(answer, failure),
		});
	}

	#note(answer: ResponseStream, bytes: Buffer): void {
		if (this.log.head === undefined) this.log.begin(headOf(answer));
		this.log.add(bytes);
	}

	#over(answer: ResponseStream, failure: GatewayError | undefined): void {
		if (failure === undefined && this.log.head === undefined) this.log.begin(headOf(answer));
		this.#end(failure);
	}

	/** Its answer isn't sent, or not by the gateway: there is nothing that others could get. */
	fail(error = lost()): void {
		this.#end(error);
	}

	/** That its own client has gone is nothing to those who are still there. */
	#end(failure: GatewayError | undefined): void {
		this.log.end(failure?.status === 499 ? lost() : failure);
	}

	#readersChanged(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		if (this.isShared) this.#answer?.resume();
		else if (this.#isLeft && this.log.ending === undefined)
			this.#timer = setTimeout(() => this.#giveUp(), this.#graceMs);
	}

	get #answer(): ResponseStream | undefined {
		return this.#recorded ?? this.#exchange.answer;
	}

	/** Nobody has come back. */
	#giveUp(): void {
		if (this.#exchange.afterlife?.isShared) {
			// By another log of it.
			this.#timer = setTimeout(() => this.#giveUp(), Math.max(this.#graceMs, leastPauseMs));
			return;
		}
		if (this.#answer?.isUnderWay) this.#answer.cancel(clientGone());
		this.#end(clientGone());
	}

	#ended(): void {
		clearTimeout(this.#timer);
		const { deliveries } = this.log;
		if (deliveries > 1) this.#exchange.tags.deliveries = String(deliveries);
		if (this.#isLeft) this.#exchange.finish(this.log.ending?.failure === undefined);
	}
}

function headOf({ status, headers, contentLength, isStream }: ResponseStream) {
	const { "content-length": _length, ...others } = headers as Record<string, string>;
	return { status, headers: others, contentLength, isStream };
}
