/** The client's side of an answer: from the gateway to the client's socket, at the pace the client reads. */
import type { ServerResponse } from "node:http";
import { asGatewayError, GatewayError } from "../errors/gatewayError.js";
import { isBinary } from "./binary.js";
import { ChunkedBody } from "./chunkedBody.js";
import { noBytes, type Piece, sizeOf, unread } from "./piece.js";
import type { Head, ResponseStream, SentEvents, Sink } from "./responseStream.js";
import type { Observer, Transform } from "./transform.js";
import { TransformChain } from "./transformChain.js";

/** A body that is not a stream is held up to this size, so that an upstream's failure can still become a clear error. */
const maxHeldBytes = 256 * 1024;

/** And for plugins that change it up to this one. */
const maxTransformedBytes = 64 * 1024 * 1024;

export interface Delivery {
	/** How long a client may take nothing of what waits for it; then its connection is closed. */
	stalledClientMs: number;
	/** Others get the answer too, so that it goes on at the others' pace. */
	isShared?(): boolean;
	/** Told what an observer has thrown; the answer goes on without that observer. */
	report(thrown: unknown): void;
}

/**
 * Sends an answer with whatever headers are set on the response already.
 *
 * A stream goes out event by event; any other body when it is whole, or in pieces once it is large.
 * @returns when the head has been sent
 * @throws GatewayError when the upstream fails before that, or a transform does.
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

/** The whole body, for a handler that looks into an answer. @throws GatewayError when the upstream fails or says too much. */
export function collect(answer: ResponseStream, maxBytes: number): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const parts: Buffer[] = [];
		let size = 0;
		answer.pipe({
			write({ bytes }) {
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
	readonly #sent: SentEvents | undefined;
	#body: ChunkedBody | undefined;
	#isBehind = false;
	/** The stream's first event has been sent; comments are none. */
	#hasBegun = false;

	constructor(answer: ResponseStream, response: ServerResponse, delivery: Delivery) {
		this.#answer = answer;
		this.response = response;
		this.#delivery = delivery;
		this.#sent = answer.isStream ? answer.dialect?.errors.follow?.() : undefined;
	}

	/** To be called first, with all headers but these set on the response. */
	writeHead({ status, headers }: Head): void {
		this.response.writeHead(status, headers);
		this.#body = new ChunkedBody(this.response);
	}

	/** @returns false when the upstream should pause; it is resumed on `drain`. */
	write(piece: Piece): boolean {
		this.#sent?.note(piece);
		this.#hasBegun ||= piece.bytes[0] !== colon;
		if (this.#answer.observers.length > 0) this.#tellChunk(piece);
		if (this.#body?.write(piece.bytes) || this.#isUnpaced()) return true;
		if (!this.#isBehind) {
			this.#isBehind = true;
			this.#watch();
			this.response.once("drain", () => process.nextTick(() => this.#catchUp()));
		}
		return false;
	}

	/**
	 * Not at once: Node also says `drain` while a chunk for a later request of the same connection is being written, in the middle of
	 * what undici reads, which could not go on reading then.
	 */
	#catchUp(): void {
		this.#isBehind = false;
		this.response.socket?.setTimeout(0);
		this.#answer.resume();
	}

	/** Nobody waits for this client: it has left, or others get the answer too. */
	#isUnpaced(): boolean {
		const { response } = this;
		if (response.destroyed) return true;
		if (!this.#delivery.isShared?.()) return false;
		if (response.writableLength > maxUnreadBytes) response.destroy();
		return true;
	}

	/** A slow client has enough to read. */
	heartbeat(): void {
		if (this.#isBehind) return;
		const { dialect } = this.#answer;
		const piece = unread((this.#hasBegun ? dialect?.ping : undefined) ?? dialect?.comment ?? heartbeat);
		this.#tell((observer) => observer.heartbeat?.(piece));
		this.write(piece);
	}

	/** The event that ends a stream which has failed. */
	errorEvent(failure: GatewayError): Buffer {
		if (this.#sent !== undefined) return this.#sent.errorEvent(failure);
		const requestId = this.response.getHeader("x-request-id");
		const { dialect } = this.#answer;
		return dialect?.errors.event(failure, requestId?.toString()) ?? Buffer.from(failure.event());
	}

	/** The last of it, if anything. */
	end(bytes?: Buffer, failure?: GatewayError): void {
		if (bytes !== undefined && failure === undefined) this.#tellChunk(unread(bytes));
		this.#tellEnd(failure);
		this.#body?.end(bytes);
		if (this.response.socket && this.response.socket.writableLength > 0) this.#watch();
	}

	/** Nothing can be said to the client any more, or somebody else will say it. */
	fail(failure: GatewayError): void {
		this.#tellEnd(failure);
	}

	breakOff(): void {
		this.#body?.breakOff();
	}

	/** Node closes a connection that none of what is queued on it has left for this long (`net.Socket`'s timeout). */
	#watch(): void {
		this.response.socket?.setTimeout(this.#delivery.stalledClientMs);
	}

	#tellEnd(failure: GatewayError | undefined): void {
		this.#tell((observer) => observer.end?.(failure));
	}

	#tellChunk(piece: Piece): void {
		const { observers } = this.#answer;
		for (let index = 0; index < observers.length; index += 1) {
			try {
				observers[index]?.chunk?.(piece);
			} catch (thrown) {
				this.#drop(index, thrown);
			}
		}
	}

	#tell(say: (observer: Observer) => void): void {
		for (const [index, observer] of this.#answer.observers.entries()) {
			try {
				say(observer);
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

/**
 * A client that has so much to read, while others wait for what comes, is taken for gone: as much as may wait for those others
 * (`replay/ask.ts`), since a body that is held whole is written at once.
 */
const maxUnreadBytes = 16 * 1024 * 1024;

/** A comment (WHATWG HTML §9.2.6), by which clients and whatever stands in front of them know that the stream is alive. */
const heartbeat = Buffer.from(": heartbeat\n\n");
/** With which a comment begins. */
const colon = 0x3a;

/** Events go out as they come. The head goes out at once, together with the first of them where it is already here. */
function deliverStream(answer: ResponseStream, client: Client): void {
	const { transforms } = answer;
	const { response } = client;
	client.writeHead(answer);
	if (answer.heldBytes === 0) response.flushHeaders();
	const chain = new TransformChain(transforms, {
		write(piece) {
			answer.hasPassed = true;
			return client.write(piece);
		},
		end: (rest) => client.end(rest.length > 0 ? rest : undefined),
		resume: () => answer.resume(),
		fail(thrown) {
			const failure = asGatewayError(thrown);
			if (answer.isUnderWay) answer.cancel(failure);
			else sink.fail(failure);
		},
	});
	const sink: Sink = {
		write: (piece) => (transforms.length === 0 ? client.write(piece) : chain.write(piece)),
		end: () => chain.end(unread(noBytes)),
		fail(failure) {
			chain.close();
			// No terminator follows, so that a truncated answer is never taken for a whole one.
			const event = client.errorEvent(failure);
			client.end(answer.isMidEvent ? Buffer.concat([Buffer.from("\n\n"), event]) : event, failure);
		},
		heartbeat: () => client.heartbeat(),
	};
	answer.pipe(sink);
}

interface Settle {
	resolve(): void;
	reject(failure: GatewayError): void;
}

function bodySink(answer: ResponseStream, client: Client, settle: Settle): Sink {
	const { response } = client;
	let transforms: readonly Transform[] = answer.transforms;
	const parts: Piece[] = [];
	let size = 0;
	const sendHead = (length: number | undefined) => {
		if (length !== undefined) response.setHeader("content-length", length);
		client.writeHead(answer);
		settle.resolve();
	};
	const sink: Sink = {
		write(piece) {
			if (response.headersSent) return client.write(piece);
			parts.push(piece);
			size += sizeOf(piece);
			// Nobody waits for the end of what passes, or is heard, as it comes.
			if (size <= maxHeldBytes && (transforms.length > 0 || !(answer.isUnheld || isBinary(answer)))) return true;
			if (transforms.length > 0) transforms = withinReach(transforms, size);
			if (transforms.length > 0) return true;
			sendHead(answer.contentLength);
			return client.write(inOne(parts.splice(0)));
		},
		end() {
			if (response.headersSent) {
				client.end();
				return;
			}
			const send = (body: Buffer) => {
				sendHead(mayHaveLength(answer, response) ? body.length : undefined);
				client.end(body);
			};
			if (transforms.length === 0) {
				send(inOne(parts).bytes);
				return;
			}
			const chain = new TransformChain(transforms, {
				write: () => true,
				end: send,
				resume() {},
				fail: (thrown) => sink.fail(asGatewayError(thrown)),
			});
			chain.end(inOne(parts));
		},
		fail(failure) {
			client.fail(failure);
			// With the head already out, breaking the connection is the only honest way to say that the rest is missing.
			if (response.headersSent) client.breakOff();
			else settle.reject(failure);
		},
	};
	return sink;
}

/** @returns the piece itself where there is no other */
function inOne(pieces: readonly Piece[]): Piece {
	return pieces.length === 1 ? (pieces[0] as Piece) : unread(Buffer.concat(pieces.map(({ bytes }) => bytes)));
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
	return new GatewayError(502, "The upstream's answer is too large.", { code: "upstream_too_large" });
}

/** RFC 9110 §8.6: no length with 204 and 304; and to HEAD only the length GET would have had, which is not known here. */
function mayHaveLength(answer: ResponseStream, response: ServerResponse): boolean {
	return answer.status !== 204 && answer.status !== 304 && response.req.method !== "HEAD";
}
