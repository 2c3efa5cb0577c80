/** Ids of a stream's events (WHATWG HTML §9.2.6), by which a client says where it wants to go on. */
import { endOfEvent, endsEvent, hasCarriageReturn } from "../streaming/eventFraming.js";
import { noBytes, type Piece } from "../streaming/piece.js";
import type { Head } from "../streaming/responseStream.js";
import type { Transform } from "../streaming/transform.js";

/** The header of a client that comes back. */
export const lastEventHeader = "last-event-id";

export function isEventStream({ headers }: Pick<Head, "headers">): boolean {
	return headers["content-type"]?.startsWith("text/event-stream") ?? false;
}

export interface EventId {
	/** The answer's own id. */
	readonly answer: string;
	readonly number: number;
}

/** @returns undefined for what is no id of ours */
export function parseEventId(text: string): EventId | undefined {
	const [, answer, number] = /^(answer_[0-9A-Za-z]{24})-(\d{1,9})$/.exec(text) ?? [];
	return answer === undefined ? undefined : { answer, number: Number(number) };
}

export function idLine({ answer, number }: EventId): string {
	return `id: ${answer}-${number}\n`;
}

/** The number of the last event in a part of a stream; undefined if its events have none. */
export function lastNumberIn(body: Buffer, answer: string): number | undefined {
	const line = `id: ${answer}-`;
	const at = body.lastIndexOf(line);
	return at === -1 ? undefined : Number.parseInt(body.toString("latin1", at + line.length, at + line.length + 10), 10);
}

/**
 * Numbers each event of a stream. Comments stay as they are, and so does the rest of an event that comes in parts.
 *
 * @param last number that was given before
 */
export function numberEvents(answer: string, last = 0): Transform {
	let number = last;
	let isMidEvent = false;
	return {
		push({ bytes, events }: Piece): Piece {
			const hasCr = hasCarriageReturn(bytes);
			const parts: Buffer[] = [];
			for (let at = 0; at < bytes.length; ) {
				const end = endOfEvent(bytes, at, hasCr);
				if (!isMidEvent && isEvent(bytes.subarray(at, end))) {
					number += 1;
					parts.push(Buffer.from(idLine({ answer, number })));
				}
				parts.push(bytes.subarray(at, end));
				at = end;
				isMidEvent = false;
			}
			isMidEvent = !endsEvent(bytes);
			return { bytes: Buffer.concat(parts), events };
		},
		end: () => noBytes,
	};
}

/** A comment begins with a colon. */
function isEvent(bytes: Buffer): boolean {
	return bytes[0] !== 0x3a;
}

/** Finds the place in a stream at which a reader begins. */
export interface Seeker {
	/** @returns what of this part is to be read; undefined if it begins in a later one */
	push(bytes: Buffer): Buffer | undefined;
	/** A stream that ends before is read to its end already, rather than not the one that was meant. */
	readonly mayBeLast: boolean;
}

/** Finds what follows an event in a stream that comes in parts. */
export class EventSeeker implements Seeker {
	readonly mayBeLast = false;
	readonly #line: Buffer;
	#isInEvent = false;

	constructor(after: EventId) {
		this.#line = Buffer.from(idLine(after));
	}

	/** @returns what follows the event in this part; undefined if it hasn't come to its end yet */
	push(bytes: Buffer): Buffer | undefined {
		const at = this.#isInEvent ? 0 : bytes.indexOf(this.#line);
		if (at === -1) return undefined;
		const end = endOfEvent(bytes, at, hasCarriageReturn(bytes));
		this.#isInEvent = end === bytes.length && !endsEvent(bytes);
		return this.#isInEvent ? undefined : bytes.subarray(end);
	}
}
