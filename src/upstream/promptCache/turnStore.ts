/** The latest turns of sessions, as hashes: what the next turn is compared with. */

import type { Heads } from "./chain.js";

/** What a miss came from. */
export type Cause =
	/** A block before the end of the earlier turn is another one now. */
	| "changed"
	/** Another target has answered the turn before. */
	| "moved"
	/** The turn before is longer ago than the cache keeps anything. */
	| "expired"
	/** The prompt is too short for the cache. */
	| "short"
	/** The vendor keeps only what is marked, and nothing is. */
	| "unmarked"
	/** The upstream has never had anything in a cache. */
	| "uncached"
	/** None of these: the upstream has dropped it, or has sent the request to another machine. */
	| "lost";

/** One turn that was answered. Plain data, which is sent to other processes as it is; nothing of what was said can be read from it. */
export interface Turn {
	/** Distinguishes the turns of a session. */
	readonly id: number;
	/** The target's name. */
	readonly target: string;
	/** When it was answered, in milliseconds since the epoch. */
	readonly at: number;
	/** How long its upstream keeps what it has read, in milliseconds. */
	readonly lifetimeMs: number;
	/** Tokens of the prompt that the upstream's cache should hold from now on. */
	readonly held: number;
	/** Its target's upstream had something in a cache, in this turn or in one before. */
	readonly hasCache: boolean;
	/** What its own miss came from. */
	readonly missed?: Cause | undefined;
	readonly heads: Heads;
	/** How many blocks stand before the last breakpoint; 0 where the client has set none. */
	readonly marked: number;
	/** A hash of 32 bits for each block, in base64. */
	readonly hashes: string;
}

/** An agent talks with several models at once: about its task, about a title, and so on. */
const turnsPerSession = 4;
const maxSessions = 20_000;
const maxBytes = 32 * 1024 * 1024;
/** Of a turn, without its hashes. */
const turnBytes = 200;

/** Sessions used last come last. The oldest make room. */
export class TurnStore {
	readonly #sessions = new Map<number, readonly Turn[]>();
	#bytes = 0;

	/** @returns the latest first */
	of(session: number): readonly Turn[] {
		return this.#sessions.get(session) ?? [];
	}

	/** @param replaced the id of the turn that this one goes on from */
	add(session: number, turn: Turn, replaced: number | undefined): void {
		const before = this.of(session);
		const others = before.filter(({ id }) => id !== replaced).slice(0, turnsPerSession - 1);
		const turns = [turn, ...others];
		this.#bytes += bytesOf(turns) - bytesOf(before);
		this.#sessions.delete(session);
		this.#sessions.set(session, turns);
		for (const [oldest, kept] of this.#sessions) {
			if (this.#sessions.size <= maxSessions && this.#bytes <= maxBytes) return;
			this.#bytes -= bytesOf(kept);
			this.#sessions.delete(oldest);
		}
	}
}

function bytesOf(turns: readonly Turn[]): number {
	return turns.reduce((bytes, { hashes }) => bytes + hashes.length + turnBytes, 0);
}
