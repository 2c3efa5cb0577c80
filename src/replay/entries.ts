/** The answers that exist, in the primary: those under way, and those that are kept. */
import type { WorkerPort } from "../process/channel/topic.js";
import { answerPath, partPath, removeAnswer } from "./answerFile.js";
import type { Failure, Readership, ReplayTopic } from "./messages.js";

/** A worker; or the other machines together. */
export type Party = Pick<WorkerPort<ReplayTopic>, "send">;

export interface Entry {
	readonly id: string;
	/** Hash of whoever asked. */
	readonly owner: string;
	readonly key: string | undefined;
	readonly fingerprint: string;
	/** Who gives it; undefined for an answer of an earlier process, and for one whose worker is no more. */
	leader: Party | undefined;
	/** Hash of its owner and the name that it has beside its id, once that is known. */
	name: string | undefined;
	/** Undefined if there can be none. */
	readonly folder: string | undefined;
	readonly followers: Map<Party, Readership>;
	state: "live" | "ended";
	isSpooled: boolean;
	isKept: boolean;
	size: number;
	failure: Failure | undefined;
	expiresAt: number;
	/** Who is to go on with it. */
	succession: Succession | undefined;
	/** Resolves when all of another machine's answer is here, where that doesn't come as it is generated. */
	arrival: Promise<void> | undefined;
}

export interface Succession {
	readonly isGoneOnWith: Promise<boolean>;
	/** The worker that is asked now. */
	asked: Party | undefined;
	/** Its answer: the file's size if it goes on. */
	answer(size: number | undefined, hasTried?: boolean): void;
}

export type NewEntry = Pick<Entry, "id" | "owner" | "key" | "fingerprint" | "leader" | "folder"> & Partial<Entry>;

/** Most that is kept; the oldest goes first. */
const maxKeptBytes = 1024 ** 3;
const maxEntries = 100_000;

export class Entries {
	readonly #byId = new Map<string, Entry>();
	readonly #byKey = new Map<string, Entry>();
	readonly #byName = new Map<string, Entry>();
	readonly #now: () => number;

	constructor(now: () => number) {
		this.#now = now;
	}

	add(given: NewEntry): Entry {
		const entry: Entry = {
			followers: new Map(),
			state: "live",
			isSpooled: false,
			isKept: false,
			size: 0,
			failure: undefined,
			expiresAt: Number.POSITIVE_INFINITY,
			succession: undefined,
			arrival: undefined,
			name: undefined,
			...given,
		};
		this.#byId.set(entry.id, entry);
		if (entry.key !== undefined) this.#byKey.set(entry.key, entry);
		if (entry.name !== undefined) this.#byName.set(entry.name, entry);
		return entry;
	}

	name(entry: Entry, name: string): void {
		entry.name = name;
		this.#byName.set(name, entry);
	}

	byName(name: string): Entry | undefined {
		return this.#byName.get(name);
	}

	byId(id: string): Entry | undefined {
		return this.#byId.get(id);
	}

	/** Whose key it is, as long as its answer is worth anything. */
	byKey(key: string | undefined): Entry | undefined {
		const found = key === undefined ? undefined : this.#byKey.get(key);
		return found !== undefined && found.expiresAt > this.#now() ? found : undefined;
	}

	all(): Entry[] {
		return [...this.#byId.values()];
	}

	/** Its key is free for another request. */
	release({ id, key }: Entry): void {
		if (key !== undefined && this.#byKey.get(key)?.id === id) this.#byKey.delete(key);
	}

	/** Nobody can follow it any more. */
	forget(entry: Entry): void {
		this.detach(entry);
		if (entry.isSpooled) void removeAnswer(pathOf(entry));
	}

	/** Leaves its file where it is. */
	detach(entry: Entry): void {
		this.#byId.delete(entry.id);
		const { name = "" } = entry;
		if (this.#byName.get(name) === entry) this.#byName.delete(name);
		this.release(entry);
	}

	/**
	 * Removes what is too old, and the oldest of what is too much.
	 *
	 * @param lose called for an answer that nobody has gone on with
	 */
	clean(lose: (entry: Entry) => void): void {
		const time = this.#now();
		let bytes = 0;
		for (const entry of this.#byId.values()) {
			if (entry.expiresAt <= time && entry.state === "live") lose(entry);
			else if (entry.expiresAt <= time) this.forget(entry);
			else if (entry.isKept) bytes += entry.size;
		}
		for (const entry of this.#byId.values()) {
			if (bytes <= maxKeptBytes && this.#byId.size <= maxEntries) return;
			if (!entry.isKept) continue;
			bytes -= entry.size;
			this.forget(entry);
		}
	}
}

/** Its file, as far as there is one. */
export function pathOf({ folder = "", id, isKept }: Entry): string {
	return isKept ? answerPath(folder, id) : partPath(folder, id);
}
