/**
 * AWS's binary event stream (`application/vnd.amazon.eventstream`), made server-sent events. A frame is its length and that
 * of its headers (4 bytes each), a CRC-32 of these, headers, a payload, and a CRC-32 of all before.
 */
import { crc32 } from "node:zlib";
import type { StreamDecoder } from "../dialect.js";

const preludeBytes = 12;
const checksumBytes = 4;
/** AWS's own bound. */
const maxFrameBytes = 24 * 1024 * 1024;
/** Types of header values, and how long those of a fixed length are (booleans, numbers, time, UUID). */
const fixedLengths: ReadonlyMap<number, number> = new Map([
	[0, 0],
	[1, 0],
	[2, 1],
	[3, 2],
	[4, 4],
	[5, 8],
	[8, 8],
	[9, 16],
]);
const text = 7;

export function createFrames(contentType: string): StreamDecoder | undefined {
	if (!/vnd\.amazon\.eventstream/i.test(contentType)) return undefined;
	let held: Buffer[] = [];
	let heldBytes = 0;
	/** Less than this is no whole frame, so that the pieces of a long one are joined once. */
	let neededBytes = preludeBytes;
	return {
		push(chunk) {
			held.push(chunk);
			heldBytes += chunk.length;
			if (heldBytes < neededBytes) return Buffer.alloc(0);
			let bytes = held.length === 1 ? chunk : Buffer.concat(held);
			const events: string[] = [];
			let length = lengthOf(bytes);
			for (; length !== undefined && bytes.length >= length; length = lengthOf(bytes)) {
				events.push(eventOf(bytes.subarray(0, length)));
				bytes = bytes.subarray(length);
			}
			held = [bytes];
			heldBytes = bytes.length;
			neededBytes = length ?? preludeBytes;
			return Buffer.from(events.join(""));
		},
		// A part of a frame means nothing.
		end: () => Buffer.alloc(0),
	};
}

/** @returns undefined until the prelude is here */
function lengthOf(bytes: Buffer): number | undefined {
	if (bytes.length < preludeBytes) return undefined;
	const length = bytes.readUInt32BE(0);
	const isWrong = bytes.readUInt32BE(8) !== crc32(bytes.subarray(0, 8));
	if (isWrong || length > maxFrameBytes || length < preludeBytes + bytes.readUInt32BE(4) + checksumBytes)
		throw new Error("a frame of the event stream is damaged");
	return length;
}

/** `{"messageStop": {…}}`; an exception has its name in the same place. */
function eventOf(frame: Buffer): string {
	const end = frame.length - checksumBytes;
	if (frame.readUInt32BE(end) !== crc32(frame.subarray(0, end)))
		throw new Error("a frame of the event stream is damaged");
	const headersEnd = preludeBytes + frame.readUInt32BE(4);
	const headers = readHeaders(frame.subarray(preludeBytes, headersEnd));
	const payload = frame.toString("utf8", headersEnd, end);
	const name = headers.get(":event-type") ?? headers.get(":exception-type") ?? headers.get(":error-code") ?? "unknown";
	const isError = headers.get(":message-type") === "error";
	const value = isError ? JSON.stringify({ message: headers.get(":error-message") ?? name }) : oneLine(payload);
	const isEvent = headers.has(":event-type");
	return `data: {${JSON.stringify(isEvent ? name : "exception")}:${isEvent ? value : withName(name, value)}}\n\n`;
}

function withName(name: string, value: string): string {
	return `{"type":${JSON.stringify(name)},"value":${value}}`;
}

function oneLine(payload: string): string {
	return payload.trim() === "" ? "{}" : payload.replace(/[\r\n]+/g, " ");
}

function readHeaders(bytes: Buffer): Map<string, string> {
	const headers = new Map<string, string>();
	let at = 0;
	while (at < bytes.length) {
		const nameEnd = at + 1 + bytes.readUInt8(at);
		const name = bytes.toString("utf8", at + 1, nameEnd);
		const type = bytes.readUInt8(nameEnd);
		const fixed = fixedLengths.get(type);
		const start = nameEnd + (fixed === undefined ? 3 : 1);
		const end = start + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
		if (type === text) headers.set(name, bytes.toString("utf8", start, end));
		at = end;
	}
	return headers;
}
