/** Responses that can be gone on from: what is kept of them, and how they are found. */
import type { Listed, Page } from "./page.js";

/** OpenAI's. The first two are unfinished: a later record of the same response takes their place. */
export type ResponseStatus = "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";

export const unfinished: readonly ResponseStatus[] = ["queued", "in_progress"];

/** Where a response stands in its thread; enough to find what came before it. */
export interface ResponseHead {
	/** `resp_` and letters and digits; at an upstream that keeps it, the upstream's. */
	readonly id: string;
	readonly model: string;
	readonly status: ResponseStatus;
	/** Seconds since the epoch. */
	readonly createdAt: number;
	/** The response that it goes on from. */
	readonly previous: string | undefined;
	/** Id of the thread's first response. */
	readonly thread: string;
	readonly conversation: string | undefined;
	/** The upstream that keeps it; undefined if the gateway does. */
	readonly home: string | undefined;
	readonly inputTokens: number | undefined;
	readonly outputTokens: number | undefined;
	/** Of the request that asked for it, as its usage record has it; undefined for those of older programs. */
	readonly requestId: string | undefined;
}

/** The head alone. Written out, since a rest of so many members costs several times as much for each response. */
export function headOf(response: ResponseHead): ResponseHead {
	return {
		id: response.id,
		model: response.model,
		status: response.status,
		createdAt: response.createdAt,
		previous: response.previous,
		thread: response.thread,
		conversation: response.conversation,
		home: response.home,
		inputTokens: response.inputTokens,
		outputTokens: response.outputTokens,
		requestId: response.requestId,
	};
}

/** JSON values with commas between them, as they came; empty for none. */
export interface TurnItems<Text = string | Buffer> {
	/** What its own request brought, without what earlier turns did. */
	readonly input: Text;
	readonly output: Text;
}

export interface NewResponse extends ResponseHead, TurnItems {
	/** Whether a record of it was added before, which was unfinished. */
	readonly isUpdate?: boolean;
	/** The response as JSON, its `output` an empty list; empty at an upstream that keeps it. */
	readonly body: string | Buffer;
	/** Offset in the body, in bytes, at which the output belongs. */
	readonly outputAt: number;
	/** The request's body, where it is to be sent, or sent again, later. */
	readonly request?: string | Buffer | undefined;
	/** Ids of the output's items. */
	readonly itemIds: readonly string[];
}

export interface ResponseRecord extends ResponseHead, TurnItems<string> {
	readonly owner: string;
	readonly body: string;
	readonly outputAt: number;
	readonly request: string | undefined;
}

/** A response and all that it goes on from, oldest first. */
export interface ResponseChain {
	readonly heads: readonly ResponseHead[];
	/** The id at which the chain ends too soon: there is no record of it. */
	readonly missing: string | undefined;
	/** Whether that one was there, and was removed. */
	readonly isRemoved: boolean;
}

export interface ResponseFilter {
	model?: string | undefined;
	status?: ResponseStatus | undefined;
	thread?: string | undefined;
	conversation?: string | undefined;
}

export interface ResponsePolicy {
	/** A thread is removed this long after its last response. */
	maxAgeMs?: number | undefined;
	/** Most responses of one owner: those of the threads that were gone on with longest ago are removed first. */
	maxCount?: number | undefined;
}

export interface ResponseStore {
	/**
	 * Stores a record. It is durable when this resolves, and visible to later reads in any process. Takes the place of an unfinished
	 * record of the same id and owner; a finished one stays as it is, and a removed one doesn't come back.
	 *
	 * @throws StoreError `full`
	 */
	add(owner: string, response: NewResponse): Promise<void>;
	get(owner: string, id: string): Promise<ResponseRecord | undefined>;
	/** @param isSettled also finds what was added in the last moments, which costs a transaction where there is a journal */
	chain(owner: string, id: string, isSettled?: boolean): Promise<ResponseChain>;
	/** @returns those of these that were removed one by one, and not for their age or number */
	removedAmong(ids: readonly string[]): Promise<Set<string>>;
	/** @returns what these turns brought, by id */
	items(owner: string, ids: readonly string[]): Promise<Map<string, TurnItems<string>>>;
	/** @returns the newest response whose output has the item, by the item's id */
	withItems(owner: string, itemIds: readonly string[]): Promise<Map<string, string>>;
	/**
	 * Lists heads by `createdAt`, and within a second in the order of storing.
	 *
	 * @throws StoreError `not_found` if there is no record `after`; one removed in the last day still counts
	 */
	list(owner: string, page: Page & ResponseFilter): Promise<Listed<ResponseHead>>;
	/** Unfinished records of all owners, oldest first. */
	unfinished(limit: number): Promise<ResponseRecord[]>;
	/** @returns false if there was no such record */
	remove(owner: string, id: string): Promise<boolean>;
	/** @returns how many were removed */
	retain(policy: ResponsePolicy): Promise<number>;
	count(): Promise<number>;
}
