/** The binary frames of AWS's event streams (`application/vnd.amazon.eventstream`). */
import { crc32 } from "node:zlib";
import type { Framing } from "../framing.js";

type Headers = Readonly<Record<string, string>>;

/** Of the two lengths and the checksum before the headers. */
const preludeBytes = 12;
const checksumBytes = 4;
/** The type of a header's value that is text. */
const isText = 7;

export function frame(headers: Headers, payload: Buffer): Buffer {
	const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerBytes(name, value)));
	const bytes = Buffer.alloc(preludeBytes + head.length + payload.length + checksumBytes);
	bytes.writeUInt32BE(bytes.length, 0);
	bytes.writeUInt32BE(head.length, 4);
	bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
	head.copy(bytes, preludeBytes);
	payload.copy(bytes, preludeBytes + head.length);
	bytes.writeUInt32BE(crc32(bytes.subarray(0, -checksumBytes)), bytes.length - checksumBytes);
	return bytes;
}

function headerBytes(name: string, value: string): Buffer {
	const [key, text] = [Buffer.from(name), Buffer.from(value)];
	const between = Buffer.from([isText, text.length >> 8, text.length & 0xff]);
	return Buffer.concat([Buffer.from([key.length]), key, between, text]);
}

/** @param payloadOf makes an event's payload, and says the name of its frame */
export function frames(payloadOf: (value: object, name: string) => { type: string; payload: Buffer }): Framing {
	const headersOf = (kind: "event" | "exception", type: string) => ({
		[`:${kind}-type`]: type,
		":content-type": "application/json",
		":message-type": kind,
	});
	return {
		contentType: "application/vnd.amazon.eventstream",
		event(value, name = "") {
			const { type, payload } = payloadOf(value, name);
			return frame(headersOf("event", type), payload);
		},
		// What is no text breaks the frame itself.
		broken: (bytes) => (bytes.includes(0) ? bytes : frame(headersOf("event", "chunk"), bytes)),
		exception: (type, value) => frame(headersOf("exception", type), Buffer.from(JSON.stringify(value))),
		last: "",
	};
}
