/** How much of a limit an agent's session has used, and how long it has lasted. */
import { sessionIdleMs } from "./ledger.js";
import type { KeptTally } from "./tally.js";

/** All of a session. Its period is the second in which it was last used. */
export class SessionTally implements KeptTally {
	readonly span = "session";
	#lastAt: number;
	#used: number;

	constructor(lastSecond = 0, used = 0) {
		this.#lastAt = lastSecond * 1000;
		this.#used = used;
	}

	saved(now: number): readonly [period: number, used: number] {
		return [Math.floor(this.#lastAt / 1000), this.used(now)];
	}

	used(now: number): number {
		if (this.#lastAt + sessionIdleMs <= now) this.#used = 0;
		return this.#used;
	}

	add(amount: number, now: number): void {
		this.#used = this.used(now) + amount;
		this.#lastAt = now;
	}

	giveBack(amount: number): void {
		this.#used = Math.max(0, this.#used - amount);
	}

	resetAt(now: number): number {
		return this.#used === 0 ? now : this.#lastAt + sessionIdleMs;
	}

	freeAt(): undefined {}
}

/** Seconds since a session's first request. Its period is the second in which it was last used; what is saved as used, the first. */
export class ElapsedTally implements KeptTally {
	readonly span = "elapsed";
	#lastAt: number;
	#firstAt: number;

	constructor(lastSecond = 0, firstSecond = 0) {
		this.#lastAt = lastSecond * 1000;
		this.#firstAt = firstSecond * 1000;
	}

	saved(now: number): readonly [period: number, used: number] {
		const isOver = this.#lastAt + sessionIdleMs <= now;
		return [Math.floor(this.#lastAt / 1000), isOver ? 0 : Math.floor(this.#firstAt / 1000)];
	}

	used(now: number): number {
		return this.#lastAt + sessionIdleMs <= now ? 0 : Math.max(0, Math.floor((now - this.#firstAt) / 1000));
	}

	/** Nobody takes time; a request is a sign of life. */
	add(_amount: number, now: number): void {
		if (this.#lastAt + sessionIdleMs <= now) this.#firstAt = now;
		this.#lastAt = now;
	}

	giveBack(): void {}

	resetAt(): number {
		return this.#lastAt + sessionIdleMs;
	}

	freeAt(): undefined {}
}
