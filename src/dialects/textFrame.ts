/** Events that differ in their text alone, written without any JSON. */

/** What stands before and after the text of an event. */
export interface TextFrame {
	readonly before: Buffer;
	readonly after: Buffer;
}

/** @param event with an empty text @param rest bytes after the text */
export function frameAround(event: Buffer, rest: number): TextFrame {
	const at = event.length - rest;
	return { before: event.subarray(0, at), after: event.subarray(at) };
}

/** An event with the text that stands between two offsets of other bytes, as JSON has it. */
export function framed({ before, after }: TextFrame, bytes: Buffer, start: number, end: number): Buffer {
	const length = end - start;
	const event = Buffer.allocUnsafe(before.length + length + after.length);
	before.copy(event, 0);
	bytes.copy(event, before.length, start, end);
	after.copy(event, before.length + length);
	return event;
}
