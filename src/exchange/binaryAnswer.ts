/** An answer that is no text: all that is written down of it is its size and its hash. */
import { createHash } from "node:crypto";
import type { ResponseStream } from "../streaming/responseStream.js";

export interface BinaryAnswer {
	/** What its client was sent of it. */
	readonly bytes: number;
	/** SHA-256 of these, in hexadecimal digits. To be called when it is over. */
	digest(): string;
}

/** Observes an answer on its way to the client. */
export function followBinary(answer: ResponseStream): BinaryAnswer {
	const hash = createHash("sha256");
	let size = 0;
	let digest: string | undefined;
	answer.observers.push({
		chunk({ bytes }) {
			size += bytes.length;
			hash.update(bytes);
		},
	});
	return {
		get bytes() {
			return size;
		},
		digest() {
			digest ??= hash.digest("hex");
			return digest;
		},
	};
}
