/** Takes a multipart body apart as its bytes come. */
import busboy, { type Dicer, type Part } from "@fastify/busboy";
import { formTooLarge, wrongForm } from "./formErrors.js";
import { type PartHead, readPartHead } from "./partHead.js";

const limits = { parts: 200, headerPairs: 20, headerBytes: 8 * 1024 };

export interface PartListener {
	/** A part has begun; the one before is whole. */
	began(head: PartHead): void;
	/** More of the part that has begun last. The bytes stay as they are. */
	came(content: Buffer): void;
}

export class FormParser {
	readonly #dicer: Dicer;
	readonly #listener: PartListener;
	#parts = 0;
	/** The latest part's head has not come yet. */
	#isInHead = false;
	#isFinished = false;
	#failure: Error | undefined;
	#chunk: Buffer | undefined;

	constructor(boundary: string, listener: PartListener) {
		this.#listener = listener;
		this.#dicer = new busboy.Dicer({
			boundary,
			maxHeaderPairs: limits.headerPairs,
			maxHeaderSize: limits.headerBytes,
		})
			.on("part", (part) => this.#beginPart(part))
			.on("finish", () => {
				this.#isFinished = true;
			})
			.on("error", (error) => {
				this.#failure ??= cut(error);
			});
	}

	/** Tells the listener all that the chunk holds before it returns. @throws GatewayError 400, 413 */
	push(chunk: Buffer): void {
		this.#chunk = chunk;
		this.#dicer.write(chunk);
		this.#chunk = undefined;
		if (this.#failure) throw this.#failure;
	}

	/** All has come. @throws GatewayError 400 if it has no end */
	async end(): Promise<void> {
		if (!this.#isFinished)
			await new Promise<void>((resolve) => {
				this.#dicer.on("finish", resolve);
				this.#dicer.end();
			});
		if (this.#isInHead) throw cut();
		if (this.#failure) throw this.#failure;
	}

	#beginPart(part: Part): void {
		this.#parts += 1;
		if (this.#isInHead) this.#failure ??= cut();
		if (this.#parts > limits.parts)
			this.#failure ??= formTooLarge(`The body has more than ${limits.parts} parts.`, "too_many_parts");
		this.#isInHead = true;
		part.on("error", () => {});
		part.on("header", (headers) => {
			this.#isInHead = false;
			this.#attempt(() => this.#listener.began(readPartHead(headers)));
		});
		part.on("data", (content) => this.#attempt(() => this.#listener.came(this.#own(content))));
		// A stream is in its constructor's turn until it is read, and would hold back what comes in it.
		(part as unknown as { _readableState: { sync: boolean } })._readableState.sync = false;
	}

	/** What the parser has kept of an earlier chunk stands in a buffer that it uses again. */
	#own(content: Buffer): Buffer {
		return content.buffer === this.#chunk?.buffer ? content : Buffer.from(content);
	}

	#attempt(take: () => void): void {
		if (this.#failure) return;
		try {
			take();
		} catch (error) {
			this.#failure = error as Error;
		}
	}
}

function cut(cause?: Error): Error {
	return wrongForm("The body is no whole multipart/form-data: it ends before its last boundary.", undefined, cause);
}
