/** Finds a member of a JSON object in its bytes, so that it can be replaced without changing the rest. */

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

export interface Span {
	start: number;
	end: number;
}

/** A member's value, and where its name begins. */
export interface MemberSpan extends Span {
	nameStart: number;
}

/**
 * Finds the value of a top-level member: the last one with this name, as in JSON.parse.
 *
 * @param bytes valid JSON, an object, from `start` to `end`
 * @param name with its quotes, `"id"`; the bytes may have it with escapes
 * @param isUnique whether there is at most one such member, so that the search can stop at the first
 * @returns the value's offsets; undefined if there is no such member
 */
export function findMember(
	bytes: Buffer,
	{ start, end }: Span,
	name: Buffer,
	isUnique = false,
): MemberSpan | undefined {
	let found: MemberSpan | undefined;
	let at = skipSpace(bytes, start) + 1;
	while (at < end) {
		at = skipSpace(bytes, at);
		if (bytes[at] !== quote) break;
		const nameStart = at;
		const nameEnd = endOfString(bytes, at);
		const isMatch = isName(bytes, at, nameEnd, name);
		at = skipSpace(bytes, nameEnd);
		if (bytes[at] !== colon) break;
		at = skipSpace(bytes, at + 1);
		const valueEnd = endOfValue(bytes, at, end);
		if (isMatch) found = { nameStart, start: at, end: valueEnd };
		if (isMatch && isUnique) break;
		at = skipSpace(bytes, valueEnd);
		if (bytes[at] !== comma) break;
		at += 1;
	}
	return found;
}

function isName(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
	if (end - start === name.length) return bytes.compare(name, 0, name.length, start, end) === 0;
	// A letter may be written as six bytes.
	if (end - start < name.length || end - start > name.length * 6 || !bytes.subarray(start, end).includes(backslash))
		return false;
	return JSON.parse(bytes.toString("utf8", start, end)) === JSON.parse(name.toString());
}

/** @returns the offset after the opening brace, where a member can be inserted before the others */
export function afterOpenBrace(bytes: Buffer, { start }: Span): number {
	return skipSpace(bytes, start) + 1;
}

/** @returns the offset after the value that begins at `from`, or `end` if it is not whole by then */
export function findValueEnd(bytes: Buffer, from: number, end = bytes.length): number {
	return endOfValue(bytes, from, end);
}

function endOfValue(bytes: Buffer, from: number, end: number): number {
	const first = bytes[from];
	if (first === quote) return endOfString(bytes, from);
	let at = from;
	if (first !== openBrace && first !== openBracket) {
		while (at < end && !endsValue(bytes[at])) at += 1;
		return at;
	}
	let depth = 0;
	while (at < end) {
		const byte = bytes[at];
		if (byte === quote) {
			at = endOfString(bytes, at);
			continue;
		}
		at += 1;
		if (byte === openBrace || byte === openBracket) depth += 1;
		else if (byte === closeBrace || byte === closeBracket) depth -= 1;
		if (depth === 0) return at;
	}
	return at;
}

function endsValue(byte: number | undefined): boolean {
	return byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte);
}

/** Bytes checked one by one before a native search, which is faster in long strings such as prompts and images only. */
const nearBytes = 128;

/** @returns the offset after the closing quote of the string that begins at `from`, or the end of the bytes if it is incomplete */
function endOfString(bytes: Buffer, from: number): number {
	return endOfText(bytes, from + 1, bytes.length);
}

/**
 * Continues within a string.
 *
 * @param from an offset in the string that is not within an escape
 * @param until approximate offset at which to pause
 * @returns the offset after the closing quote, or the end of the bytes if it is incomplete; negated, the offset to continue at
 */
export function endOfText(bytes: Buffer, from: number, until: number): number {
	let at = from;
	while (at < bytes.length) {
		if (at >= until) return -at;
		const near = Math.min(bytes.length, at + nearBytes);
		while (at < near) {
			const byte = bytes[at];
			if (byte === quote) return at + 1;
			at += byte === backslash ? 2 : 1;
		}
		const next = bytes.indexOf(quote, at);
		if (next === -1) break;
		let backslashes = 0;
		while (next - backslashes > at && bytes[next - backslashes - 1] === backslash) backslashes += 1;
		if (backslashes % 2 === 0) return next + 1;
		at = next + 1;
	}
	return bytes.length;
}

/** @returns the offset of the first byte from `from` on that isn't white space */
export function skipSpace(bytes: Buffer, from: number): number {
	let at = from;
	while (isSpace(bytes[at])) at += 1;
	return at;
}

/** @returns the offset after the last byte before `end` that isn't white space; 0 if all are */
export function endBeforeSpace(bytes: Buffer, end: number): number {
	let at = end;
	while (at > 0 && isSpace(bytes[at - 1])) at -= 1;
	return at;
}

function isSpace(byte: number | undefined): boolean {
	return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
