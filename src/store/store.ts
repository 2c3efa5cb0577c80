/** The interface of the store: SQLite for one machine, or PostgreSQL for several. */

import type { BackgroundStore } from "./backgroundTypes.js";
import type { BatchStore } from "./batchTypes.js";
import type { BoundedShelf } from "./cacheTypes.js";
import type { CallStore } from "./callTypes.js";
import type { ConversationStore } from "./conversationTypes.js";
import type { FileStore } from "./fileTypes.js";
import type { AuditStore, KeyStore } from "./keyTypes.js";
import type { Listed, Metadata, Page } from "./page.js";
import type { ResponseStore } from "./responseTypes.js";
import type { SecretStore } from "./secretTypes.js";
import type { SessionStore } from "./sessionTypes.js";
import type { UsageStore } from "./usageTypes.js";
import type { WebhookStore } from "./webhookTypes.js";

/**
 * One process's access to the store. Every method may throw `StoreError`.
 *
 * `owner` names the caller whose records are meant, or is `anonymous`. Nobody sees another owner's records.
 */
export interface Store {
	readonly prompts: PromptStore;
	readonly completions: CompletionStore;
	/** Responses that can be gone on from. */
	readonly responses: ResponseStore;
	readonly keys: KeyStore;
	readonly audit: AuditStore;
	readonly usage: UsageStore;
	/** Answers for equal requests. */
	readonly cache: BoundedShelf;
	readonly sessions: SessionStore;
	readonly secrets: SecretStore;
	readonly conversations: ConversationStore;
	/** Responses that are generated in the background. */
	readonly background: BackgroundStore;
	/** Batches of requests that the gateway runs. */
	readonly batches: BatchStore;
	/** What webhooks are told. */
	readonly webhooks: WebhookStore;
	/** Files and uploads. */
	readonly files: FileStore;
	/** Whose the calls are that upstreams hold. */
	readonly calls: CallStore;
	/** Moves what has been added to where it is read from; reading does so too. */
	settle(): Promise<void>;
	close(): Promise<void>;
}

export interface PromptStore {
	/** @throws StoreError `conflict` if the name is taken */
	create(owner: string, prompt: NewPrompt): Promise<PromptRecord>;
	/** Finds a prompt by id or name; deleted ones only with `deleted`. */
	find(owner: string, idOrName: string, options?: { deleted?: boolean }): Promise<PromptRecord | undefined>;
	list(owner: string, page: Page & { deleted?: boolean }): Promise<Listed<PromptRecord>>;
	/** @throws StoreError `stale` if `ifRevision` isn't the record's revision, `not_found`, `conflict` if the name is taken */
	update(owner: string, id: string, change: PromptChange, ifRevision?: number): Promise<PromptRecord>;
	/** Hides the prompt; its versions stay readable by number. Idempotent. */
	remove(owner: string, id: string, ifRevision?: number): Promise<PromptRecord>;
	restore(owner: string, id: string): Promise<PromptRecord>;
	/** Adds a version with the next number, which is unique among concurrent writers. */
	addVersion(owner: string, id: string, version: NewPromptVersion, ifRevision?: number): Promise<PromptVersionRecord>;
	version(owner: string, id: string, number: number): Promise<PromptVersionRecord | undefined>;
	/** Lists versions; `after` is a version's number as text. */
	versions(owner: string, id: string, page: Page): Promise<Listed<PromptVersionRecord>>;
	/** Points a label at a version, wherever it pointed before. @throws StoreError `not_found` */
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

/** `content` is JSON that never changes; `src/prompts/` defines its schema. */
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
	 * Stores a record. It is durable when this resolves, and visible to later reads in any process. If the id exists already, the
	 * first record is kept.
	 *
	 * @throws StoreError `full`
	 */
	add(owner: string, completion: NewCompletion): Promise<void>;
	get(owner: string, id: string): Promise<CompletionRecord | undefined>;
	/**
	 * Lists records by `createdAt`, and within a second in the order of storing. With `summary`, `request` and `response` are empty.
	 *
	 * @throws StoreError `not_found` if there is no record `after`; one removed in the last day still counts
	 */
	list(owner: string, page: Page & CompletionFilter & { summary?: boolean }): Promise<Listed<CompletionRecord>>;
	/** Replaces the metadata. @throws StoreError `not_found` */
	update(owner: string, id: string, metadata: Metadata): Promise<CompletionRecord>;
	/** @returns false if there was no such record */
	remove(owner: string, id: string): Promise<boolean>;
	/** Removes records older than `maxAgeMs`, then the oldest beyond `maxCount`, across all owners. @returns how many */
	retain(policy: { maxAgeMs?: number | undefined; maxCount?: number | undefined }): Promise<number>;
	count(): Promise<number>;
}

export interface CompletionFilter {
	model?: string | undefined;
	/** Only records that have all of these pairs. */
	metadata?: Metadata | undefined;
	status?: CompletionStatus | undefined;
	/** Seconds since the epoch, exclusive. */
	createdBefore?: number | undefined;
	/** Seconds since the epoch, exclusive. */
	createdAfter?: number | undefined;
}

/** `incomplete`: the client left, or the upstream broke off; `failed`: the upstream reported an error. */
export type CompletionStatus = "completed" | "incomplete" | "failed";

export interface NewCompletion {
	/** `chatcmpl-` and letters and digits, unique. */
	id: string;
	model: string;
	status: CompletionStatus;
	metadata: Metadata;
	/** Seconds since the epoch. */
	createdAt: number;
	/** The request's body as it was sent to the upstream, as JSON text or its bytes. */
	request: string | Buffer;
	/** The answer as a `chat.completion` with the stored id, as JSON text or its bytes. */
	response: string | Buffer;
	promptTokens: number | undefined;
	completionTokens: number | undefined;
	/** From the request's arrival to the answer's end. */
	durationMs: number;
}

export interface CompletionRecord extends NewCompletion {
	request: string;
	response: string;
}

/** Why a call of the store failed. `storeFailure.ts` maps each to a status. */
export type StoreProblem =
	/** 404 */
	| "not_found"
	/** 409 */
	| "conflict"
	/** 412: somebody else has changed the record meanwhile. */
	| "stale"
	/** 507: disk or quota. */
	| "full"
	/** 503: the store can't be reached, or is locked for too long. */
	| "unavailable"
	/** At start: the store was written by a newer version of the program. */
	| "newer";

export class StoreError extends Error {
	readonly problem: StoreProblem;

	/** @param message for the client if the status is 404, 409 or 412, else for the operator's log */
	constructor(problem: StoreProblem, message: string, cause?: unknown) {
		super(message, { cause });
		this.name = "StoreError";
		this.problem = problem;
	}
}
