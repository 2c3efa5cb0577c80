/** Content codings of answers (RFC 9110 §8.4): which an answer has, and what takes it out of one of them. */
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";

/** Each may expand what it gets a thousandfold, and no upstream needs more than one. */
const mostCodings = 3;

/** Names that upstreams give to an answer that is not coded at all. */
const noCodings = new Set(["", "identity", "none"]);

/** So much may come of any bytes; of more, this many bytes for each one that was received. */
const freeBytes = 64 * 1024 * 1024;
const mostExpansion = 200;

/** Takes the first byte of what is to be decoded. */
type CreateDecoder = (first: number) => Transform;

const creators: ReadonlyMap<string, CreateDecoder> = new Map<string, CreateDecoder>([
	["gzip", () => zlib.createGunzip()],
	["x-gzip", () => zlib.createGunzip()],
	["deflate", (first) => (isZlib(first) ? zlib.createInflate() : zlib.createInflateRaw())],
	["br", () => zlib.createBrotliDecompress()],
	...zstd(),
]);

/** Node has it since 22.15. */
function zstd(): [string, CreateDecoder][] {
	const { createZstdDecompress: create } = zlib as { createZstdDecompress?: () => Transform };
	return create === undefined ? [] : [["zstd", () => create()]];
}

/** `deflate` means the zlib format, and some upstreams send the bare one that it wraps (RFC 9110 §8.4.1.2). */
function isZlib(first: number): boolean {
	return (first & 0x0f) === 8;
}

/** @returns the codings in the order in which they were applied; none for an answer that is as it should be */
export function codingsOf(header: string | string[]): string[] {
	return String(header)
		.toLowerCase()
		.split(",")
		.map((name) => name.trim())
		.filter((name) => !noCodings.has(name));
}

export function canDecode(codings: readonly string[]): boolean {
	return codings.length <= mostCodings && codings.every((coding) => creators.has(coding));
}

export interface DecoderListener {
	data(bytes: Buffer): void;
	/** It wants more, after `push` has said no. */
	drained(): void;
	ended(): void;
	/** @param isCut the end is missing; else the bytes are not in this coding, or far too much is packed into them */
	failed(isCut: boolean): void;
}

/** Takes bytes out of one coding, and gives each of them as soon as it is known. */
export class Decoder {
	readonly #create: CreateDecoder;
	readonly #listener: DecoderListener;
	#stream: Transform | undefined;
	#isPaused = false;
	#received = 0;
	#decoded = 0;

	constructor(coding: string, listener: DecoderListener) {
		this.#create = creators.get(coding) as CreateDecoder;
		this.#listener = listener;
	}

	/** @returns false if the next bytes should wait until it is drained */
	push(bytes: Buffer): boolean {
		if (bytes.length === 0) return true;
		this.#received += bytes.length;
		this.#stream ??= this.#start(bytes[0] as number);
		return this.#stream.write(bytes);
	}

	end(): void {
		// An answer without a body has no coding either, whatever its head says.
		if (this.#stream === undefined) this.#listener.ended();
		else this.#stream.end();
	}

	pause(): void {
		this.#isPaused = true;
		this.#stream?.pause();
	}

	resume(): void {
		this.#isPaused = false;
		this.#stream?.resume();
	}

	destroy(): void {
		this.#stream?.destroy();
	}

	#start(first: number): Transform {
		const stream = this.#create(first);
		stream.on("data", (bytes: Buffer) => this.#take(bytes));
		stream.on("drain", () => this.#listener.drained());
		stream.on("end", () => this.#listener.ended());
		stream.on("error", ({ code }: NodeJS.ErrnoException) => this.#listener.failed(code === "Z_BUF_ERROR"));
		if (this.#isPaused) stream.pause();
		return stream;
	}

	#take(bytes: Buffer): void {
		this.#decoded += bytes.length;
		if (this.#decoded > freeBytes && this.#decoded > mostExpansion * this.#received) {
			this.destroy();
			this.#listener.failed(false);
		} else this.#listener.data(bytes);
	}
}
