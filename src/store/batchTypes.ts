/** Batches of requests, as the store keeps them: each with its lines, and the answer to each line. */
import type { Listed, Metadata, Page } from "./page.js";
import type { NewDelivery } from "./webhookTypes.js";

/** `openai`: lines of a file. `messages`: requests in the body, as Anthropic's. */
export type BatchKind = "openai" | "messages";

/** `finalizing`: no line is answered any more, and files are written. */
export type BatchStatus = "validating" | "in_progress" | "finalizing" | BatchEnding;
export type BatchEnding = "completed" | "failed" | "expired" | "cancelled";

export interface NewBatch {
	/** `batch_` or `msgbatch_`, and letters and digits. */
	id: string;
	owner: string;
	kind: BatchKind;
	/** The path that each line is sent to, such as `/v1/chat/completions`. */
	endpoint: string;
	metadata: Metadata | undefined;
	/** The id of the file with its lines; undefined if they came with the request. */
	inputFile: string | undefined;
	/** `24h`. */
	window: string;
	/** Seconds since the epoch. */
	createdAt: number;
	expiresAt: number;
	/** The name of the key that has asked for it, and its team. */
	keyName: string | undefined;
	team: string | undefined;
	/** Everything that is needed to send a line, as JSON. */
	task: string;
	/** The worker that runs it, and until when nobody else may, in milliseconds since the epoch. */
	holder: string;
	leaseUntil: number;
}

/** Tokens of all lines together. */
export interface BatchTokens {
	input: number;
	cached: number;
	output: number;
	reasoning: number;
}

/** Moments of a batch, in seconds since the epoch. */
export type BatchMoment = "in_progress" | "finalizing" | "cancelling" | BatchEnding;

/** What is wrong with a batch, or with a line of its file. */
export interface BatchFault {
	code: string;
	message: string;
	param: string | null;
	line: number | null;
}

export interface BatchRecord extends Omit<NewBatch, "holder" | "leaseUntil" | "task"> {
	/** In the order of creation; lines refer to it. */
	sequence: number;
	status: BatchStatus;
	/** The one that runs it; undefined for the gateway itself. */
	upstream: string | undefined;
	/** JSON: what the upstream has last said of it. */
	snapshot: string | undefined;
	/** The key that has asked for it and its organisation, where an upstream runs it: its usage is theirs. */
	keyId: string | undefined;
	organisation: string | undefined;
	/** The usage of one that an upstream runs is recorded. */
	isAccounted: boolean;
	/** Its owner has cancelled it: lines that aren't answered yet never are. */
	isCancelling: boolean;
	/** The model of all lines; undefined if they differ, or are not known yet. */
	model: string | undefined;
	moments: Readonly<Partial<Record<BatchMoment, number>>>;
	faults: readonly BatchFault[];
	outputFile: string | undefined;
	errorFile: string | undefined;
	/** How many lines it has, and how many of them have which answer. */
	total: number;
	completed: number;
	failed: number;
	tokens: BatchTokens;
}

/** One that a worker has taken over. */
export interface TakenBatch extends BatchRecord {
	task: string;
}

/** Numbers of lines begin with 1. */
export interface BatchLine {
	number: number;
	customId: string;
	/** The body of its request, as JSON. */
	request: string;
}

export interface BatchAnswer {
	number: number;
	/** Whether the line counts as failed. */
	isFailed: boolean;
	/** Of HTTP. */
	status: number;
	requestId: string;
	/** JSON. */
	body: string;
	tokens: BatchTokens | undefined;
}

/** A line with its answer, which is undefined if it has none. */
export interface AnsweredLine {
	number: number;
	customId: string;
	answer: Omit<BatchAnswer, "number" | "tokens"> | undefined;
}

export interface BatchEnd {
	status: BatchEnding;
	outputFile?: string | undefined;
	errorFile?: string | undefined;
	faults?: readonly BatchFault[];
}

