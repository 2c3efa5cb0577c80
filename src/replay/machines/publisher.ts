/** Shows other machines an answer of this one: what its file gets, in batches. */
import { type FileHandle, open, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Readership } from "../messages.js";
import { type Ending, leaseMs, pieceBytes } from "./board.js";
import type { Reach } from "./reach.js";

export interface PublisherEvents {
	/** So many read it on other machines. */
	read(readership: Readership): void;
	/** Nothing more is shown. */
	stopped(): void;
}

/** After a failure. */
const pauseMs = 500;

export class Publisher {
	readonly #reach: Reach;
	readonly #id: string;
	readonly #path: () => string;
	readonly #events: PublisherEvents;
	#file: FileHandle | undefined;
	#sent: number;
	#size = 0;
	#last: Ending | "release" | undefined;
	#isRunning = false;
	#isStopped = false;
	#failedAt: number | undefined;

	/**
	 * @param path of the file as it is called now
	 * @param sent bytes that the board has
	 */
	constructor(
		reach: Reach,
		id: string,
		{ path, sent, events }: { path: () => string; sent: number; events: PublisherEvents },
	) {
		this.#reach = reach;
		this.#id = id;
		this.#path = path;
		this.#sent = sent;
		this.#events = events;
	}

	/** Its file has so many bytes now. */
	grew(size: number): void {
		this.#size = Math.max(this.#size, size);
		void this.#run();
	}

	/** Its file has all that it will have. */
	end(size: number, ending: Ending): void {
		this.#last = ending;
		this.grew(size);
	}

	/** Another machine may go on with it, once all that its file has is shown. */
	async release(): Promise<void> {
		const { size } = (await stat(this.#path()).catch(() => undefined)) ?? { size: 0 };
		this.#last = "release";
		this.grew(size);
	}

	stop(): void {
		if (this.#isStopped) return;
		this.#isStopped = true;
		void this.#file?.close().catch(() => {});
		this.#events.stopped();
	}

	async #run(): Promise<void> {
		if (this.#isRunning) return;
		this.#isRunning = true;
		while (!this.#isStopped && this.#hasWork()) {
			if (await this.#step().catch(() => false)) this.#failedAt = undefined;
			else await this.#waitAfterFailure();
		}
		this.#isRunning = false;
	}

	#hasWork(): boolean {
		return this.#sent < this.#size || this.#last !== undefined;
	}

	/** @returns whether it was done, or needs not be done any more */
	async #step(): Promise<boolean> {
		const id = this.#id;
		if (this.#sent < this.#size) return this.#append(id);
		const last = this.#last;
		const done = await this.#reach.ask(async (board) =>
			last === "release" || last === undefined ? board.release(id) : board.end(id, last),
		);
		if (done !== undefined) this.stop();
		return done !== undefined;
	}

	async #append(id: string): Promise<boolean> {
		const bytes = await this.#read(Math.min(pieceBytes, this.#size - this.#sent));
		const added = await this.#reach.ask((board) => board.append(id, this.#sent, bytes));
		if (added === undefined) return false;
		if (added.value === "lost" || added.value === "full") {
			this.#giveUp(added.value);
			return true;
		}
		this.#sent += bytes.length;
		this.#events.read(added.value);
		return true;
	}

	/** There is no room for the rest of it: other machines hear of that. */
	#giveUp(why: "lost" | "full"): void {
		if (why === "full") void this.#reach.ask((board) => board.release(this.#id));
		this.stop();
	}

	async #read(length: number): Promise<Buffer> {
		this.#file ??= await open(this.#path(), "r");
		const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, this.#sent);
		if (bytesRead === 0) throw new Error("the file is shorter than was said");
		return buffer.subarray(0, bytesRead);
	}

	/** Once its lease is over it is another machine's, or nobody's. */
	async #waitAfterFailure(): Promise<void> {
		this.#failedAt ??= performance.now();
		if (performance.now() - this.#failedAt > leaseMs) this.stop();
		else await pause(pauseMs, undefined, { ref: false });
	}
}
