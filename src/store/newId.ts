/** Ids of stored objects: random letters, after the time where records are many. */
import { randomFillSync } from "node:crypto";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Bytes from here on are skipped: they would make the first letters likelier than the others. */
const usableBytes = 256 - (256 % letters.length);

/** A call for random bytes costs much the same however many they are. */
const randomBytes = Buffer.alloc(4096);
let used = randomBytes.length;
const letterCodes = Buffer.from(letters);
/** Longer than any id. */
const idBytes = Buffer.alloc(64);

/** @returns a prefix such as `prompt_` and `letterCount` random letters and digits of nearly six bits each */
export function newId(prefix: string, letterCount: number): string {
	let at = 0;
	while (at < letterCount) {
		if (used === randomBytes.length) {
			randomFillSync(randomBytes);
			used = 0;
		}
		const byte = randomBytes[used] as number;
		used += 1;
		if (byte >= usableBytes) continue;
		idBytes[at] = letterCodes[byte % letters.length] as number;
		at += 1;
	}
	return prefix + idBytes.toString("latin1", 0, letterCount);
}

/** 62⁸ milliseconds are 6,900 years. */
const timeLetters = 8;
let timeMs = Number.NaN;
let time = "";

/**
 * Ids that are made later sort later, to the millisecond, so that an index of them grows at its end only.
 *
 * @param letterCount at least 24: 8 letters are the time, the others are random
 * @param nowMs milliseconds since the epoch
 */
export function newTimedId(prefix: string, letterCount: number, nowMs = Date.now()): string {
	if (nowMs !== timeMs) {
		timeMs = nowMs;
		time = lettersOf(nowMs);
	}
	return newId(prefix + time, letterCount - timeLetters);
}

function lettersOf(nowMs: number): string {
	let rest = Math.max(0, Math.floor(nowMs));
	let text = "";
	for (let at = 0; at < timeLetters; at += 1) {
		text = letters[rest % letters.length] + text;
		rest = Math.floor(rest / letters.length);
	}
	return text;
}

/** Ids of responses sort by time; OpenAI's have 48 or more letters, too. */
const responseIdLetters = 48;

export function newResponseId(): string {
	return newTimedId("resp_", responseIdLetters);
}

const completionPrefix = "chatcmpl-";
/** OpenAI's length: 172 random bits after the prefix. With at least 24 letters, no two gateways ever make the same id. */
const completionIdLength = 38;
const [shortest, longest] = [completionPrefix.length + 24, 64];

/** @param length in characters with the prefix; ignored unless it is between 33 and 64 */
export function newCompletionId(length = completionIdLength): string {
	const fitting = length >= shortest && length <= longest ? length : completionIdLength;
	return newId(completionPrefix, fitting - completionPrefix.length);
}