/** What an upstream says of one that it runs. */
export type SeenBatch = Pick<
	BatchRecord,
	| "status"
	| "isCancelling"
	| "endpoint"
	| "window"
	| "model"
	| "inputFile"
	| "outputFile"
	| "errorFile"
	| "moments"
	| "faults"
	| "total"
	| "completed"
	| "failed"
	| "tokens"
	| "expiresAt"
>;

/** One that an upstream runs. */
export interface NotedBatch
	extends Pick<BatchRecord, "id" | "owner" | "kind" | "createdAt" | "keyId" | "keyName" | "team" | "organisation"> {
	upstream: string;
	snapshot: string;
	seen: SeenBatch;
}

export interface BatchPage extends Page {
	/** Undefined for those of all owners. */
	owner: string | undefined;
	kind?: BatchKind | undefined;
}

export interface BatchStore {
	/**
	 * Adds one without lines, which is validated.
	 *
	 * @param maxUnfinished how many of its owner may be unfinished, this one included
	 * @returns its sequence; undefined if its owner has too many
	 */
	add(batch: NewBatch, maxUnfinished: number): Promise<number | undefined>;
	/** Adds lines; those whose numbers are there already are kept as they are. */
	addLines(sequence: number, lines: readonly BatchLine[]): Promise<void>;
	/** Its lines are all there: they may be answered. @returns false if it is over, or begun already */
	begin(sequence: number, facts: { total: number; model: string | undefined }): Promise<boolean>;
	/** Notes whose one is that an upstream runs, and what the upstream says of it by now. */
	note(batch: NotedBatch): Promise<void>;
	/** The one that an upstream runs whose answers are in this file. */
	ofOutput(owner: string, file: string): Promise<BatchRecord | undefined>;
	/** The usage of one that an upstream runs is recorded. @returns false if it was so before */
	account(sequence: number): Promise<boolean>;
	/** @param owner undefined for whoever's it is */
	get(owner: string | undefined, id: string): Promise<BatchRecord | undefined>;
	/** The latest first, unless asked otherwise. @throws StoreError `not_found` if there is none `after` */
	list(page: BatchPage): Promise<Listed<BatchRecord>>;
	/** Lines without an answer, in their order. @param after the number of the last one that is known */
	open(sequence: number, after: number, limit: number): Promise<BatchLine[]>;
	/**
	 * Keeps answers and counts them, in one transaction. The first answer to a line is the one that stays.
	 *
	 * @returns false if lines are answered no more
	 */
	answer(sequence: number, answers: readonly BatchAnswer[]): Promise<boolean>;
	/** Lines in their order, with their answers. @param after the number of the last one that is known */
	answers(sequence: number, after: number, limit: number): Promise<AnsweredLine[]>;
	/** From here on no line is answered. @returns the batch as it is then; undefined if it is over, or removed */
	finalize(sequence: number): Promise<BatchRecord | undefined>;
	/** Whoever runs it is to stop. @returns the batch as it is then, also one that is over; undefined if there is none */
	cancel(owner: string | undefined, id: string): Promise<BatchRecord | undefined>;
	/**
	 * Ends it, and queues what webhooks are to be told of that, in one transaction.
	 *
	 * @returns false if it was over already, or is not there
	 */
	end(sequence: number, end: BatchEnd, deliveries: readonly NewDelivery[]): Promise<boolean>;
	/** @returns those that this holder still has, and whether each was cancelled */
	renew(holder: string, leaseUntil: number): Promise<{ sequence: number; isCancelling: boolean }[]>;
	/** Takes over unfinished ones whose lease has ended, or whose holder is known to be gone. */
	take(holder: string, leaseUntil: number, limit: number, gone: readonly string[]): Promise<TakenBatch[]>;
	/** Anybody may take these over. @param at from then on, in milliseconds since the epoch */
	release(holder: string, sequences: readonly number[], at: number): Promise<void>;
	/** Removes one with its lines and answers. @returns false if there was none */
	remove(owner: string, id: string): Promise<boolean>;
	/** @returns when the first lease ends, in milliseconds since the epoch; undefined if nothing is unfinished */
	nextAt(): Promise<number | undefined>;
	/** Removes those that have ended this long ago. @returns how many */
	retain(maxAgeMs: number): Promise<number>;
}
