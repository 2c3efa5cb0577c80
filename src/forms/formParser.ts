/** Takes a multipart body apart as its bytes come. */
import busboy, { type Dicer, type Part } from "@fastify/busboy";
import { formTooLarge, wrongForm } from "./formErrors.js";
import { type PartHead, readPartHead } from "./partHead.js";

const limits = { parts: 200, headerPairs: 20, headerBytes: 8 * 1024 };

const lineFeed = Buffer.from("\n");

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
	readonly #delimiter: Buffer;
	/** The last bytes of what has come of a part, as many as the delimiter has; at its beginning the line break before it. */
	#tail: Buffer = lineFeed;

	constructor(boundary: string, listener: PartListener) {
		this.#listener = listener;
		this.#delimiter = Buffer.from(`--${boundary}`);
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
			this.#tail = lineFeed;
			this.#attempt(() => this.#listener.began(readPartHead(headers)));
		});
		part.on("data", (content) =>
			this.#attempt(() => {
				const own = this.#own(content);
				this.#checkLines(own);
				this.#listener.came(own);
			}),
		);
		// A stream is in its constructor's turn until it is read, and would hold back what comes in it.
		(part as unknown as { _readableState: { sync: boolean } })._readableState.sync = false;
	}

	/** What the parser has kept of an earlier chunk stands in a buffer that it uses again. */
	#own(content: Buffer): Buffer {
		return content.buffer === this.#chunk?.buffer ? content : Buffer.from(content);
	}

	/**
	 * Some servers end a part at a boundary after a bare line feed or carriage return, too, and would read another part there, such as
	 * a second `model`.
	 *
	 * @throws GatewayError 400
	 */
	#checkLines(content: Buffer): void {
		const { length } = this.#delimiter;
		const seam = Buffer.concat([this.#tail, content.subarray(0, length)]);
		if (startsLine(seam, this.#delimiter) || startsLine(content, this.#delimiter))
			throw wrongForm("A part of the body has the boundary at the beginning of a line (RFC 2046 §5.1.1).");
		this.#tail = Buffer.concat([this.#tail, content.subarray(-length)]).subarray(-length);
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

function startsLine(content: Buffer, text: Buffer): boolean {
	for (let at = content.indexOf(text); at !== -1; at = content.indexOf(text, at + 1))
		if (content[at - 1] === 0x0a || content[at - 1] === 0x0d) return true;
	return false;
}

function cut(cause?: Error): Error {
	return wrongForm("The body is no whole multipart/form-data: it ends before its last boundary.", undefined, cause);
}
