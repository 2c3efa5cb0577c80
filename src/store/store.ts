/** What outlives a request: prompts and stored completions, in SQLite on this machine or in PostgreSQL for several. */

import type { AuditStore, KeyStore } from "./keyTypes.js";
import type { Listed, Metadata, Page } from "./page.js";
import type { UsageStore } from "./usageTypes.js";

/**
 * The store of one process. Every method may throw `StoreError`.
 *
 * `owner` is whose records are meant: the hash of a caller's credential, or `anonymous`. Nobody sees another's.
 */
export interface Store {
	readonly prompts: PromptStore;
	readonly completions: CompletionStore;
	readonly keys: KeyStore;
	readonly audit: AuditStore;
	readonly usage: UsageStore;
	/** Brings what has been added to where it is read from; whoever reads does so too. */
	settle(): Promise<void>;
	close(): Promise<void>;
}

export interface PromptStore {
	/** @throws StoreError `conflict` when the name is taken. */
	create(owner: string, prompt: NewPrompt): Promise<PromptRecord>;
	/** By id or name. Deleted ones only with `deleted`. */
	find(owner: string, idOrName: string, options?: { deleted?: boolean }): Promise<PromptRecord | undefined>;
	list(owner: string, page: Page & { deleted?: boolean }): Promise<Listed<PromptRecord>>;
	/** @throws StoreError `stale` when `ifRevision` is given and is not the record's, `not_found`, `conflict` (name taken). */
	update(owner: string, id: string, change: PromptChange, ifRevision?: number): Promise<PromptRecord>;
	/** Hides the prompt; its versions stay readable by number. Idempotent. */
	remove(owner: string, id: string, ifRevision?: number): Promise<PromptRecord>;
	restore(owner: string, id: string): Promise<PromptRecord>;
	/** The next number, distinct for each of any number of writers at once. */
	addVersion(owner: string, id: string, version: NewPromptVersion, ifRevision?: number): Promise<PromptVersionRecord>;
	version(owner: string, id: string, number: number): Promise<PromptVersionRecord | undefined>;
	/** Newest first or oldest first; `after` is a version's number as text. */
	versions(owner: string, id: string, page: Page): Promise<Listed<PromptVersionRecord>>;
	/** Makes a label point at a version, wherever it pointed before. @throws StoreError `not_found`. */
	setLabel(owner: string, id: string, label: string, version: number, ifRevision?: number): Promise<PromptRecord>;
	removeLabel(owner: string, id: string, label: string, ifRevision?: number): Promise<PromptRecord>;
}

export interface NewPrompt {
	name: string;
	description: string;
	metadata: Metadata;
	/** The first version. */
	version: NewPromptVersion;
}

export interface PromptChange {
	name?: string;
	description?: string;
	metadata?: Metadata;
}

export interface PromptRecord {
	/** `prompt_` and 24 letters and digits. */
	id: string;
	name: string;
	description: string;
	metadata: Metadata;
	/** Seconds since the epoch, as OpenAI's. */
	createdAt: number;
	updatedAt: number;
	deletedAt: number | undefined;
	/** Counts every change of the prompt, its labels and its list of versions: its ETag. */
	revision: number;
	latestVersion: number;
	/** Version numbers by label. */
	labels: Record<string, number>;
}

/** What a version holds is for `src/prompts/` to know; here it is JSON that never changes. */
export interface NewPromptVersion {
	content: unknown;
	comment: string;
}

export interface PromptVersionRecord extends NewPromptVersion {
	promptId: string;
	number: number;
	createdAt: number;
}

export interface CompletionStore {
	/**
	 * Durable when it resolves, and seen by whoever reads from then on, in any process. Ids are random: of two records with
	 * the same one the first is kept.
	 *
	 * @throws StoreError `full` when the disk is
	 */
	add(owner: string, completion: NewCompletion): Promise<void>;
	get(owner: string, id: string): Promise<CompletionRecord | undefined>;
	/**
	 * In the order of `createdAt`, and of storing within a second. With `summary`, `request` and `response` are empty.
	 *
	 * @throws StoreError `not_found` when there is no record `after`; one that has just been removed will do.
	 */
	list(owner: string, page: Page & CompletionFilter & { summary?: boolean }): Promise<Listed<CompletionRecord>>;
	/** Replaces the metadata. @throws StoreError `not_found`. */
	update(owner: string, id: string, metadata: Metadata): Promise<CompletionRecord>;
	/** @returns false when there was none. */
	remove(owner: string, id: string): Promise<boolean>;
	/** Removes what is older than `maxAgeMs`, and the oldest above `maxCount` over all owners. @returns how many. */
	retain(policy: { maxAgeMs?: number | undefined; maxCount?: number | undefined }): Promise<number>;
	count(): Promise<number>;
}

export interface CompletionFilter {
	model?: string | undefined;
	/** Records that have all of these pairs. */
	metadata?: Metadata | undefined;
	status?: CompletionStatus | undefined;
	/** Seconds since the epoch, exclusive. */
	createdBefore?: number | undefined;
	/** Seconds since the epoch, exclusive. */
	createdAfter?: number | undefined;
}

/** `incomplete`: the answer was cut, by the client leaving or the host breaking off; `failed`: the host said that it failed. */
export type CompletionStatus = "completed" | "incomplete" | "failed";

export interface NewCompletion {
	/** `chatcmpl-` and letters and digits, unique. */
	id: string;
	model: string;
	status: CompletionStatus;
	metadata: Metadata;
	/** Seconds since the epoch. */
	createdAt: number;
	/** The request's body as it was sent to the AI host, as JSON text or its bytes. */
	request: string | Buffer;
	/** The answer as a `chat.completion` with the stored id, likewise. */
	response: string | Buffer;
	promptTokens: number | undefined;
	completionTokens: number | undefined;
	/** Milliseconds from the request's arrival to the answer's end. */
	durationMs: number;
}

export interface CompletionRecord extends NewCompletion {
	request: string;
	response: string;
}

/** Why the store could not do what it was asked. `failure.ts` has the status of each. */
export type StoreProblem =
	/** 404 */
	| "not_found"
	/** 409 */
	| "conflict"
	/** 412: somebody else has changed it meanwhile. */
	| "stale"
	/** 507: disk or quota. */
	| "full"
	/** 503: can't be reached, or is locked for too long. */
	| "unavailable"
	/** At start: it was written by a newer version of the program. */
	| "newer";

export class StoreError extends Error {
	readonly problem: StoreProblem;

	/** @param message for the client where it is 404, 409 or 412, else for the operator's log */
	constructor(problem: StoreProblem, message: string, cause?: unknown) {
		super(message, { cause });
		this.name = "StoreError";
		this.problem = problem;
	}
}
