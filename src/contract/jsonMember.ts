/** Finds and changes one member of a JSON object in its bytes, so that all else stays as it was written. */

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

/**
 * Where the value of a top-level member stands.
 *
 * @param bytes valid JSON, an object, from `start` to `end`
 * @param name with its quotes, `"id"`
 * @returns undefined where there is no such member, or its name is written with escapes
 */
export function findMember(bytes: Buffer, { start, end }: Span, name: Buffer): Span | undefined {
	let at = skipSpace(bytes, start) + 1;
	while (at < end) {
		at = skipSpace(bytes, at);
		if (bytes[at] !== quote) return undefined;
		const nameEnd = endOfString(bytes, at);
		const isIt = nameEnd - at === name.length && bytes.compare(name, 0, name.length, at, nameEnd) === 0;
		at = skipSpace(bytes, nameEnd);
		if (bytes[at] !== colon) return undefined;
		at = skipSpace(bytes, at + 1);
		const valueEnd = endOfValue(bytes, at, end);
		if (isIt) return { start: at, end: valueEnd };
		at = skipSpace(bytes, valueEnd);
		if (bytes[at] !== comma) return undefined;
		at += 1;
	}
	return undefined;
}

/** Offset behind the brace that opens the object: where a member can be put in front of the others. */
export function behindOpenBrace(bytes: Buffer, { start }: Span): number {
	return skipSpace(bytes, start) + 1;
}

/** Offset behind the value that begins at `from`, or behind all bytes where it does not end. */
export function findValueEnd(bytes: Buffer, from: number): number {
	return endOfValue(bytes, from, bytes.length);
}

function endOfValue(bytes: Buffer, from: number, end: number): number {
	const first = bytes[from];
	if (first === quote) return endOfString(bytes, from);
	let at = from;
	if (first !== openBrace && first !== openBracket) {
		while (at < end && !isBehindValue(bytes[at])) at += 1;
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

function isBehindValue(byte: number | undefined): boolean {
	return byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte);
}

/** Offset behind the closing quote of the string that begins at `from`. */
function endOfString(bytes: Buffer, from: number): number {
	let at = from + 1;
	while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
	return at + 1;
}

/** Offset of the first byte from `from` on that is no white space. */
export function skipSpace(bytes: Buffer, from: number): number {
	let at = from;
	while (isSpace(bytes[at])) at += 1;
	return at;
}

function isSpace(byte: number | undefined): boolean {
	return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
