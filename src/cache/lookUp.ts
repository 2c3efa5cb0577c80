/** Looks for the answer to a request, and gives it the form that the request asks for. */
import type { CachedAnswer } from "../exchange/exchange.js";
import type { AnswerCache } from "./answerCache.js";
import type { Asked } from "./asked.js";
import { cacheStatus, cacheStatusHeader } from "./cacheStatus.js";
import type { CacheEntry } from "./entry.js";
import { keptAnswer } from "./keptAnswer.js";
import { renderAnswer } from "./renderAnswer.js";

/** `request`: there may be one, but the request doesn't take it. */
export type Found = CachedAnswer | "miss" | "request";

/** @param isAnew also what was kept since others began to look */
export async function lookUp(cache: AnswerCache, asked: Asked, isAnew = false): Promise<Found> {
	const { wish, question } = asked;
	if (wish.isAnew) return "request";
	const entry = await cache.find(question.key, isAnew);
	return entry === undefined ? "miss" : offered(entry, asked);
}

/** An entry as the answer to a request, if that takes it. */
export function offered(entry: CacheEntry, { wish, question, dialect, json, exchange }: Asked): Found {
	const now = Date.now();
	const ageMs = Math.max(0, now - entry.createdAt);
	const ttlMs = entry.expiresAt - now;
	if (ageMs > wish.maxAgeMs || ttlMs < wish.minFreshMs) return "request";
	const { similarity } = entry;
	const { form } = question;
	const body = renderAnswer(entry, { dialect, form, json, requestId: exchange.id, model: entry.model });
	if (body === undefined) return "miss";
	const status = cacheStatus({ kind: "hit", ttlSeconds: Math.max(0, Math.floor(ttlMs / 1000)), similarity });
	const headers = {
		...dialect.errors.headers?.(exchange.id),
		...entry.headers,
		[cacheStatusHeader]: status,
		age: String(Math.floor(ageMs / 1000)),
	};
	return {
		kind: similarity === undefined ? "exact" : "semantic",
		answer: keptAnswer(body, dialect, form, headers),
		saved: entry.cost ?? undefined,
		model: entry.responseModel ?? undefined,
		similarity,
		isGiven: false,
	};
}
