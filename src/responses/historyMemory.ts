/** Threads that were gone on from of late, in this worker's memory: the items of all turns in one piece, ready to be sent. */
import { lengthOfAll } from "../json/bodyBytes.js";
import type { ResponseHead } from "../store/responseTypes.js";
import { keyOf } from "./turnMemory.js";

/** All that a request goes on from. */
export interface History {
	/** Of the response that it names. */
	readonly last: ResponseHead;
	/** Of the turns, oldest first. */
	readonly ids: readonly string[];
	/** JSON values with commas between them; they are never written over. */
	readonly items: Buffer;
	/** Since when all of it, in milliseconds since the epoch. */
	readonly knownAt: number;
}

/** Bytes that begin with a history, and have room for more turns. */
interface Room {
	readonly bytes: Buffer;
	used: number;
}

interface Entry {
	readonly history: History;
	readonly room: Room;
}

const leastRoom = 4096;
/** What an entry takes beside its bytes, and for each of its turns. */
const entryBytes = 1024;
const idBytes = 64;
const comma = 0x2c;

export class HistoryMemory {
	readonly #maxBytes: number;
	/** By owner and last response; the one that was used longest ago is first. */
	readonly #entries = new Map<string, Entry>();
	#bytes = 0;

	/** @param maxBytes of all histories */
	constructor(maxBytes: number) {
		this.#maxBytes = maxBytes;
	}

	get(owner: string, id: string): History | undefined {
		const key = keyOf(owner, id);
		const entry = this.#entries.get(key);
		if (entry === undefined) return undefined;
		this.#entries.delete(key);
		this.#entries.set(key, entry);
		return entry.history;
	}

	/** @param parts its items, none of them empty. @returns the history, whether or not it is remembered */
	put(owner: string, turns: Omit<History, "items">, parts: readonly Buffer[]): History {
		const length = joinedLength(parts);
		const room = { bytes: Buffer.allocUnsafeSlow(Math.max(leastRoom, length * 2)), used: 0 };
		append(room, parts);
		return this.#keep(owner, turns, room);
	}

	/**
	 * Adds turns to a history. It takes the place of that one where there is room after it.
	 *
	 * @param parts the items of what is added, none of them empty
	 */
	extend(owner: string, earlier: History, turns: Omit<History, "items">, parts: readonly Buffer[]): History {
		const key = keyOf(owner, earlier.last.id);
		const entry = this.#entries.get(key);
		const more = joinedLength(parts) + 1;
		if (entry?.history !== earlier || entry.room.used + more > entry.room.bytes.length)
			return this.put(owner, turns, earlier.items.length === 0 ? parts : [earlier.items, ...parts]);
		this.#forget(key, entry);
		append(entry.room, parts);
		return this.#keep(owner, turns, entry.room);
	}

	#keep(owner: string, { last, ids, knownAt }: Omit<History, "items">, room: Room): History {
		const history = { last, ids, knownAt, items: room.bytes.subarray(0, room.used) };
		const entry = { history, room };
		// One that would drive out most others is not worth it.
		if (sizeOf(entry) > this.#maxBytes / 4) return history;
		const key = keyOf(owner, last.id);
		const before = this.#entries.get(key);
		if (before !== undefined) this.#forget(key, before);
		this.#entries.set(key, entry);
		this.#bytes += sizeOf(entry);
		for (const [oldest, other] of this.#entries) {
			if (this.#bytes <= this.#maxBytes) break;
			this.#forget(oldest, other);
		}
		return history;
	}

	#forget(key: string, entry: Entry): void {
		this.#entries.delete(key);
		this.#bytes -= sizeOf(entry);
	}
}

function joinedLength(parts: readonly Buffer[]): number {
	return lengthOfAll(parts) + Math.max(0, parts.length - 1);
}

/** There is room for them. */
function append(room: Room, parts: readonly Buffer[]): void {
	for (const part of parts) {
		if (room.used > 0) {
			room.bytes[room.used] = comma;
			room.used += 1;
		}
		room.used += part.copy(room.bytes, room.used);
	}
}

function sizeOf({ history, room }: Entry): number {
	return room.bytes.length + entryBytes + history.ids.length * idBytes;
}
