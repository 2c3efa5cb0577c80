/** Responses that are generated in the background, as the store keeps them. */
import type { NewDelivery } from "./webhookTypes.js";

export type BackgroundStatus = "queued" | "in_progress" | EndedStatus;
export type EndedStatus = "completed" | "incomplete" | "failed" | "cancelled";

/** It is queued, or under way. */
export function isUnfinished({ status }: { readonly status: BackgroundStatus }): boolean {
	return status === "queued" || status === "in_progress";
}

export interface NewBackground {
	/** `resp_` and letters and digits. */
	id: string;
	owner: string;
	/** Seconds since the epoch. */
	createdAt: number;
	/** JSON of the response, as whoever asked for it was first told. */
	response: string;
	/** Everything that is needed to ask an upstream, as JSON. */
	task: string;
	/** Somebody has been given its events, so that they can't begin anew. */
	isFollowed: boolean;
	/** The worker that generates it, and until when nobody else may, in milliseconds since the epoch. */
	holder: string;
	leaseUntil: number;
}

export interface BackgroundRecord {
	id: string;
	owner: string;
	createdAt: number;
	status: BackgroundStatus;
	response: string;
}

/** One that a worker has taken over. */
export interface TakenBackground extends BackgroundRecord {
	task: string;
	isFollowed: boolean;
	/** How often it was begun anew. */
	restarts: number;
}

export interface BackgroundEnd {
	status: EndedStatus;
	/** JSON. */
	response: string;
}

export interface BackgroundStore {
	/**
	 * Adds one that is queued.
	 *
	 * @param maxUnfinished how many of its owner may be unfinished, this one included
	 * @returns false if its owner has too many
	 */
	add(run: NewBackground, maxUnfinished: number): Promise<boolean>;
	get(owner: string, id: string): Promise<BackgroundRecord | undefined>;
	/** Of one that is unfinished. */
	taskOf(owner: string, id: string): Promise<string | undefined>;
	/** An upstream has begun to answer. Nothing changes for one that is over. */
	begin(id: string, response: string): Promise<void>;
	/** Somebody is given its events. */
	follow(id: string): Promise<void>;
	isFollowed(id: string): Promise<boolean>;
	/** It begins anew, with new events. */
	restart(id: string): Promise<void>;
	/**
	 * Ends it, and queues what webhooks are to be told of that, in one transaction.
	 *
	 * @returns false if it was over already, or is not there
	 */
	end(id: string, end: BackgroundEnd, deliveries: readonly NewDelivery[]): Promise<boolean>;
	/** @returns the ids of all that this holder still has: others are over, removed, or somebody else's by now */
	renew(holder: string, leaseUntil: number): Promise<string[]>;
	/**
	 * Takes over unfinished ones whose lease has ended, or whose holder is known to be gone.
	 *
	 * @param limit how many at most
	 */
	take(holder: string, leaseUntil: number, limit: number, gone: readonly string[]): Promise<TakenBackground[]>;
	/** Others may take these over at once. */
	release(holder: string, ids: readonly string[]): Promise<void>;
	/** @returns false if there was none */
	remove(owner: string, id: string): Promise<boolean>;
	/** @returns when the first lease ends, in milliseconds since the epoch; undefined if nothing is unfinished */
	nextAt(): Promise<number | undefined>;
	/** Removes those that have ended this long ago. @returns how many */
	retain(maxAgeMs: number): Promise<number>;
}
