/** Takes token counts out of a stream's events that the gateway has asked for, and the client hasn't. */
import { findValueEnd, skipSpace } from "../contract/jsonMember.js";

const name = Buffer.from('"usage"');
const nullWord = Buffer.from("null");
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;

export interface HiddenUsage {
	/** The client has asked for none: the event that holds nothing but counts is left out, and members that are null. */
	readonly isEndHidden: boolean;
	/** Nor are counts that come with each piece for the client. */
	readonly arePiecesHidden: boolean;
}

/**
 * Whole events without their members `usage` that are null, or without those that are objects too; the very same bytes
 * where there are none. Within a text the quotes of such a name would be escaped.
 */
export function withoutUsage(events: Buffer, areObjectsHidden: boolean): Buffer {
	let at = events.indexOf(name);
	if (at === -1) return events;
	const kept: Buffer[] = [];
	let from = 0;
	for (; at !== -1; at = events.indexOf(name, at + name.length)) {
		const end = endOfHidden(events, at, areObjectsHidden);
		if (end === undefined) continue;
		const before = lastVisible(events, at - 1);
		// With the comma in front of it, else with the one behind it.
		if (events[before] === comma) {
			kept.push(events.subarray(from, before));
			from = end;
		} else {
			kept.push(events.subarray(from, at));
			const next = skipSpace(events, end);
			from = events[next] === comma ? skipSpace(events, next + 1) : end;
		}
		at = end - name.length;
	}
	if (kept.length === 0) return events;
	kept.push(events.subarray(from));
	return Buffer.concat(kept);
}

/** Offset behind the value of the member whose name begins at `at`; nothing where it is to stay, or is no member. */
function endOfHidden(events: Buffer, at: number, areObjectsHidden: boolean): number | undefined {
	const behindName = skipSpace(events, at + name.length);
	if (events[behindName] !== colon) return undefined;
	const start = skipSpace(events, behindName + 1);
	const isNull = events.compare(nullWord, 0, nullWord.length, start, start + nullWord.length) === 0;
	if (isNull) return start + nullWord.length;
	return areObjectsHidden && events[start] === openBrace ? findValueEnd(events, start) : undefined;
}

function lastVisible(bytes: Buffer, from: number): number {
	let at = from;
	while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at -= 1;
	return at;
}
