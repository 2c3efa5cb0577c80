/** This machine's answers for other machines, and other machines' answers for this one. */
import type { Entry, Party } from "../entries.js";
import { pathOf } from "../entries.js";
import type { Ended, Readership } from "../messages.js";
import { type Ending, leaseMs, type Reservation, type SharedAnswer } from "./board.js";
import { Fetcher } from "./fetcher.js";
import { Publisher } from "./publisher.js";
import type { Reach } from "./reach.js";

/** What becomes of answers here by what happens on other machines. */
export interface SharingEvents {
	grew(id: string, size: number): void;
	ended(entry: Entry, answer: SharedAnswer, size: number): void;
	lost(entry: Entry): void;
	/** Its machine is no more: this one is to go on with it. */
	inherited(entry: Entry): void;
	/** So many read it on other machines. */
	read(entry: Entry, readership: Readership): void;
}

export class Sharing {
	readonly #reach: Reach;
	readonly #publishers = new Map<string, Publisher>();
	readonly #fetchers = new Map<string, Fetcher>();
	readonly #led = new Map<string, Entry>();
	/** To be called when nothing more of an answer is shown. */
	readonly #over = new Map<string, () => void>();
	readonly #renewal: NodeJS.Timeout;
	#events!: SharingEvents;

	constructor(reach: Reach) {
		this.#reach = reach;
		this.#renewal = setInterval(() => void this.#renew([...this.#led.keys()]), leaseMs / 3).unref();
	}

	/** Resolves when the place that answers are shared in is there, or known to be away. */
	open(): Promise<void> {
		return this.#reach.open();
	}

	follow(events: SharingEvents): void {
		this.#events = events;
	}

	/** Whether other machines can be asked now. */
	get isThere(): boolean {
		return this.#reach.isThere;
	}

	/** @returns the answer of another machine to this key; undefined if it is this machine's, as far as can be known */
	async reserve(reservation: Reservation): Promise<SharedAnswer | "reserved" | undefined> {
		const reply = await this.#reach.ask((board) => board.reserve(reservation));
		return reply === undefined ? undefined : (reply.value ?? "reserved");
	}

	async find(id: string): Promise<SharedAnswer | undefined> {
		return (await this.#reach.ask((board) => board.find(id)))?.value;
	}

	async findByName(name: string): Promise<SharedAnswer | undefined> {
		return (await this.#reach.ask((board) => board.findByName(name)))?.value;
	}

	name(id: string, name: string): void {
		if (this.#publishers.has(id)) void this.#reach.ask((board) => board.name(id, name));
	}

	/** Shows other machines an answer that they know to be this one's. @param sent bytes of it that they have */
	publish(entry: Entry, sent: number): void {
		const { id } = entry;
		this.#led.set(id, entry);
		const events = {
			read: (readership: Readership) => this.#events.read(entry, readership),
			stopped: () => {
				this.#led.delete(id);
				this.#publishers.delete(id);
				this.#over.get(id)?.();
				this.#over.delete(id);
			},
		};
		this.#publishers.set(id, new Publisher(this.#reach, id, { path: () => pathOf(entry), sent, events }));
	}

	isPublished(id: string): boolean {
		return this.#publishers.has(id);
	}

	grew(id: string, size: number): void {
		this.#publishers.get(id)?.grew(size);
	}

	ended({ id, size, isKept, failure }: Ended, keepMs: number): void {
		const ending: Ending = { isKept, failure, keepMs };
		this.#publishers.get(id)?.end(size, ending);
	}

	/** Nobody here can go on with it: others may. @param over called when the file is not needed any more */
	release(id: string, over: () => void): void {
		this.#over.set(id, over);
		void this.#publishers.get(id)?.release();
	}

	/** Stands for another machine that gives an answer. */
	partyFor(entry: () => Entry): Party {
		return {
			send: (message) => {
				if (message.kind === "spool") this.#fetch(entry());
				else if (message.kind === "read") this.#fetchers.get(message.id)?.read(message);
			},
		};
	}

	/** Something has happened on a machine, which may be this one. */
	takeNews(news: string): void {
		const [kind, id = ""] = news.split(" ");
		if (kind === "grew") this.#fetchers.get(id)?.news();
		else if (this.#led.has(id)) void this.#renew([id]);
	}

	close(): void {
		clearInterval(this.#renewal);
		for (const fetcher of [...this.#fetchers.values()]) fetcher.stop();
		for (const publisher of [...this.#publishers.values()]) publisher.stop();
		this.#reach.close();
	}

	#fetch(entry: Entry): void {
		const { id } = entry;
		if (this.#fetchers.has(id)) return;
		const over = () => void this.#fetchers.delete(id);
		const fetcher = new Fetcher(this.#reach, id, pathOf(entry), {
			grew: (size) => this.#events.grew(id, size),
			ended: (answer, size) => {
				over();
				this.#events.ended(entry, answer, size);
			},
			inherited: (size) => {
				over();
				this.publish(entry, size);
				this.#events.inherited(entry);
			},
			lost: () => {
				over();
				this.#events.lost(entry);
			},
		});
		this.#fetchers.set(id, fetcher);
	}

	/** This machine is still there. */
	async #renew(ids: readonly string[]): Promise<void> {
		if (ids.length === 0) return;
		const reply = await this.#reach.ask((board) => board.renew(ids));
		for (const [at, readership] of (reply?.value ?? []).entries()) {
			const id = ids[at] as string;
			const entry = this.#led.get(id);
			if (readership !== undefined && entry !== undefined) this.#events.read(entry, readership);
		}
	}
}
