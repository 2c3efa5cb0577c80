/** Whether an upstream's prompt cache gave what it should have, and if not, why. Pure. */
import type { TokenCounts } from "../../chat/tokenCounts.js";
import { type Chain, hashesAsText, hashesFromText } from "./chain.js";
import { type Changed, likenessOf } from "./likeness.js";
import type { Cause, Turn } from "./turnStore.js";

export interface Miss {
	readonly cause: Cause;
	/** The first block that changed. */
	readonly block: string | undefined;
	/** It stands before the last breakpoint of the turn before, so that what was marked is lost. */
	readonly isBeforeMark: boolean;
	/** Tokens that the cache should have had, and that it had. */
	readonly expected: number;
	readonly cached: number;
	/** Of a move: the target of the turn before. */
	readonly from: string | undefined;
}

/** An answer, and whose it was. */
export interface Answered {
	/** The target's name. */
	readonly target: string;
	/** Milliseconds since the epoch. */
	readonly at: number;
	readonly tokens: Pick<TokenCounts, "input" | "cached" | "written" | "writtenForHour">;
	/** The vendor keeps only what is marked. */
	readonly needsMarks: boolean;
	/** Something of it was in a cache of this upstream once. */
	readonly hasCache: boolean;
	/** How long the request asks the upstream to keep it, in milliseconds. */
	readonly keptMs?: number | undefined;
}

export interface Diagnosis {
	/** Undefined for the first turn of a conversation. */
	readonly before: Turn | undefined;
	readonly miss: Miss | undefined;
	/** It has another cause than the one before, or one that does not last. */
	readonly isNews: boolean;
	/** For the turns to come. */
	readonly turn: Turn;
}

/** No vendor keeps shorter prompts, and Anthropic none of up to four times that length, depending on the model. */
const leastTokens = 1024;
const leastMarkedTokens = 4096;
/** What is missed by less is the vendor's rounding. */
const toleratedTokens = 256;
const toleratedShare = 0.1;
const minuteMs = 60_000;
const lifetimes = { marked: 5 * minuteMs, hour: 60 * minuteMs, automatic: 10 * minuteMs };

/** @param turns of the session, the latest first. @param id of the new turn */
export function diagnose(turns: readonly Turn[], chain: Chain, given: Answered, id: number): Diagnosis {
	const found = closest(turns, chain);
	const { cached, written } = given.tokens;
	const hadCache = found?.turn.target === given.target && found.turn.hasCache;
	const answer = { ...given, hasCache: given.hasCache || hadCache || cached + written > 0 };
	const miss = found && missIn(found.turn, found.changed, chain, answer);
	return {
		before: found?.turn,
		miss,
		isNews: miss !== undefined && !(lasting.has(miss.cause) && found?.turn.missed === miss.cause),
		turn: { ...turnOf(chain, answer, id), missed: miss?.cause },
	};
}

/** Causes that are the same turn after turn. */
const lasting: ReadonlySet<Cause> = new Set(["unmarked", "uncached", "short"]);

function closest(turns: readonly Turn[], chain: Chain) {
	let best: { turn: Turn; changed: Changed | undefined; shared: number; equal: number } | undefined;
	for (const turn of turns) {
		const like = likenessOf(chain, { heads: turn.heads, hashes: hashesFromText(turn.hashes) });
		if (!like.isSame) continue;
		const isCloser = best === undefined || like.shared > best.shared;
		if (isCloser || (like.shared === best?.shared && like.equal > best.equal)) best = { turn, ...like };
	}
	return best;
}

function missIn(before: Turn, changed: Changed | undefined, chain: Chain, answer: Answered): Miss | undefined {
	const { input, cached } = answer.tokens;
	const expected = Math.min(before.held, input);
	if (expected - cached <= Math.max(toleratedTokens, expected * toleratedShare)) return undefined;
	const cause = causeOf(before, changed, chain, answer);
	const isChange = cause === "changed" && changed !== undefined;
	return {
		cause,
		block: isChange ? chain.nameOf(changed.section, changed.index) : undefined,
		isBeforeMark: isChange && changed.past < before.marked,
		expected,
		cached,
		from: cause === "moved" ? before.target : undefined,
	};
}

function causeOf(before: Turn, changed: Changed | undefined, { marked }: Chain, answer: Answered): Cause {
	const { target, at, tokens, needsMarks, hasCache } = answer;
	const isIdle = tokens.cached + tokens.written === 0;
	if (before.target !== target) return "moved";
	if (needsMarks && marked === 0) return "unmarked";
	if (tokens.input < leastTokens || (needsMarks && isIdle && tokens.input < leastMarkedTokens)) return "short";
	if (tokens.cached === 0 && !hasCache) return "uncached";
	// What has some of it left has not expired.
	const mayBeExpired = changed === undefined || tokens.cached === 0;
	if (mayBeExpired && at - before.at > before.lifetimeMs) return "expired";
	return changed === undefined ? "lost" : "changed";
}

function turnOf({ heads, hashes, marked, isForHour }: Chain, answer: Answered, id: number): Omit<Turn, "missed"> {
	const { target, at, tokens, needsMarks, hasCache, keptMs } = answer;
	const usual = isForHour || tokens.writtenForHour > 0 ? lifetimes.hour : lifetimes.marked;
	return {
		id,
		target,
		at,
		lifetimeMs: keptMs ?? (needsMarks ? usual : lifetimes.automatic),
		held: tokens.cached + tokens.written > 0 && needsMarks ? tokens.cached + tokens.written : tokens.input,
		hasCache,
		heads,
		marked,
		hashes: hashesAsText(hashes),
	};
}
