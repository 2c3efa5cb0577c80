/** Bedrock's binary streams, written by hand from AWS's pages, and upstreams that send them. */
import { crc32 } from "node:zlib";
import type { HostAnswer } from "./aiHost.js";

export const eventStream = "application/vnd.amazon.eventstream";

export function frame(headers: Record<string, string>, payload: string): Buffer {
	const fields = Object.entries(headers).map(([name, value]) => {
		const length = Buffer.alloc(3);
		length.writeUInt8(7);
		length.writeUInt16BE(Buffer.byteLength(value), 1);
		return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
	});
	const head = Buffer.concat(fields);
	const bytes = Buffer.alloc(12 + head.length + Buffer.byteLength(payload) + 4);
	bytes.writeUInt32BE(bytes.length, 0);
	bytes.writeUInt32BE(head.length, 4);
	bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
	head.copy(bytes, 12);
	bytes.write(payload, 12 + head.length);
	bytes.writeUInt32BE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
	return bytes;
}

const json = { ":content-type": "application/json" };

/** An event of Converse's. */
export function event(name: string, payload: object): Buffer {
	return frame({ ":event-type": name, ...json, ":message-type": "event" }, JSON.stringify(payload));
}

/** An event of InvokeModel's: the model's own, as text. */
export function chunk(data: string): Buffer {
	return event("chunk", { bytes: Buffer.from(data).toString("base64"), p: "abcdefgh" });
}

export function exception(name: string, message: string): Buffer {
	return frame(
		{ ":exception-type": name, ...json, ":message-type": "exception" },
		JSON.stringify({ message, originalStatusCode: 500 }),
	);
}

/** @param size bytes of each piece that is sent; each frame at once without one */
export function framed(frames: readonly Buffer[], size?: number): HostAnswer {
	return async (_request, response) => {
		response.writeHead(200, { "content-type": eventStream });
		const all = Buffer.concat([...frames]);
		const pieces =
			size === undefined
				? frames
				: Array.from({ length: Math.ceil(all.length / size) }, (_none, at) => all.subarray(at * size, (at + 1) * size));
		for (const piece of pieces) {
			response.write(piece);
			await new Promise(setImmediate);
		}
		response.end();
	};
}

/** A refusal as AWS's front sends it, with its kind in a header. */
export function refusing(status: number, kind: string, message: string): HostAnswer {
	return (_request, response) => {
		response.writeHead(status, {
			"content-type": "application/json",
			"x-amzn-errortype": `${kind}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
		});
		response.end(JSON.stringify({ message }));
	};
}
