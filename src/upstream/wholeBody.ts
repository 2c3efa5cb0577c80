/**
 * What can be told of an answer that came in one body, without parsing it. Around it there may be white space, with which
 * some hosts keep a connection alive, and a byte order mark.
 */

/** So much of the beginning is looked at. */
const enough = 100;

/** It begins and ends like a JSON object, which half an answer, a page of HTML or nothing does not. */
export function isJsonObject(pieces: readonly Buffer[]): boolean {
	return beginningOf(pieces).startsWith("{") && lastOf(pieces) === closeBrace;
}

/** It is the beginning of a JSON object, or of nothing yet. */
export function mayBeHalf(pieces: readonly Buffer[]): boolean {
	return /^(\{|$)/.test(beginningOf(pieces));
}

/** Its first member is an error. */
export function saysError(pieces: readonly Buffer[]): boolean {
	return /^\{\s*"error"\s*:\s*[{"]/.test(beginningOf(pieces));
}

function beginningOf(pieces: readonly Buffer[]): string {
	let text = "";
	for (const piece of pieces) {
		const from = text === "" ? piece.findIndex(isPart) : 0;
		if (from !== -1) text += piece.toString("latin1", from, from + enough);
		if (text.length >= enough) break;
	}
	return text;
}

function lastOf(pieces: readonly Buffer[]): number | undefined {
	for (let at = pieces.length - 1; at >= 0; at -= 1) {
		const piece = pieces[at] as Buffer;
		for (let place = piece.length - 1; place >= 0; place -= 1) if (isPart(piece[place] as number)) return piece[place];
	}
	return undefined;
}

const closeBrace = 0x7d;
const around = new Set([0x20, 0x0a, 0x0d, 0x09, 0xef, 0xbb, 0xbf]);

function isPart(byte: number): boolean {
	return !around.has(byte);
}
