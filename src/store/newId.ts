/** Random ids of stored objects. */
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

const completionPrefix = "chatcmpl-";
/** OpenAI's length: 172 random bits after the prefix. With at least 24 letters, no two gateways ever make the same id. */
const completionIdLength = 38;
const [shortest, longest] = [completionPrefix.length + 24, 64];

/** @param length in characters with the prefix; ignored unless it is between 33 and 64 */
export function newCompletionId(length = completionIdLength): string {
	const fitting = length >= shortest && length <= longest ? length : completionIdLength;
	return newId(completionPrefix, fitting - completionPrefix.length);
}
