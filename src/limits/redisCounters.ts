/** Counters in Redis or Valkey, which all machines count in: what comes in one turn goes over in one batch. */
import type { Take, Taken } from "./counter.js";
import type { Correction, Counters, Look, Outcome } from "./counters.js";
import type { Claim, Standing } from "./ledger.js";
import { openRedisLink, type QuestionAnswer, type RedisEvents, type RedisLink, refusesAll } from "./redisLink.js";
import { leaseMs, type ScriptClaim, type ScriptQuestion } from "./redisScript.js";

/** Questions of one call, during which Redis does nothing else. */
const batchSize = 100;
/** Most calls under way. Further questions wait here, so that an answer is never late only because many were asked. */
const maxCalls = 2;
/** Corrections that are kept while Redis is away. */
const maxLate = 10_000;
/** How often Redis is asked to count a correction, if its outcome is unknown or Redis could not write. */
const maxTries = 5;
const minuteMs = 60_000;

interface Asked {
	readonly question: ScriptQuestion;
	/** With Redis' time; or that it was not done, that nobody knows, or that Redis can't do it, whenever it is asked. */
	done(answer: readonly number[] | "not done" | "unknown" | "refused", now: number): void;
}

/** What could not be counted yet. */
interface Late {
	readonly lease: string;
	readonly corrections: readonly Correction[];
	/** How often Redis was asked. */
	readonly tries: number;
}

/** @param isUse what a request has used is not counted; else, what it needs */
type TellRefused = (reason: string, isUse: boolean) => void;

export class RedisCounters implements Counters {
	readonly isOwn = false;
	readonly askAgainMs = 250;
	readonly #link: RedisLink;
	readonly #name: string;
	readonly #tellRefused: TellRefused;
	/** Concurrency of requests under way, by counter, which is renewed now and then. */
	readonly #leases = new Map<string, Set<string>>();
	readonly #renewal: NodeJS.Timeout;
	#batch: Asked[] = [];
	#isFlushing = false;
	#calls = 0;
	#late: Late[] = [];

	/** @param name of this process among all that count in this Redis */
	constructor(link: RedisLink, name: string, tellRefused: TellRefused = () => {}) {
		this.#link = link;
		this.#name = name;
		this.#tellRefused = tellRefused;
		this.#renewal = setInterval(() => this.#renew(), leaseMs / 3).unref();
	}

	get isReachable(): boolean {
		return this.#link.isReachable;
	}

