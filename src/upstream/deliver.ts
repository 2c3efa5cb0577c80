/** The client's side of an answer: from the gateway to the client's socket, at the pace the client reads. */
import type { ServerResponse } from "node:http";
import { GatewayError } from "../contract/gatewayError.js";
import type { Answer, Sink } from "./answer.js";

/** A body that is not a stream is held up to this size, so that a host's failure can still become a clear error. */
const maxHeldBytes = 256 * 1024;

/**
 * Sends an answer with whatever headers are set on the response already.
 *
 * A stream goes out event by event; any other body when it is whole, or in pieces once it is large.
 * @param stalledClientMs longest wait for a client that does not read; then its connection is closed
 * @returns when the head has been sent
 * @throws GatewayError when the host fails before that.
 */
export function deliver(answer: Answer, response: ServerResponse, stalledClientMs: number): Promise<void> {
	if (answer.contentEncoding !== undefined && answer.transforms.length > 0) {
		const failure = new GatewayError(502, "The AI host sent a compressed answer, which a plugin has to read.", {
			code: "upstream_encoded",
		});
		answer.cancel(failure);
		return Promise.reject(failure);
	}
	const write = pacedWriter(answer, response, stalledClientMs);
	if (answer.isStream) {
		deliverStream(answer, response, write);
		return Promise.resolve();
	}
	return new Promise((resolve, reject) => {
		answer.pipe(bodySink(answer, response, write, { resolve, reject }));
	});
}

/** The whole body, for a handler that looks into an answer. @throws GatewayError when the host fails or says too much. */
export function collect(answer: Answer, maxBytes: number): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const parts: Buffer[] = [];
		let size = 0;
		answer.pipe({
			write(bytes) {
				parts.push(bytes);
				size += bytes.length;
				if (size > maxBytes)
					answer.cancel(new GatewayError(502, "The AI host's answer is too large.", { code: "upstream_too_large" }));
				return true;
			},
			end: () => resolve(Buffer.concat(parts)),
			fail: reject,
		});
	});
}

type Write = (bytes: Buffer) => boolean;

/** Writes, and when the client is behind says so, resumes the host on `drain`, and gives up on a client that never reads. */
function pacedWriter(answer: Answer, response: ServerResponse, stalledClientMs: number): Write {
	let stalled: NodeJS.Timeout | undefined;
	const wait = () => {
		if (stalled) return;
		stalled = setTimeout(() => response.destroy(), stalledClientMs);
		const settle = () => {
			clearTimeout(stalled);
			stalled = undefined;
			response.off("drain", settle).off("close", settle);
			answer.resume();
		};
		response.on("drain", settle).on("close", settle);
	};
	return (bytes) => {
		for (const observer of answer.observers) observer.chunk?.(bytes);
		if (response.write(bytes)) return true;
		wait();
		return false;
	};
}

function tellObservers(answer: Answer, failure?: GatewayError): void {
	for (const observer of answer.observers) observer.end?.(failure);
}

/** Events go out as they come. The head goes out at once, together with the first of them where it is already here. */
function deliverStream(answer: Answer, response: ServerResponse, write: Write): void {
	const { transforms } = answer;
	response.writeHead(answer.status, answer.headers);
	if (answer.heldBytes === 0) response.flushHeaders();
	answer.pipe({
		write:
			transforms.length === 0
				? write
				: (bytes) => {
						const out = transforms.reduce((changed, transform) => transform.push(changed), bytes);
						return out.length === 0 || write(out);
					},
		end() {
			const rest = flush(answer);
			if (rest.length > 0) write(rest);
			tellObservers(answer);
			response.end();
		},
		fail(failure) {
			// No terminator follows, so that a truncated answer is never taken for a whole one.
			tellObservers(answer, failure);
			response.end(`data: ${JSON.stringify(failure.envelope())}\n\n`);
		},
	});
}

/** What the transforms still hold, each passing through those behind it. */
function flush({ transforms }: Answer): Buffer {
	return transforms.reduce(
		(rest, transform) => Buffer.concat([rest.length > 0 ? transform.push(rest) : rest, transform.end()]),
		Buffer.alloc(0) as Buffer,
	);
}

interface Settle {
	resolve(): void;
	reject(failure: GatewayError): void;
}

function bodySink(answer: Answer, response: ServerResponse, write: Write, settle: Settle): Sink {
	const { transforms } = answer;
	const parts: Buffer[] = [];
	let size = 0;
	const sendHead = (length: number | undefined) => {
		const headers: Record<string, string | number> = answer.headers;
		if (length !== undefined) headers["content-length"] = length;
		if (answer.contentEncoding !== undefined) headers["content-encoding"] = answer.contentEncoding;
		response.writeHead(answer.status, headers);
		settle.resolve();
	};
	return {
		write(bytes) {
			if (response.headersSent) return write(bytes);
			parts.push(bytes);
			size += bytes.length;
			if (size <= maxHeldBytes || transforms.length > 0) return true;
			sendHead(answer.contentLength);
			return write(Buffer.concat(parts.splice(0)));
		},
		end() {
			if (!response.headersSent) {
				const held = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
				const body = transforms.reduce(
					(bytes, transform) => Buffer.concat([transform.push(bytes), transform.end()]),
					held,
				);
				sendHead(mayHaveLength(answer, response) ? body.length : undefined);
				for (const observer of answer.observers) observer.chunk?.(body);
				response.end(body);
			} else {
				response.end();
			}
			tellObservers(answer);
		},
		fail(failure) {
			tellObservers(answer, failure);
			// With the head already out, breaking the connection is the only honest way to say that the rest is missing.
			if (response.headersSent) response.destroy();
			else settle.reject(failure);
		},
	};
}

/** RFC 9110 §8.6: no length with 204 and 304; and to HEAD only the length GET would have had, which is not known here. */
function mayHaveLength(answer: Answer, response: ServerResponse): boolean {
	return answer.status !== 204 && answer.status !== 304 && response.req.method !== "HEAD";
}
