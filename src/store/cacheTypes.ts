/** Answers that are kept for equal requests (`src/cache/`), in the store or wherever else. */

/** An answer with what it is found by. */
export interface ShelvedAnswer {
	readonly key: string;
	/** Only whoever keeps it understands it. */
	readonly text: string;
	readonly model: string;
	readonly keyId: string | null;
	readonly keyName: string | null;
	readonly tags: readonly string[];
	/** Milliseconds since the epoch. */
	readonly createdAt: number;
	readonly expiresAt: number;
}

/** Answers that are meant; undefined members mean all. `key` is an id or a name. */
export interface ShelfFilter {
	readonly model?: string | undefined;
	readonly key?: string | undefined;
	readonly tag?: string | undefined;
}

export interface ShelfTotals {
	readonly entries: number;
	/** Of their texts. */
	readonly bytes: number;
}

export interface Shelf {
	/** @returns its text; it may be too old */
	get(key: string): Promise<string | undefined>;
	/** Replaces one with the same key. */
	put(answer: ShelvedAnswer): Promise<void>;
	/** @returns how many were removed */
	remove(filter: ShelfFilter): Promise<number>;
	totals(): Promise<ShelfTotals>;
}

/** A shelf that removes what is too old, and the oldest of what is too much. */
export interface BoundedShelf extends Shelf {
	/** @returns how many were removed */
	retain(policy: { maxBytes: number }): Promise<number>;
}

export function isMeant(
	{ model, keyId, keyName, tags }: Pick<ShelvedAnswer, "model" | "keyId" | "keyName" | "tags">,
	filter: ShelfFilter,
): boolean {
	if (filter.model !== undefined && filter.model !== model) return false;
	if (filter.key !== undefined && filter.key !== keyId && filter.key !== keyName) return false;
	return filter.tag === undefined || tags.includes(filter.tag);
}
