/** Other machines' answers among those of this one, and the other way round. */
import { rmSync } from "node:fs";
import { keepAnswer, partPath, removeAnswer } from "../answerFile.js";
import { type Entries, type Entry, type Party, pathOf } from "../entries.js";
import { failureOf, lost } from "../failure.js";
import type { Ended, Readership } from "../messages.js";
import type { Reservation, SharedAnswer } from "./board.js";
import type { Sharing } from "./sharing.js";

/** What the machine's own part does with what happens to an answer. */
export interface OwnPart {
	ended(message: Ended): void;
	grew(id: string, size: number): void;
	noteReaders(entry: Entry, party: Party, readership: Readership | undefined): void;
	/** Nobody gives it any more. */
	orphan(entry: Entry): void;
}

/** Stands for all other machines that read an answer of this one: what they get they get by the board. */
const elsewhere: Party = { send() {} };

export class ForeignEntries {
	readonly #entries: Entries;
	readonly #sharing: Sharing;
	readonly #own: OwnPart;
	/** Keys of which it isn't known yet whose they are. */
	readonly #undecided = new Map<string, Promise<unknown>>();
	/** To be called when all of an answer is here. */
	readonly #arrived = new Map<string, () => void>();

	constructor(entries: Entries, sharing: Sharing, own: OwnPart) {
		this.#entries = entries;
		this.#sharing = sharing;
		this.#own = own;
		sharing.follow({
			grew: own.grew,
			ended: (entry, answer, size) => void this.#keep(entry, answer, size),
			lost: (entry) => {
				this.#end(entry, { size: entry.size, isKept: false, failure: failureOf(lost()) });
			},
			inherited: (entry) => {
				own.orphan(entry);
				// Whoever waits for it goes on with it.
				void Promise.resolve(entry.succession?.isGoneOnWith).then(() => this.#arrive(entry.id));
			},
			read: (entry, readership) => {
				const before = entry.followers.get(elsewhere);
				const isNews = before?.readers !== readership.readers || before.reads !== readership.reads;
				if (entry.state === "live" && isNews) own.noteReaders(entry, elsewhere, readership);
			},
		});
	}

	/** Resolves when it is known whose the key is. */
	async decided(key: string | undefined): Promise<void> {
		while (key !== undefined && this.#undecided.has(key)) await this.#undecided.get(key);
	}

	/** Whether other machines can be asked now. */
	get areThere(): boolean {
		return this.#sharing.isThere;
	}

	/**
	 * Reserves a key on all machines, and has them know of the answer.
	 *
	 * @param lead begins an answer of this machine
	 * @returns that one, or another machine's
	 */
	claim(reservation: Reservation, folder: string, lead: () => Entry): Promise<Entry> {
		const { key } = reservation;
		const deciding = this.#sharing.reserve(reservation).then((reserved) => {
			if (key !== undefined) this.#undecided.delete(key);
			if (reserved !== "reserved") return reserved === undefined ? lead() : this.#adopt(reserved, folder);
			const entry = lead();
			this.#sharing.publish(entry, 0);
			return entry;
		});
		if (key !== undefined) this.#undecided.set(key, deciding);
		return deciding;
	}

	/** Looks for an answer of another machine. */
	async find(id: string, owner: string, folder: string): Promise<void> {
		const found = await this.#sharing.find(id);
		if (found !== undefined && found.owner === owner && this.#entries.byId(id) === undefined)
			this.#adopt(found, folder);
	}

	/** Looks for an answer of another machine by its name. */
	async findByName(name: string, folder: string): Promise<void> {
		const found = await this.#sharing.findByName(name);
		if (found === undefined) return;
		const entry = this.#entries.byId(found.id) ?? this.#adopt(found, folder);
		this.#entries.name(entry, name);
	}

	name(id: string, name: string): void {
		this.#sharing.name(id, name);
	}

	grew(id: string, size: number): void {
		this.#sharing.grew(id, size);
	}

	ended(message: Ended, keepMs: number): void {
		this.#sharing.ended(message, keepMs);
	}

	/** Nobody on this machine can go on with it. @returns whether others may */
	release(entry: Entry): boolean {
		if (!this.#sharing.isThere || !this.#sharing.isPublished(entry.id)) return false;
		this.#entries.detach(entry);
		this.#sharing.release(entry.id, () => void removeAnswer(pathOf(entry)));
		return true;
	}

	close(): void {
		this.#sharing.close();
	}

	#adopt(shared: SharedAnswer, folder: string): Entry {
		const { id, owner, key, fingerprint, isEnded, isAbandoned } = shared;
		const known = this.#entries.byId(id);
		if (known !== undefined && known.state === "live") return known;
		if (known !== undefined) this.#entries.detach(known);
		rmSync(partPath(folder, id), { force: true });
		const leader = this.#sharing.partyFor(() => entry);
		const arrival = isEnded || isAbandoned ? new Promise<void>((resolve) => this.#arrived.set(id, resolve)) : undefined;
		const entry = this.#entries.add({ id, owner, key, fingerprint, leader, folder, isSpooled: true, arrival });
		leader.send({ topic: "replay", kind: "spool", id, path: pathOf(entry) });
		return entry;
	}

	async #keep(entry: Entry, { isKept, failure, restMs }: SharedAnswer, size: number): Promise<void> {
		const isHere = isKept && (await keepAnswer(entry.folder ?? "", entry.id));
		const said = isKept && !isHere ? failureOf(lost()) : failure;
		this.#end(entry, { size, isKept: isHere, failure: said });
		entry.expiresAt = Math.min(entry.expiresAt, Date.now() + restMs);
	}

	#end({ id }: Entry, ending: Pick<Ended, "size" | "isKept" | "failure">): void {
		this.#own.ended({ topic: "replay", kind: "ended", id, ...ending });
		this.#arrive(id);
	}

	#arrive(id: string): void {
		this.#arrived.get(id)?.();
		this.#arrived.delete(id);
	}
}
