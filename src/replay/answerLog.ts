/** An answer as it was sent to its first client, for others who want it from its beginning. */
import type { GatewayError } from "../errors/gatewayError.js";
import { endsEvent } from "../streaming/eventFraming.js";
import { unread } from "../streaming/piece.js";
import { type Head, ResponseStream, type Source } from "../streaming/responseStream.js";
import type { Seeker } from "./eventIds.js";
import { notKept, tooSlow } from "./failure.js";
import type { Readership } from "./messages.js";

/** Listens to a log. All of them are called synchronously. */
export interface LogListener {
	begun?(head: Head): void;
	added?(bytes: Buffer): void;
	ended?(failure: GatewayError | undefined): void;
	/** Somebody reads it now, or nobody does any more. */
	readersChanged?(): void;
}

/**
 * Holds an answer in memory, and gives it to any number of readers, each at its own pace.
 *
 * An answer that grows beyond `maxBytes` goes on to those who read it, but is forgotten otherwise.
 */
export class AnswerLog {
	readonly id: string;
	readonly listeners: LogListener[] = [];
	/** How often it was read here. */
	reads = 0;
	readonly #maxBytes: number;
	#head: Head | undefined;
	#parts: (Buffer | undefined)[] = [];
	#size = 0;
	#droppedBytes = 0;
	#elsewhere: Readership = { readers: 0, reads: 0 };
	#ending: { readonly failure: GatewayError | undefined } | undefined;
	#isGiven = false;
	readonly #readers = new Set<Reader>();

	constructor(id: string, maxBytes: number) {
		this.id = id;
		this.#maxBytes = maxBytes;
	}

	get head(): Head | undefined {
		return this.#head;
	}

	/** Bytes of the body so far. */
	get size(): number {
		return this.#size;
	}

	get parts(): readonly (Buffer | undefined)[] {
		return this.#parts;
	}

	get ending(): { readonly failure: GatewayError | undefined } | undefined {
		return this.#ending;
	}

	/** The upstream's answer is over, although some of it may still have to be read from a file. */
	get isGiven(): boolean {
		return this.#isGiven || this.#ending !== undefined;
	}

	markGiven(): void {
		this.#isGiven = true;
	}

	/** It has become too large to be given to anybody new. */
	get isForgotten(): boolean {
		return this.#size > this.#maxBytes;
	}

	/** How many read it now, in all workers. */
	get readerCount(): number {
		return this.#readers.size + this.#elsewhere.readers;
	}

	/** How many it was given to, the first client among them. */
	get deliveries(): number {
		return 1 + this.reads + this.#elsewhere.reads;
	}

	/** Who reads it in other workers. */
	set elsewhere(readership: Readership) {
		this.#elsewhere = readership;
		this.#tellReaders();
	}

