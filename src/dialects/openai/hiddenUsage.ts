/** Takes token counts out of a stream's events that the gateway has asked for, and the client hasn't. */
import { findValueEnd, skipSpace } from "../../json/jsonMember.js";
import type { Json } from "../dialect.js";

const name = Buffer.from('"usage"');
const nullWord = Buffer.from("null");
const dataName = Buffer.from("data:");
const nothing: Buffer = Buffer.alloc(0);
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const lf = 0x0a;
const cr = 0x0d;

/** Members of every chunk; a chunk with token counts alone has no others. */
const envelope = new Set([
	"id",
	"object",
	"created",
	"model",
	"choices",
	"usage",
	"system_fingerprint",
	"service_tier",
	"obfuscation",
]);

/**
 * An event without the counts that the upstream added because the gateway had asked for them; undefined if it holds nothing
 * else. What else an upstream puts there, such as the `timings` of llama.cpp, is the client's.
 */
export function withoutCounts(event: Buffer, chunk: Json): Buffer {
	for (const member in chunk) if (!envelope.has(member) && chunk[member] !== null) return withoutMember(event, chunk);
	return nothing;
}

/** An event without its `usage`, an object. */
export function withoutMember(event: Buffer, { usage: _usage, ...rest }: Json): Buffer {
	const left = withoutUsage(event, true);
	if (left !== event) return left;
	// Its name is written with escapes, or its JSON stands in several lines, which no upstream is known to do.
	const others = event.toString().split(/\r\n|\n|\r/);
	const fields = others.filter((line) => line !== "" && !line.startsWith("data:"));
	return Buffer.from(`${[...fields, `data: ${JSON.stringify(rest)}`].join("\n")}\n\n`);
}

/** @returns whether `withoutUsage` leaves these events as they are, and all that differ from them in their text alone */
export function hasNoUsage(events: Buffer): boolean {
	return !events.includes(name);
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
		if (end === undefined || !isOfChunk(events, at, end)) continue;
		const before = lastVisible(events, at - 1);
		// With the comma in front of it, else with the one after it.
		if (events[before] === comma && before >= from) {
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

/** Offset after the value of the member whose name begins at `at`; undefined if it is to stay, or is no member. */
function endOfHidden(events: Buffer, at: number, areObjectsHidden: boolean): number | undefined {
	const behindName = skipSpace(events, at + name.length);
	if (events[behindName] !== colon) return undefined;
	const start = skipSpace(events, behindName + 1);
	const isNull = events.compare(nullWord, 0, nullWord.length, start, start + nullWord.length) === 0;
	if (isNull) return start + nullWord.length;
	return areObjectsHidden && events[start] === openBrace ? findValueEnd(events, start) : undefined;
}

/** The member from `at` to `end` is the chunk's own, not that of a choice or of something else within it. */
function isOfChunk(events: Buffer, at: number, end: number): boolean {
	const next = events[end] === closeBrace ? events[end + 1] : undefined;
	if (next === lf || next === cr) return true;
	const line = Math.max(events.lastIndexOf(lf, at), events.lastIndexOf(cr, at)) + 1;
	if (events.compare(dataName, 0, dataName.length, line, line + dataName.length) !== 0) return false;
	let depth = 0;
	for (let place = line + dataName.length; place < at; place += 1) {
		const byte = events[place];
		if (byte === quote) place = findValueEnd(events, place) - 1;
		else if (byte === openBrace || byte === openBracket) depth += 1;
		else if (byte === closeBrace || byte === closeBracket) depth -= 1;
	}
	return depth === 1;
}

function lastVisible(bytes: Buffer, from: number): number {
	let at = from;
	while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at -= 1;
	return at;
}
