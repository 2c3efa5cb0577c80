/** Writes large JSON in several turns of the event loop. */
import { ownTurn } from "./turns.js";

/** Characters written in one turn, which takes some milliseconds. */
const turnCharacters = 1024 * 1024;
/** Deeper values are serialised at once; a message's parts are above this level. */
const maxLevel = 6;

/** Like JSON.stringify for plain data. @param check called between turns; an error it throws ends the writing @returns UTF-8 */
export async function writeJson(value: object, check: () => void): Promise<Buffer> {
	const written: Buffer[] = [];
	let text = "";
	for (const piece of piecesOf(value, 0)) {
		text += piece;
		if (text.length < turnCharacters) continue;
		written.push(Buffer.from(text));
		text = "";
		await ownTurn();
		check();
	}
	written.push(Buffer.from(text));
	return Buffer.concat(written);
}

function* piecesOf(value: unknown, level: number): Generator<string> {
	if (typeof value === "string" && value.length > turnCharacters) yield* piecesOfText(value);
	else if (typeof value !== "object" || value === null || level > maxLevel) yield JSON.stringify(value);
	else if (Array.isArray(value)) yield* piecesOfList(value, level + 1);
	else yield* piecesOfObject(value as Record<string, unknown>, level + 1);
}

function* piecesOfList(list: readonly unknown[], level: number): Generator<string> {
	yield "[";
	for (let index = 0; index < list.length; index += 1) {
		if (index > 0) yield ",";
		yield* piecesOf(list[index], level);
	}
	yield "]";
}

function* piecesOfObject(object: Readonly<Record<string, unknown>>, level: number): Generator<string> {
	yield "{";
	let separator = "";
	for (const [name, member] of Object.entries(object)) {
		if (member === undefined) continue;
		yield `${separator}${JSON.stringify(name)}:`;
		yield* piecesOf(member, level);
		separator = ",";
	}
	yield "}";
}

function* piecesOfText(text: string): Generator<string> {
	yield '"';
	for (let at = 0; at < text.length; ) {
		let end = Math.min(text.length, at + turnCharacters);
		// Half of a surrogate pair would be escaped.
		if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
		yield JSON.stringify(text.slice(at, end)).slice(1, -1);
		at = end;
	}
	yield '"';
}

function isHighSurrogate(code: number): boolean {
	return code >= 0xd800 && code <= 0xdbff;
}
