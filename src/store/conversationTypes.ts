/** Conversations that responses are appended to: their tables, and how they are kept and found. */
import type { Generated } from "kysely";
import type { Listed, Metadata, Page } from "./page.js";

export interface ConversationTables {
	conversation: {
		sequence: Generated<number>;
		id: string;
		owner: string;
		/** JSON */
		metadata: string;
		/** Seconds since the epoch. */
		created_at: number;
		used_at: number;
		/** Position of the item that comes next. */
		next_position: number;
		/** Whose turn it is; null while no response is under way. */
		locked_by: string | null;
		/** Milliseconds since the epoch: then whoever has it is taken for dead. */
		locked_until: number;
	};
	conversation_item: { conversation: number; position: number; id: string; item: string };
}

export interface ConversationRecord {
	readonly id: string;
	readonly metadata: Metadata;
	/** Seconds since the epoch. */
	readonly createdAt: number;
	readonly usedAt: number;
}

/** An item as it is kept: JSON, with its id in it. */
export interface ConversationItem {
	readonly id: string;
	readonly item: string;
}

/** `busy`: a response is under way in it, or another one than this token's. */
export type ConversationChange = "done" | "busy" | "missing";

/** None were added, since an item of this id is there already. */
export interface DuplicateItem {
	readonly duplicate: string;
}

/** Whose conversation, and which. */
export interface ConversationName {
	readonly owner: string;
	readonly id: string;
}

export interface ConversationStore {
	create(
		name: ConversationName,
		metadata: Metadata,
		items: readonly ConversationItem[],
	): Promise<ConversationRecord | DuplicateItem>;
	get(name: ConversationName): Promise<ConversationRecord | undefined>;
	/** The owner's, in the order in which they were made. @throws StoreError `not_found` if there is no conversation `after` */
	listOf(owner: string, page: Page): Promise<Listed<ConversationRecord>>;
	/** Replaces the metadata. */
	update(name: ConversationName, metadata: Metadata): Promise<ConversationRecord | undefined>;
	/** With its items. @returns false if there was none */
	remove(name: ConversationName): Promise<boolean>;
	/**
	 * Adds items at its end, all or none.
	 *
	 * @param token of the response under way; undefined for a client's own request. With a token the turn is over
	 */
	append(
		name: ConversationName,
		items: readonly ConversationItem[],
		token?: string,
	): Promise<ConversationChange | DuplicateItem>;
	/** @throws StoreError `not_found` if there is no item `after` */
	list(name: ConversationName, page: Page): Promise<Listed<ConversationItem>>;
	/** All items, in their order. */
	items(name: ConversationName): Promise<string[]>;
	item(name: ConversationName, itemId: string): Promise<ConversationItem | undefined>;
	removeItem(name: ConversationName, itemId: string): Promise<ConversationChange>;
	/** Begins a turn, or makes it last longer. @param until milliseconds since the epoch */
	lock(name: ConversationName, token: string, until: number): Promise<ConversationChange>;
	/** Ends a turn that has added nothing. */
	release(name: ConversationName, token: string): Promise<void>;
	/** Removes those that nobody has used for so long. @returns how many */
	retain(policy: { maxAgeMs?: number | undefined }): Promise<number>;
}
