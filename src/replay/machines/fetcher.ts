/** Gets an answer of another machine into a file of this one, as it comes. */
import { LogWriter } from "../answerFile.js";
import type { Readership } from "../messages.js";
import { leaseMs, type SharedAnswer } from "./board.js";
import type { Reach } from "./reach.js";

export interface FetcherEvents {
	grew(size: number): void;
	ended(answer: SharedAnswer, size: number): void;
	/** Its machine is no more, and this one is to go on with it. */
	inherited(size: number): void;
	/** It can't be had any more. */
	lost(): void;
}

/** Longest wait for news, which may get lost. */
const pollMs = 1_000;
/** While the board is away, or the file can't be written. */
const patienceMs = leaseMs;

export class Fetcher {
	readonly #reach: Reach;
	readonly #id: string;
	readonly #writer: LogWriter;
	readonly #events: FetcherEvents;
	#readership: Readership = { readers: 0, reads: 0 };
	#notedAt = 0;
	#failedAt: number | undefined;
	#isOver = false;
	#hasNews = false;
	#wake: (() => void) | undefined;

	constructor(reach: Reach, id: string, path: string, events: FetcherEvents) {
		this.#reach = reach;
		this.#id = id;
		this.#writer = new LogWriter(path);
		this.#events = events;
		void this.#run();
	}

	/** Something of it has changed. */
	news(): void {
		this.#hasNews = true;
		this.#wake?.();
	}

	/** So many read it on this machine. */
	read(readership: Readership): void {
		this.#readership = readership;
		this.#notedAt = 0;
		this.news();
	}

	stop(): void {
		this.#isOver = true;
		this.#writer.end();
		this.#wake?.();
	}

	async #run(): Promise<void> {
		while (!this.#isOver) {
			this.#hasNews = false;
			if (performance.now() - this.#notedAt > leaseMs / 3 || this.#notedAt === 0) void this.#note();
			const found = await this.#reach.ask((board) => board.read(this.#id, this.#writer.size));
			if (this.#isOver) return;
			if (found === undefined) {
				this.#failedAt ??= performance.now();
				if (performance.now() - this.#failedAt > patienceMs) this.#lose();
			} else if (found.value === undefined) this.#lose();
			else await this.#take(found.value);
			if (!this.#hasNews && !this.#isOver) await this.#wait();
		}
	}

	async #take({ bytes, ...answer }: SharedAnswer & { readonly bytes: Buffer }): Promise<void> {
		this.#failedAt = undefined;
		if (bytes.length > 0) {
			this.#writer.add(bytes);
			if (this.#writer.error !== undefined) {
				this.#lose();
				return;
			}
			this.#events.grew(this.#writer.size);
		}
		const { size } = this.#writer;
		if (size < answer.size) this.#hasNews = true;
		else if (answer.isEnded) {
			this.stop();
			this.#events.ended(answer, size);
		} else if (answer.isAbandoned) await this.#inherit(size);
	}

	async #inherit(size: number): Promise<void> {
		const taken = await this.#reach.ask((board) => board.takeOver(this.#id));
		if (taken?.value !== true || this.#isOver) return;
		this.stop();
		this.#events.inherited(size);
	}

	async #note(): Promise<void> {
		this.#notedAt = performance.now();
		await this.#reach.ask((board) => board.noteReaders(this.#id, this.#readership));
	}

	#lose(): void {
		this.stop();
		this.#events.lost();
	}

	#wait(): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, pollMs).unref();
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}
}
