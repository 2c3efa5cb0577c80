/** Names for stored completions. */
import { randomFillSync } from "node:crypto";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const prefix = "chatcmpl-";
const idLength = 29;
/** Bytes from here on would make the first letters likelier than the others. */
const evenly = 256 - (256 % letters.length);

/** Asking the system for random bytes costs much the same however many they are. */
const drawn = Buffer.alloc(4096);
let used = drawn.length;

/** A new id, `chatcmpl-` and 29 letters and digits: 172 random bits, so that no two gateways ever make the same. */
export function newCompletionId(): string {
	let id = prefix;
	while (id.length < prefix.length + idLength) {
		if (used === drawn.length) {
			randomFillSync(drawn);
			used = 0;
		}
		const byte = drawn[used] as number;
		used += 1;
		if (byte < evenly) id += letters[byte % letters.length];
	}
	return id;
}
