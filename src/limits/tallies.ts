/** How much of one limit is used: in any 60 seconds, in a day or a month of the calendar, in a window, or by what is under way. */
import type { Limit, Span } from "./ledger.js";
import { ElapsedTally, SessionTally } from "./sessionTallies.js";
import type { KeptSpan, KeptTally, Tally } from "./tally.js";

/** What was used in one second counts until the last moment of that second is a minute ago. */
export const slotMs = 1_000;
export const minuteSlots = 61;

/** @param saved what `saved` has returned in an earlier process */
export function restoreTally(span: KeptSpan, [period, used]: ReturnType<KeptTally["saved"]>): KeptTally {
	if (span === "session") return new SessionTally(period, used);
	return span === "elapsed" ? new ElapsedTally(period, used) : new CalendarTally(span, period, used);
}

export function createTally({ span, windowMs }: Pick<Limit, "span" | "windowMs">): Tally {
	if (span === "now") return new UnderWay();
	if (span === "window") return new WindowTally(windowMs ?? 0);
	if (span === "session") return new SessionTally();
	if (span === "elapsed") return new ElapsedTally();
	return span === "minute" ? new SlidingMinute() : new CalendarTally(span);
}

/** Any 60 seconds: keeps the seconds in which something was used, the oldest first. */
class SlidingMinute implements Tally {
	/** By the number of the second since the epoch. */
	readonly #slots: number[] = [];
	readonly #amounts: number[] = [];
	#used = 0;

	used(now: number): number {
		const slot = slotOf(now);
		while (this.#slots.length > 0 && (this.#slots[0] as number) <= slot - minuteSlots) {
			this.#used -= this.#amounts.shift() as number;
			this.#slots.shift();
		}
		// The clock was set back: use that seems to lie in the future happened now at the latest.
		for (let last = this.#slots.length - 1; last >= 0 && (this.#slots[last] as number) > slot; last -= 1)
			this.#slots[last] = slot;
		return this.#used;
	}

	add(amount: number, now: number): void {
		if (amount === 0) return;
		const slot = slotOf(now);
		const last = this.#slots.length - 1;
		if (this.#slots[last] === slot) this.#amounts[last] = (this.#amounts[last] as number) + amount;
		else {
			this.#slots.push(slot);
			this.#amounts.push(amount);
		}
		this.#used += amount;
	}

	giveBack(amount: number, at: number): void {
		const index = this.#slots.lastIndexOf(slotOf(at));
		if (index < 0) return;
		const given = Math.min(amount, this.#amounts[index] as number);
		this.#amounts[index] = (this.#amounts[index] as number) - given;
		this.#used -= given;
	}

	resetAt(now: number): number {
		const last = this.#amounts.findLastIndex((amount) => amount > 0);
		return last < 0 ? now : endOfSlot(this.#slots[last] as number);
	}

	freeAt(amount: number, now: number): number | undefined {
		let freed = 0;
		for (const [index, used] of this.#amounts.entries()) {
			freed += used;
			if (freed >= amount) return endOfSlot(this.#slots[index] as number);
		}
		return this.#slots.length === 0 ? now : undefined;
	}
}

/** The number of the second since the epoch in which something counts. */
export function slotOf(at: number): number {
	return Math.floor(at / slotMs);
}

/** When the use in a second no longer counts. */
export function endOfSlot(slot: number): number {
	return (slot + minuteSlots) * slotMs;
}

type CalendarSpan = Extract<Span, "day" | "month">;

/** A day or a month in UTC. */
export class CalendarTally implements KeptTally {
	readonly span: CalendarSpan;
	#period: number;
	#used: number;

	/** @param period the number of the day or month in which `used` was used */
	constructor(span: CalendarSpan, period = 0, used = 0) {
		this.span = span;
		this.#period = period;
		this.#used = used;
	}

	saved(now: number): readonly [period: number, used: number] {
		const used = this.used(now);
		return [this.#period, used];
	}

	used(now: number): number {
		const period = periodOf(this.span, now);
		if (period !== this.#period) {
			this.#period = period;
			this.#used = 0;
		}
		return this.#used;
	}

	add(amount: number, now: number): void {
		this.#used = this.used(now) + amount;
	}

	giveBack(amount: number, at: number): void {
		if (periodOf(this.span, at) === this.#period) this.#used = Math.max(0, this.#used - amount);
	}

	resetAt(now: number): number {
		return endOfPeriod(this.span, now);
	}

	freeAt(_amount: number, now: number): number {
		return this.resetAt(now);
	}
}

/** Opens with the first use, and ends its time later. */
export class WindowTally implements Tally {
	/** Of the next one. */
	lengthMs: number;
	#used = 0;
	#openedAt = 0;
	#resetAt = 0;

	constructor(lengthMs: number) {
		this.lengthMs = lengthMs;
	}

	used(now: number): number {
		if (this.#resetAt <= now) this.#used = 0;
		return this.#used;
	}

	add(amount: number, now: number): void {
		if (this.#resetAt <= now) {
			this.#openedAt = now;
			this.#resetAt = now + this.lengthMs;
		}
		this.#used = this.used(now) + amount;
	}

	giveBack(amount: number, at: number): void {
		if (at >= this.#openedAt) this.#used = Math.max(0, this.#used - amount);
	}

	resetAt(now: number): number {
		return this.#resetAt <= now ? now + this.lengthMs : this.#resetAt;
	}

	freeAt(_amount: number, now: number): number {
		return this.resetAt(now);
	}
}

/** The number of the day since the epoch, or of the month since the year 0. */
export function periodOf(span: CalendarSpan, at: number): number {
	if (span === "day") return Math.floor(at / 86_400_000);
	const date = new Date(at);
	return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Milliseconds since the epoch at which the next day or month begins. */
export function endOfPeriod(span: CalendarSpan, at: number): number {
	const period = periodOf(span, at);
	return span === "day" ? (period + 1) * 86_400_000 : Date.UTC(Math.floor(period / 12), (period % 12) + 1);
}

/** Concurrency: it is free again when requests end. */
class UnderWay implements Tally {
	#used = 0;

	used(): number {
		return this.#used;
	}

	add(amount: number): void {
		this.#used += amount;
	}

	giveBack(amount: number): void {
		this.#used = Math.max(0, this.#used - amount);
	}

	resetAt(now: number): number {
		return now;
	}

	freeAt(): undefined {}
}
