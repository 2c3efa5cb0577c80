/** Texts as a server's frames of a WebSocket (RFC 6455 §5.2), many of them in one piece. */

/** A whole message of text. */
const textOpcode = 0x81;
/** Longer payloads have their length in two bytes, and those longer than that in eight. */
const shortest = 125;
const medium = 0xffff;

export function textFrames(texts: readonly Buffer[]): Buffer {
	let length = 0;
	for (const text of texts) length += headLength(text) + text.length;
	const frames = Buffer.allocUnsafe(length);
	let at = 0;
	for (const text of texts) {
		at = writeHead(frames, at, text.length);
		at += text.copy(frames, at);
	}
	return frames;
}

function headLength({ length }: Buffer): number {
	if (length <= shortest) return 2;
	return length <= medium ? 4 : 10;
}

function writeHead(frames: Buffer, at: number, length: number): number {
	frames[at] = textOpcode;
	if (length <= shortest) {
		frames[at + 1] = length;
		return at + 2;
	}
	if (length <= medium) {
		frames[at + 1] = 126;
		return frames.writeUInt16BE(length, at + 2);
	}
	frames[at + 1] = 127;
	return frames.writeBigUInt64BE(BigInt(length), at + 2);
}
