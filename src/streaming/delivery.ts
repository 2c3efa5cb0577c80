/** The client's side of an answer: from the gateway to the client's socket, at the pace the client reads. */
import type { ServerResponse } from "node:http";
import { asGatewayError, GatewayError } from "../errors/gatewayError.js";
import type { ResponseStream, Sink, Transform } from "./responseStream.js";

/** A body that is not a stream is held up to this size, so that a host's failure can still become a clear error. */
const maxHeldBytes = 256 * 1024;

/** And for plugins that change it up to this one. */
const maxTransformedBytes = 64 * 1024 * 1024;

export interface Delivery {
	/** How long a client may take nothing of what waits for it; then its connection is closed. */
	stalledClientMs: number;
	/** Told what an observer has thrown; the answer goes on without that observer. */
	report(thrown: unknown): void;
}

/**
 * Sends an answer with whatever headers are set on the response already.
 *
 * A stream goes out event by event; any other body when it is whole, or in pieces once it is large.
 * @returns when the head has been sent
 * @throws GatewayError when the host fails before that, or a transform does.
 */
export function deliver(answer: ResponseStream, response: ServerResponse, delivery: Delivery): Promise<void> {
	const client = new Client(answer, response, delivery);
	if (answer.isStream) {
		deliverStream(answer, client);
		return Promise.resolve();
	}
	return new Promise((resolve, reject) => {
		answer.pipe(bodySink(answer, client, { resolve, reject }));
	});
}

/** The whole body, for a handler that looks into an answer. @throws GatewayError when the host fails or says too much. */
export function collect(answer: ResponseStream, maxBytes: number): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const parts: Buffer[] = [];
		let size = 0;
		answer.pipe({
			write(bytes) {
				parts.push(bytes);
				size += bytes.length;
				if (size > maxBytes) answer.cancel(tooLarge());
				return true;
			},
			end: () => resolve(Buffer.concat(parts)),
			fail: reject,
		});
	});
}

/** Writes at the pace the client reads, gives up on one that never does, and has observers see all of it. */
class Client {
	readonly response: ServerResponse;
	readonly #answer: ResponseStream;
	readonly #delivery: Delivery;
	#isBehind = false;

	constructor(answer: ResponseStream, response: ServerResponse, delivery: Delivery) {
		this.#answer = answer;
		this.response = response;
		this.#delivery = delivery;
	}

	/** @returns false when the host should pause; it is resumed on `drain`. */
	write(bytes: Buffer): boolean {
		this.#tellChunk(bytes);
		if (this.response.write(bytes)) return true;
		if (!this.#isBehind) {
			this.#isBehind = true;
			this.#watch();
			this.response.once("drain", () => {
				this.#isBehind = false;
				this.response.socket?.setTimeout(0);
				this.#answer.resume();
			});
		}
		return false;
	}

	/** One that is behind has enough to read. */
	heartbeat(): void {
		if (!this.#isBehind) this.write(heartbeat);
	}

	/** The last of it, if anything. */
	end(bytes?: Buffer, failure?: GatewayError): void {
		if (bytes !== undefined && failure === undefined) this.#tellChunk(bytes);
		this.#tellEnd(failure);
		this.response.end(bytes);
		if (this.response.socket && this.response.socket.writableLength > 0) this.#watch();
	}

	/** Nothing can be said to the client any more, or somebody else will say it. */
	fail(failure: GatewayError): void {
		this.#tellEnd(failure);
	}

	/** Node closes a connection that none of what is queued on it has left for this long (`net.Socket`'s timeout). */
	#watch(): void {
		this.response.socket?.setTimeout(this.#delivery.stalledClientMs);
	}

	#tellEnd(failure: GatewayError | undefined): void {
		for (const [index, observer] of this.#answer.observers.entries()) {
			try {
				observer.end?.(failure);
			} catch (thrown) {
				this.#drop(index, thrown);
			}
		}
	}

	#tellChunk(bytes: Buffer): void {
		const { observers } = this.#answer;
		for (let index = 0; index < observers.length; index += 1) {
			try {
				observers[index]?.chunk?.(bytes);
			} catch (thrown) {
				this.#drop(index, thrown);
			}
		}
	}

	#drop(index: number, thrown: unknown): void {
		this.#answer.observers[index] = {};
		this.#delivery.report(thrown);
	}
}

/** A comment (WHATWG HTML §9.2.6), by which clients and whatever stands in front of them know that the stream is alive. */
const heartbeat = Buffer.from(": heartbeat\n\n");

