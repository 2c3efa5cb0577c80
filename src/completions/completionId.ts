/** Names for stored completions. */
import { randomBytes } from "node:crypto";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const idLength = 29;
/** Bytes from here on would make the first letters likelier than the others. */
const evenly = 256 - (256 % letters.length);

/** A new id, `chatcmpl-` and 29 letters and digits: 172 random bits, so that no two gateways ever make the same. */
export function newCompletionId(): string {
	let id = "chatcmpl-";
	while (id.length < "chatcmpl-".length + idLength)
		for (const byte of randomBytes(idLength + 3))
			if (byte < evenly && id.length < "chatcmpl-".length + idLength) id += letters[byte % letters.length];
	return id;
}
