/**
 * AWS's binary event stream (`application/vnd.amazon.eventstream`). A frame is its length and that of its headers (4 bytes
 * each), a CRC-32 of these, headers, a payload, and a CRC-32 of all before.
 */
import { crc32 } from "node:zlib";
import { Gathered } from "../json/gathered.js";

/** One message, with those of its headers that are texts. */
export interface Frame {
	readonly headers: ReadonlyMap<string, string>;
	readonly payload: string;
}

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

export function isFramed(contentType: string): boolean {
	return /vnd\.amazon\.eventstream/i.test(contentType);
}

/** Reads the frames of one stream. */
export class FrameReader {
	readonly #held = new Gathered();
	/** Less than this is no whole frame, so that the pieces of a long one are joined once. */
	#neededBytes = preludeBytes;

	/** @returns the frames that are whole with this chunk. @throws Error for bytes that are no frames */
	push(chunk: Buffer): Frame[] {
		this.#held.add(chunk);
		if (this.#held.bytes < this.#neededBytes) return [];
		let bytes = this.#held.take();
		const frames: Frame[] = [];
		let length = lengthOf(bytes);
		for (; length !== undefined && bytes.length >= length; length = lengthOf(bytes)) {
			frames.push(frameOf(bytes.subarray(0, length)));
			bytes = bytes.subarray(length);
		}
		this.#held.add(bytes);
		this.#neededBytes = length ?? preludeBytes;
		return frames;
	}
}

/** @returns undefined until the prelude is here */
function lengthOf(bytes: Buffer): number | undefined {
	if (bytes.length < preludeBytes) return undefined;
	const length = bytes.readUInt32BE(0);
	const isWrong = bytes.readUInt32BE(8) !== crc32(bytes.subarray(0, 8));
	if (isWrong || length > maxFrameBytes || length < preludeBytes + bytes.readUInt32BE(4) + checksumBytes)
		throw damaged();
	return length;
}

function frameOf(frame: Buffer): Frame {
	const end = frame.length - checksumBytes;
	if (frame.readUInt32BE(end) !== crc32(frame.subarray(0, end))) throw damaged();
	const headersEnd = preludeBytes + frame.readUInt32BE(4);
	return {
		headers: readHeaders(frame.subarray(preludeBytes, headersEnd)),
		payload: frame.toString("utf8", headersEnd, end),
	};
}

function damaged(): Error {
	return new Error("a frame of the event stream is damaged");
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
		if (end > bytes.length) throw damaged();
		if (type === text) headers.set(name, bytes.toString("utf8", start, end));
		at = end;
	}
	return headers;
}
