/** Events of a stream that say that it has gone wrong. */
import type { ErrorDetail, Json } from "../dialect.js";
import { errorIn } from "./errorDetail.js";

export interface EventError {
	readonly json: Json;
	readonly detail: ErrorDetail;
}

const lf = 0x0a;
const cr = 0x0d;
/** The event's own name (WHATWG HTML §9.2.6), which stands at the beginning of a line. */
const names = [Buffer.from("event: error"), Buffer.from("event:error")];

/**
 * @param data the event's JSON object, or its text where it holds none
 * @returns undefined for an event that is no error; some upstreams put one into a chunk
 */
export function errorOfEvent(events: Buffer, start: number, end: number, data: Json | string): EventError | undefined {
	const json = typeof data === "string" ? undefined : data;
	const detail = json && errorIn(json);
	if (json && detail) return { json, detail };
	if (Array.isArray(json?.choices) || !isNamedError(events, start, end)) return undefined;
	const named = errorIn({ ...json, error: json?.message ?? json?.detail ?? data });
	return { json: json ?? {}, detail: named ?? { status: undefined, message: undefined, isWellFormed: false } };
}

function isNamedError(events: Buffer, start: number, end: number): boolean {
	for (const name of names) {
		const at = events.indexOf(name, start);
		if (at === -1 || at + name.length > end) continue;
		const isLine = at === start || isLineEnd(events[at - 1]);
		if (isLine && isLineEnd(events[at + name.length])) return true;
	}
	return false;
}

function isLineEnd(byte: number | undefined): boolean {
	return byte === lf || byte === cr;
}
