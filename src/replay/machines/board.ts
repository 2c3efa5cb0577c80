/** What machines know of each other's answers: a place in Redis or PostgreSQL that all of them read and write. */
import type { Failure, Readership } from "../messages.js";

export interface Reservation {
	readonly id: string;
	/** Hash of whoever asked. */
	readonly owner: string;
	readonly key: string | undefined;
	readonly fingerprint: string;
}

export interface SharedAnswer extends Reservation {
	readonly isEnded: boolean;
	readonly isKept: boolean;
	/** The machine that gives it is no more, or has given it back. */
	readonly isAbandoned: boolean;
	/** Bytes of its file that are shared. */
	readonly size: number;
	readonly failure: Failure | undefined;
	/** Milliseconds until it is not kept any more. */
	readonly restMs: number;
}

export interface SharedPart extends SharedAnswer {
	/** What follows the place that was asked for, or the beginning of it. */
	readonly bytes: Buffer;
}

export interface Ending {
	readonly isKept: boolean;
	readonly failure: Failure | undefined;
	/** How long it can still be had. */
	readonly keepMs: number;
}

/** `lost`: the answer is not this machine's any more. `full`: there is no room for it. */
export type Addition = Readership | "lost" | "full";

/** All of it may throw, or take long: `Reach` sees to that. */
export interface Board {
	/** Reserves a key for this machine. @returns the answer that has it already; undefined if it is this machine's now */
	reserve(reservation: Reservation): Promise<SharedAnswer | undefined>;
	find(id: string): Promise<SharedAnswer | undefined>;
	findByName(name: string): Promise<SharedAnswer | undefined>;
	/** It can also be found by this name. */
	name(id: string, name: string): Promise<void>;
	/** Adds bytes at this place of its file; again is as good as once. @returns who reads it on other machines */
	append(id: string, at: number, bytes: Buffer): Promise<Addition>;
	end(id: string, ending: Ending): Promise<void>;
	/** @returns undefined if there is no such answer */
	read(id: string, from: number): Promise<SharedPart | undefined>;
	/** This machine still gives them. @returns who reads each on other machines; undefined if it isn't this machine's */
	renew(ids: readonly string[]): Promise<readonly (Readership | undefined)[]>;
	/** So many read it on this machine. */
	noteReaders(id: string, readership: Readership): Promise<void>;
	/** This machine can't go on with it. */
	release(id: string): Promise<void>;
	/** This machine goes on with an abandoned answer. @returns false if another one does */
	takeOver(id: string): Promise<boolean>;
	/** Resolves if it can be used. */
	ping(): Promise<void>;
	close(): void;
}

/** `grew ID` from the machine that gives an answer, `read ID` from those that read it. Sent to all, also to its sender. */
export type TakeNews = (news: string) => void;

/** How long a machine may say nothing of an answer that it gives until another one may go on with it. */
export const leaseMs = 15_000;
/** How long an answer can be had whose machine is no more, or that has ended without being kept. */
export const lingerMs = 60_000;
/** Most that is read at a time. */
export const pieceBytes = 256 * 1024;