/** Events go out as they come. The head goes out at once, together with the first of them where it is already here. */
function deliverStream(answer: ResponseStream, client: Client): void {
	const { transforms } = answer;
	const { response } = client;
	response.writeHead(answer.status, answer.headers);
	if (answer.heldBytes === 0) response.flushHeaders();
	const sink: Sink = {
		write(bytes) {
			if (transforms.length === 0) return client.write(bytes);
			const out = transforms.reduce((changed, transform) => transform.push(changed), bytes);
			return out.length === 0 || client.write(out);
		},
		end() {
			finish(transforms, nothing, sink, (rest) => client.end(rest.length > 0 ? rest : undefined));
		},
		fail(failure) {
			// No terminator follows, so that a truncated answer is never taken for a whole one.
			client.end(Buffer.from(`${answer.isMidEvent ? "\n\n" : ""}${failure.event()}`), failure);
		},
		heartbeat: () => client.heartbeat(),
	};
	answer.pipe(sink);
}

const nothing: Buffer = Buffer.alloc(0);

/**
 * Puts the last bytes and what the transforms still hold through those behind them, and sends it: at once, unless one
 * of them has to wait for something.
 */
function finish(transforms: readonly Transform[], last: Buffer, sink: Sink, send: (bytes: Buffer) => void): void {
	let bytes: Buffer | Promise<Buffer> = last;
	for (const transform of transforms)
		bytes = bytes instanceof Promise ? bytes.then((before) => flush(transform, before)) : flush(transform, bytes);
	// What a synchronous transform throws is the answer's to deal with.
	if (!(bytes instanceof Promise)) send(bytes);
	else bytes.then(send).catch((thrown: unknown) => sink.fail(asGatewayError(thrown)));
}

function flush(transform: Transform, bytes: Buffer): Buffer | Promise<Buffer> {
	const pushed = bytes.length > 0 ? transform.push(bytes) : bytes;
	const rest = transform.end();
	return rest instanceof Promise ? rest.then((late) => join(pushed, late)) : join(pushed, rest);
}

function join(first: Buffer, second: Buffer): Buffer {
	if (second.length === 0) return first;
	return first.length === 0 ? second : Buffer.concat([first, second]);
}

interface Settle {
	resolve(): void;
	reject(failure: GatewayError): void;
}

function bodySink(answer: ResponseStream, client: Client, settle: Settle): Sink {
	const { response } = client;
	let transforms: readonly Transform[] = answer.transforms;
	const parts: Buffer[] = [];
	let size = 0;
	const sendHead = (length: number | undefined) => {
		const headers: Record<string, string | number> = answer.headers;
		if (length !== undefined) headers["content-length"] = length;
		response.writeHead(answer.status, headers);
		settle.resolve();
	};
	const sink: Sink = {
		write(bytes) {
			if (response.headersSent) return client.write(bytes);
			parts.push(bytes);
			size += bytes.length;
			if (size <= maxHeldBytes) return true;
			if (transforms.length > 0) transforms = withinReach(transforms, size);
			if (transforms.length > 0) return true;
			sendHead(answer.contentLength);
			return client.write(Buffer.concat(parts.splice(0)));
		},
		end() {
			if (response.headersSent) {
				client.end();
				return;
			}
			const held = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
			finish(transforms, held, sink, (body) => {
				sendHead(mayHaveLength(answer, response) ? body.length : undefined);
				client.end(body);
			});
		},
		fail(failure) {
			client.fail(failure);
			// With the head already out, breaking the connection is the only honest way to say that the rest is missing.
			if (response.headersSent) response.destroy();
			else settle.reject(failure);
		},
	};
	return sink;
}

/**
 * Those that a body of this size still has to pass, which is held whole for them.
 *
 * @throws GatewayError where one of them is not to be passed by
 */
function withinReach(transforms: readonly Transform[], size: number): readonly Transform[] {
	if (transforms.every(({ maxBytes = maxTransformedBytes }) => size <= maxBytes)) return transforms;
	return transforms.filter((transform) => {
		const { maxBytes = maxTransformedBytes, release } = transform;
		if (size <= maxBytes) return true;
		if (release === undefined) throw tooLarge();
		transform.release?.();
		return false;
	});
}

function tooLarge(): GatewayError {
	return new GatewayError(502, "The AI host's answer is too large.", { code: "upstream_too_large" });
}

/** RFC 9110 §8.6: no length with 204 and 304; and to HEAD only the length GET would have had, which is not known here. */
function mayHaveLength(answer: ResponseStream, response: ServerResponse): boolean {
	return answer.status !== 204 && answer.status !== 304 && response.req.method !== "HEAD";
}
