/** All answers that are kept: in the memory of the machine, and behind it in the store or in Redis. */
import { messageOf } from "../errors/problem.js";
import type { Shelf, ShelfFilter, ShelfTotals, ShelvedAnswer } from "../store/cacheTypes.js";
import { type CacheEntry, openEntry, sealEntry } from "./entry.js";
import type { Near } from "./messages.js";
import type { SharedMemory } from "./worker.js";

export interface AnswerCache {
	/**
	 * @param isAnew not together with those who have begun to look for it before
	 * @returns undefined for what can't be trusted, too
	 */
	find(key: string, isAnew?: boolean): Promise<CacheEntry | undefined>;
	/** Whoever asks the primary after this finds it. */
	put(entry: CacheEntry): void;
	/** @returns how many were removed, of those in memory or those behind it, whichever are more */
	remove(filter: ShelfFilter): Promise<number>;
	totals(): Promise<{ readonly memory: ShelfTotals; readonly behind: ShelfTotals | undefined }>;
	nearest(group: string, vector: string): Promise<Near | undefined>;
	learn(group: string, vector: string, entry: Pick<CacheEntry, "key" | "expiresAt">): void;
	/** Resolves when nothing is being written. */
	settled(): Promise<void>;
}

/** What stands behind the memory. */
export interface Behind {
	readonly shelf: Shelf;
	/** Other machines use it, and remove answers from it that are in this machine's memory. */
	readonly isShared: boolean;
}

/** How long an answer that others may remove is given without a look at what is behind. */
const frontMs = 10_000;
const complaintEveryMs = 60_000;

export function createAnswerCache(
	memory: SharedMemory,
	behind: Behind | undefined,
	complain: (line: string) => void,
	now: () => number = Date.now,
): AnswerCache {
	/** Requests for one key at one time look once. */
	const looking = new Map<string, Promise<CacheEntry | undefined>>();
	const writing = new Set<Promise<void>>();
	let quietUntil = 0;

	function hold(answer: ShelvedAnswer): void {
		const expiresAt = behind?.isShared ? Math.min(answer.expiresAt, now() + frontMs) : answer.expiresAt;
		memory.put({ ...answer, expiresAt });
	}

	async function look(key: string): Promise<CacheEntry | undefined> {
		const held = await memory.get(key);
		const entry = held === undefined ? undefined : openEntry(held, key, now());
		if (entry !== undefined || behind === undefined) return entry;
		const text = await behind.shelf.get(key).catch(complainRarely);
		const kept = text === undefined ? undefined : openEntry(text, key, now());
		if (kept !== undefined) hold(shelved(kept, text as string));
		return kept;
	}

	function complainRarely(error: unknown): undefined {
		const time = performance.now();
		if (time >= quietUntil) complain(`Cached answers can't be kept or found for now: ${messageOf(error)}`);
		if (time >= quietUntil) quietUntil = time + complaintEveryMs;
		return undefined;
	}

	return {
		find(key, isAnew = false) {
			if (isAnew) return look(key);
			const found = looking.get(key) ?? look(key).finally(() => looking.delete(key));
			looking.set(key, found);
			return found;
		},
		put(entry) {
			const answer = shelved(entry, sealEntry(entry));
			hold(answer);
			if (behind === undefined) return;
			const written = behind.shelf
				.put(answer)
				.catch(complainRarely)
				.finally(() => writing.delete(written));
			writing.add(written);
		},
		async remove(filter) {
			await Promise.all(writing);
			const counts = await Promise.all([memory.remove(filter), behind?.shelf.remove(filter) ?? 0]);
			return Math.max(...counts);
		},
		async totals() {
			await Promise.all(writing);
			const [held, kept] = await Promise.all([memory.totals(), behind?.shelf.totals()]);
			return { memory: held, behind: kept };
		},
		nearest: (group, vector) => memory.nearest(group, vector),
		learn: (group, vector, { key, expiresAt }) => memory.learn(group, vector, key, expiresAt),
		async settled() {
			await Promise.all(writing);
		},
	};
}

function shelved({ key, model, keyId, keyName, tags, createdAt, expiresAt }: CacheEntry, text: string): ShelvedAnswer {
	return { key, text, model, keyId, keyName, tags, createdAt, expiresAt };
}
