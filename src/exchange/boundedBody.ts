/** The body of an answer to a request of the gateway's own, which is read whole. */
import type { IncomingMessage } from "node:http";

/**
 * @returns undefined if it is longer than `maxBytes`, of which no more is read then
 * @throws Error if it breaks off
 */
export async function boundedBody(message: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
	const parts: Buffer[] = [];
	let size = 0;
	for await (const part of message as AsyncIterable<Buffer>) {
		size += part.length;
		if (size > maxBytes) return undefined;
		parts.push(part);
	}
	return Buffer.concat(parts);
}