	begin(head: Head): void {
		if (this.#head !== undefined || this.#ending !== undefined) return;
		this.#head = head;
		for (const { begun } of this.listeners) begun?.(head);
		this.#pump();
	}

	add(bytes: Buffer): void {
		if (this.#ending !== undefined || bytes.length === 0) return;
		this.#parts.push(bytes);
		this.#size += bytes.length;
		for (const { added } of this.listeners) added?.(bytes);
		this.#pump();
		if (this.isForgotten) this.#shorten();
	}

	end(failure?: GatewayError): void {
		if (this.#ending !== undefined) return;
		this.#ending = { failure };
		for (const { ended } of this.listeners) ended?.(failure);
		this.#pump();
	}

	/** The answer from its beginning, or of a stream what follows an event; then as it comes. */
	read(seeker?: Seeker): ResponseStream {
		const reader = new Reader(this, seeker, () => this.#leave(reader));
		this.#readers.add(reader);
		this.reads += 1;
		this.#tellReaders();
		reader.pump();
		return reader.answer;
	}

	/** Resolves when this is so, or nothing more comes. */
	until(isSo: () => boolean): Promise<void> {
		if (isSo() || this.#ending !== undefined) return Promise.resolve();
		return new Promise((resolve) => {
			const look = () => {
				if (!isSo() && this.#ending === undefined) return;
				resolve();
				setImmediate(() => this.listeners.splice(this.listeners.indexOf(listener) >>> 0, 1));
			};
			const listener: LogListener = { begun: look, added: look, ended: look };
			this.listeners.push(listener);
		});
	}

	#leave(reader: Reader): void {
		if (this.#readers.delete(reader)) this.#tellReaders();
	}

	#tellReaders(): void {
		for (const { readersChanged } of this.listeners) readersChanged?.();
	}

	#pump(): void {
		for (const reader of [...this.#readers]) reader.pump();
	}

	/** Nobody begins to read it any more, so that what all readers have taken can go. The slowest may not lag too far. */
	#shorten(): void {
		let read = this.#dropRead();
		while (this.#size - this.#droppedBytes > this.#maxBytes && read < this.#parts.length) {
			for (const reader of [...this.#readers]) if (reader.position === read) reader.giveUp();
			read = this.#dropRead();
		}
	}

	/** @returns how many parts have gone */
	#dropRead(): number {
		let read = this.#parts.length;
		for (const { position } of this.#readers) read = Math.min(read, position);
		for (let at = read - 1; at >= 0 && this.#parts[at] !== undefined; at -= 1) {
			this.#droppedBytes += this.#parts[at]?.length ?? 0;
			this.#parts[at] = undefined;
		}
		return read;
	}
}

/** One reader's place in a log. */
class Reader implements Source {
	readonly answer: ResponseStream = new ResponseStream(this);
	readonly #log: AnswerLog;
	readonly #left: () => void;
	/** Finds the event that it begins after; undefined once it has. */
	#seeker: Seeker | undefined;
	#at = 0;
	#last: Buffer | undefined;
	#isPaused = false;
	#isDone = false;

	constructor(log: AnswerLog, seeker: Seeker | undefined, left: () => void) {
		this.#log = log;
		this.#seeker = seeker;
		this.#left = left;
	}

	/** How many of the log's parts it has taken. */
	get position(): number {
		return this.#at;
	}

	/** Gives on what has come since. */
	pump(): void {
		if (this.#isDone) return;
		const { head, parts, ending } = this.#log;
		if (this.#seeker !== undefined) this.#seek(parts);
		const isPlaceSure = this.#seeker?.mayBeLast ?? true;
		if (head !== undefined && this.answer.status === 0 && isPlaceSure) this.#begin(head);
		while (!this.#isPaused && !this.#isDone && this.#at < parts.length) {
			const part = parts[this.#at] as Buffer;
			this.#at += 1;
			this.#last = part;
			this.answer.pass(unread(part));
		}
		if (ending === undefined || this.#at < parts.length || this.#isDone) return;
		if (this.#isPaused && ending.failure === undefined) return;
		this.#finish();
		if (this.#seeker?.mayBeLast) this.#seeker = undefined;
		const failure = this.#seeker === undefined ? ending.failure : notKept();
		if (failure === undefined) this.answer.end();
		else this.answer.fail(failure);
	}

	pause(): void {
		this.#isPaused = true;
	}

	resume(): void {
		this.#isPaused = false;
		this.pump();
	}

	stop(): void {
		this.#finish();
	}

	/** It is too far behind. */
	giveUp(): void {
		this.#finish();
		this.answer.fail(tooSlow());
	}

	/** Only an event that is longer than the upstream's answer is read at a time comes in parts. */
	get isMidEvent(): boolean {
		const last = this.#last;
		return this.answer.isStream && last !== undefined && !endsEvent(last);
	}

	#begin(head: Head): void {
		this.answer.begin({ ...head, headers: { ...head.headers } });
	}

	/** Passes over all up to the event that it begins after, and passes the rest of that part. */
	#seek(parts: readonly (Buffer | undefined)[]): void {
		const { head } = this.#log;
		while (this.#seeker !== undefined && this.#at < parts.length) {
			const rest = this.#seeker.push(parts[this.#at] as Buffer);
			this.#at += 1;
			if (rest === undefined || head === undefined) continue;
			this.#seeker = undefined;
			this.#begin(head);
			if (rest.length > 0) this.answer.pass(unread(rest));
		}
	}

	#finish(): void {
		if (this.#isDone) return;
		this.#isDone = true;
		this.#left();
	}
}
