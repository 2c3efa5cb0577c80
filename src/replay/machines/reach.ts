/** Whether the board can be used: asks it nothing while it is away, and says once that it is. */
import { messageOf } from "../../errors/problem.js";
import type { Board } from "./board.js";

export interface ReachEvents {
	print(line: string): void;
	complain(line: string): void;
}

/** A request waits no longer than this for another machine's word. */
const answerMs = 2_500;
/** The first connection, which the start of the gateway waits for. */
const openMs = 5_000;
const pingEveryMs = 1_000;

export class Reach {
	readonly #board: Board;
	/** `Redis at redis.example:6379` */
	readonly #place: string;
	readonly #events: ReachEvents;
	#isThere = false;
	#isKnownAway = false;
	#isClosed = false;
	#timer: NodeJS.Timeout | undefined;

	constructor(board: Board, place: string, events: ReachEvents) {
		this.#board = board;
		this.#place = place;
		this.#events = events;
	}

	/** Resolves when it is there, or known to be away. */
	async open(): Promise<void> {
		await this.#ping(openMs);
	}

	get isThere(): boolean {
		return this.#isThere;
	}

	/** @returns undefined if it is away, or becomes so */
	async ask<T>(question: (board: Board) => Promise<T>): Promise<{ readonly value: T } | undefined> {
		if (!this.#isThere) return undefined;
		try {
			return { value: await withinTime(question(this.#board), answerMs) };
		} catch (error) {
			this.#lose(messageOf(error));
			return undefined;
		}
	}

	close(): void {
		this.#isClosed = true;
		clearTimeout(this.#timer);
		this.#board.close();
	}

	async #ping(patienceMs: number): Promise<void> {
		try {
			await withinTime(this.#board.ping(), patienceMs);
		} catch (error) {
			this.#lose(messageOf(error));
			return;
		}
		if (this.#isClosed) return;
		this.#isThere = true;
		if (this.#isKnownAway) this.#events.print(`${this.#place} is back: answers are shared with other machines again`);
		this.#isKnownAway = false;
	}

	#lose(reason: string): void {
		this.#isThere = false;
		if (this.#isClosed) return;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.#ping(answerMs), pingEveryMs).unref();
		if (this.#isKnownAway) return;
		this.#isKnownAway = true;
		this.#events.complain(
			`${this.#place} can't be used to share answers (${reason || "no answer"}): until it can, each machine knows its own alone`,
		);
	}
}

async function withinTime<T>(promise: Promise<T>, patienceMs: number): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
	});
	// Nobody waits for what comes too late.
	promise.catch(() => {});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}
