/** Responses' own way to go on with a stream: the id of a response, and the numbers of its events. */
import { endOfEvent, eventData, hasCarriageReturn } from "../streaming/eventFraming.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Seeker } from "./eventIds.js";

/** A response names itself at its beginning. */
const maxSearched = 64 * 1024;

/** @returns the id of a response, from its beginning; undefined for anything else */
export function responseIdIn(text: string): string | undefined {
	return /"id"\s*:\s*"(resp_[\w-]{1,128})"/.exec(text)?.[1];
}

/** Calls this with the response's id, once that comes. */
export function nameAfterId(answer: ResponseStream, name: (id: string) => void): void {
	let searched = 0;
	const observer: ResponseStream["observers"][number] = {
		chunk({ bytes }) {
			const id = responseIdIn(bytes.toString("latin1", 0, maxSearched));
			searched += bytes.length;
			if (id !== undefined) name(id);
			if (id !== undefined || searched > maxSearched) delete observer.chunk;
		},
	};
	answer.observers.push(observer);
}

/** Finds the first event with a greater `sequence_number`. */
export class SequenceSeeker implements Seeker {
	readonly mayBeLast = true;
	readonly #after: number;

	/** @param after -1 for all of them */
	constructor(after: number) {
		this.#after = after;
	}

	push(bytes: Buffer): Buffer | undefined {
		const hasCr = hasCarriageReturn(bytes);
		for (let at = 0; at < bytes.length; ) {
			const end = endOfEvent(bytes, at, hasCr);
			if (numberOf(eventData(bytes, at, end, hasCr)) > this.#after) return bytes.subarray(at);
			at = end;
		}
		return undefined;
	}
}

/** @returns -1 for an event without a number */
function numberOf(data: string | undefined): number {
	try {
		const { sequence_number: number } = JSON.parse(data ?? "null") as { sequence_number?: unknown };
		return typeof number === "number" ? number : -1;
	} catch {
		return -1;
	}
}
