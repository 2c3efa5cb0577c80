/** What a connection remembers of its own turns, so that the next ones need not say it again: in memory, and within bounds. */
import type { Earlier } from "./turnBody.js";

/** A response that a later turn of its connection may go on from. */
export interface Remembered {
	readonly id: string;
	/** The response that it went on from, if that is remembered here. */
	readonly parent: Remembered | undefined;
	/** The response that it went on from, if somebody else keeps that. */
	readonly base: string | undefined;
	/** Its own input and output, in their order. */
	readonly items: readonly Buffer[];
	/** Members that a turn after it has if it doesn't say otherwise. */
	readonly members: ReadonlyMap<string, Buffer>;
}

/** All that has been said until then. */
export function earlierOf(last: Remembered): Earlier {
	const items: Buffer[][] = [];
	let base: string | undefined;
	for (let turn: Remembered | undefined = last; turn !== undefined; turn = turn.parent) {
		items.push([...turn.items]);
		base = turn.base;
	}
	return { items: items.reverse().flat(), base, members: last.members };
}

/** The memory of all connections of a worker. Whoever was not heard of for longest is forgotten first. */
export class SocketMemories {
	/** 0 for no memory. */
	readonly maxBytes: number;
	/** Those that hold anything; the last one to have grown comes last. */
	readonly #holders = new Set<SocketMemory>();
	heldBytes = 0;

	constructor(maxBytes: number) {
		this.maxBytes = maxBytes;
	}

	open(): SocketMemory {
		return new SocketMemory(this);
	}

	/** Takes account of a change. */
	note(memory: SocketMemory, bytes: number): void {
		this.heldBytes += bytes;
		this.#holders.delete(memory);
		if (memory.heldBytes > 0) this.#holders.add(memory);
		for (const holder of this.#holders) {
			if (this.heldBytes <= this.maxBytes) break;
			holder.clear();
		}
	}
}

export class SocketMemory {
	readonly #all: SocketMemories;
	#byId: Map<string, Remembered> | undefined;
	heldBytes = 0;

	constructor(all: SocketMemories) {
		this.#all = all;
	}

	find(id: string): Remembered | undefined {
		return this.#byId?.get(id);
	}

	keep(turn: Remembered): void {
		this.#byId ??= new Map();
		this.#byId.set(turn.id, turn);
		this.#grow(sizeOf(turn));
	}

	forget(id: string): void {
		const turn = this.#byId?.get(id);
		if (turn === undefined) return;
		this.#byId?.delete(id);
		this.#grow(-sizeOf(turn));
	}

	clear(): void {
		this.#byId = undefined;
		this.#grow(-this.heldBytes);
	}

	#grow(bytes: number): void {
		this.heldBytes += bytes;
		this.#all.note(this, bytes);
	}
}

/** Besides its bytes, a response takes this much. */
const overhead = 512;

function sizeOf({ items, members }: Remembered): number {
	let size = overhead;
	for (const item of items) size += item.length;
	for (const member of members.values()) size += member.length;
	return size;
}