	take(hold: number, claims: readonly Claim[], isExtension: boolean, done: (outcome: Outcome) => void): void {
		if (!this.#link.isReachable) {
			done({ kind: "away" });
			return;
		}
		const lease = this.#leaseOf(hold);
		this.#ask(["take", lease, isExtension ? 1 : 0, claims.map(scriptClaim)], (answer, now) => {
			if (typeof answer === "string") return done({ kind: "away" });
			const look = this.#lookOf(claims, answer);
			if (look.short !== undefined) return done({ kind: "short", ...look });
			for (const { limit, amount } of claims) if (limit.span === "now") this.#keep(limit.counter, lease, amount);
			done({ kind: "taken", at: now, standings: look.standings });
		});
	}

	look(claims: readonly Claim[], done: (look: Look | undefined) => void): void {
		if (!this.#link.isReachable) {
			done(undefined);
			return;
		}
		this.#ask(["look", claims.map(scriptClaim)], (answer) =>
			done(typeof answer === "string" ? undefined : this.#lookOf(claims, answer)),
		);
	}

	correct(hold: number, corrections: readonly Correction[]): void {
		const lease = this.#leaseOf(hold);
		for (const { limit, amount } of corrections) if (limit.span === "now") this.#keep(limit.counter, lease, amount);
		const dated = corrections.map((one) => (one.amount > 0 ? { ...one, at: this.#link.now() } : one));
		const late = { lease, corrections: dated, tries: 0 };
		if (this.#link.isReachable) this.#correct(late);
		else this.#putOff(late);
	}

	count(take: Take, done: (taken: Taken | undefined) => void): void {
		if (!this.#link.isReachable) {
			done(undefined);
			return;
		}
		this.#ask(["count", take.key, take.max, take.windowMs], (answer) => {
			if (typeof answer === "string") return done(undefined);
			const [remaining = 0, resetAt = 0] = answer;
			done({ remaining, resetAt: this.#link.toLocal(resetAt) });
		});
	}

	/** Redis is back: counts requests under way again, and corrects those that have ended meanwhile. */
	catchUp(): void {
		this.#renew();
		const late = this.#late;
		this.#late = [];
		for (const one of late) {
			const corrections = one.corrections.filter(
				({ limit, at }) => limit.span !== "minute" || at > this.#link.now() - minuteMs,
			);
			if (corrections.length > 0) this.#correct({ ...one, corrections });
		}
	}

	/** Asks what has gathered, and closes the connection. */
	close(): void {
		clearInterval(this.#renewal);
		this.#flush();
		this.#link.close();
	}

	#correct(late: Late): void {
		const { lease, corrections } = late;
		const tries = late.tries + 1;
		const question: ScriptQuestion = [
			"correct",
			lease,
			corrections.map(({ limit, amount, at }) => [limit.counter, limit.span, amount, at] as const),
		];
		this.#ask(question, (answer) => {
			if (answer === "not done") this.#putOff({ ...late, tries });
			// Done twice, what is given back would let more through than is allowed; of leases it does nothing.
			else if (answer === "unknown")
				this.#putOff({
					lease,
					corrections: corrections.filter(({ limit, amount }) => amount > 0 || limit.span === "now"),
					tries,
				});
		});
	}

	#putOff(late: Late): void {
		if (late.corrections.length === 0) return;
		if (late.tries >= maxTries) {
			this.#tellRefused(`it was asked ${maxTries} times, and did not say whether it is done`, true);
			return;
		}
		this.#late.push(late);
		if (this.#late.length > maxLate) this.#late.shift();
	}

	#keep(counter: string, lease: string, amount: number): void {
		let leases = this.#leases.get(counter);
		if (leases === undefined) {
			leases = new Set();
			this.#leases.set(counter, leases);
		}
		for (let number = 1; number <= Math.abs(amount); number += 1)
			if (amount > 0) leases.add(`${lease}#${number}`);
			else leases.delete(`${lease}#${number}`);
		if (leases.size === 0) this.#leases.delete(counter);
	}

	#renew(): void {
		if (!this.#link.isReachable) return;
		for (const [counter, leases] of this.#leases) this.#ask(["renew", counter, [...leases]], () => {});
	}

	#leaseOf(hold: number): string {
		return `${this.#name}:${hold}`;
	}

	#lookOf(claims: readonly Claim[], [short = -1, retryAt = -1, ...numbers]: readonly number[]): Look {
		const standings = claims.map(({ limit }, index): Standing => {
			const [used = 0, resetAt = 0] = numbers.slice(2 * index, 2 * index + 2);
			return { remaining: Math.max(0, limit.max - used), resetAt: this.#link.toLocal(resetAt) };
		});
		if (short < 0) return { standings, short: undefined, retryAt: undefined };
		return { standings, short, retryAt: retryAt < 0 ? undefined : this.#link.toLocal(retryAt) };
	}

	#ask(question: ScriptQuestion, done: Asked["done"]): void {
		this.#batch.push({ question, done });
		if (this.#isFlushing || this.#calls >= maxCalls) return;
		this.#isFlushing = true;
		setImmediate(() => this.#flush());
	}

	#flush(): void {
		this.#isFlushing = false;
		while (this.#batch.length > 0 && this.#calls < maxCalls) void this.#run(this.#batch.splice(0, batchSize));
	}

	async #run(batch: readonly Asked[]): Promise<void> {
		this.#calls += 1;
		const outcome = await this.#link.run(batch.map(({ question }) => question));
		this.#calls -= 1;
		this.#flush();
		for (const [index, question] of batch.entries()) {
			if (typeof outcome === "string") question.done(outcome, 0);
			else this.#answer(question, outcome.answers[index] as QuestionAnswer, outcome.now);
		}
	}

	#answer({ question, done }: Asked, answer: QuestionAnswer, now: number): void {
		if (typeof answer !== "string") done(answer, now);
		else if (refusesAll(answer)) done("not done", now);
		else {
			this.#tellRefused(`${answer}, at ${countersOf(question).join(", ")}`, question[0] === "correct");
			done("refused", now);
		}
	}
}

/** The keys that a question is about, as Redis has them, without days and months. */
function countersOf([kind, ...rest]: ScriptQuestion): string[] {
	const about =
		kind === "count" ? [`window:${rest[0]}`] : kind === "renew" ? [rest[0] as string] : countersIn(rest.at(-1));
	return about.map((counter) => `llmw:${counter}`);
}

function countersIn(list: unknown): string[] {
	return (list as readonly (readonly [counter: string])[]).map(([counter]) => counter);
}

function scriptClaim({ limit, amount }: Claim): ScriptClaim {
	return [limit.counter, limit.span, limit.max, amount];
}

/** @param name of this process among all that count in this Redis */
export async function openRedisCounters(url: string, name: string, events: RedisEvents): Promise<RedisCounters> {
	let counters: RedisCounters | undefined;
	const link = await openRedisLink(url, {
		lost: events.lost,
		found(place) {
			counters?.catchUp();
			events.found(place);
		},
	});
	counters = new RedisCounters(link, name, (reason, isUse) => events.refused?.(link.place, reason, isUse));
	return counters;
}
