/** Names for what is stored. */
import { randomFillSync } from "node:crypto";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Bytes from here on would make the first letters likelier than the others. */
const evenly = 256 - (256 % letters.length);

/** Asking the system for random bytes costs much the same however many they are. */
const drawn = Buffer.alloc(4096);
let used = drawn.length;
const letterCodes = Buffer.from(letters);
/** Longer than any id. */
const made = Buffer.alloc(64);

/** A new id, `prompt_` and so on with that many letters and digits behind it; each is nearly six random bits. */
export function newId(prefix: string, letterCount: number): string {
	let at = 0;
	while (at < letterCount) {
		if (used === drawn.length) {
			randomFillSync(drawn);
			used = 0;
		}
		const byte = drawn[used] as number;
		used += 1;
		if (byte >= evenly) continue;
		made[at] = letterCodes[byte % letters.length] as number;
		at += 1;
	}
	return prefix + made.toString("latin1", 0, letterCount);
}

const completionPrefix = "chatcmpl-";
/** OpenAI's length: 172 random bits behind the prefix. With at least 24 letters no two gateways ever make the same. */
const completionIdLength = 38;
const [shortest, longest] = [completionPrefix.length + 24, 64];

/** @param length as long as another one, if that is long enough */
export function newCompletionId(length = completionIdLength): string {
	const fitting = length >= shortest && length <= longest ? length : completionIdLength;
	return newId(completionPrefix, fitting - completionPrefix.length);
}
