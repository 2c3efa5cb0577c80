/** Puts an answer's pieces through its transforms, in order, also where one of them has to wait for something. */
import { noBytes, type Piece, sizeOf, unread } from "./piece.js";
import type { Passed, Transform } from "./transform.js";

export interface ChainOutput {
	/** @returns false when it wants no more for now */
	write(piece: Piece): boolean;
	/** The last bytes; may be empty. */
	end(bytes: Buffer): void;
	/** To be called when the chain takes more, after it has returned false. */
	resume(): void;
	/** Something that was thrown late; what is thrown at once is thrown by `write` and `end`. */
	fail(thrown: unknown): void;
}

/** So much waits for a transform before the upstream is paused. */
const highWaterBytes = 64 * 1024;

export class TransformChain {
	readonly #transforms: readonly Transform[];
	readonly #output: ChainOutput;
	/** Pieces that came while a transform was waiting. */
	#queue: Piece[] = [];
	#queuedBytes = 0;
	#isBusy = false;
	#isPaused = false;
	#isClosed = false;
	#last: Piece | undefined;

	constructor(transforms: readonly Transform[], output: ChainOutput) {
		this.#transforms = transforms;
		this.#output = output;
	}

	/** @returns false when it wants no more until `resume` is called */
	write(piece: Piece): boolean {
		if (this.#isClosed) return true;
		if (!this.#isBusy) {
			const passed = this.#through(piece, 0);
			if (!(passed instanceof Promise)) return this.#emit(passed);
			this.#await(passed);
			return true;
		}
		this.#queue.push(piece);
		this.#queuedBytes += piece.bytes.length;
		this.#isPaused ||= this.#queuedBytes > highWaterBytes;
		return !this.#isPaused;
	}

	/** Nothing more comes: `last` may be empty, and each transform says what it still has. */
	end(last: Piece): void {
		if (this.#isClosed) return;
		if (this.#isBusy) {
			this.#last = last;
			return;
		}
		const rest = this.#flush(last);
		if (rest instanceof Promise)
			void rest.then((late) => this.#isClosed || this.#output.end(late)).catch((thrown) => this.#fail(thrown));
		else this.#output.end(rest);
	}

	/** Pieces still on their way are lost. */
	close(): void {
		this.#isClosed = true;
		this.#queue = [];
	}

	#emit(piece: Piece | undefined): boolean {
		return piece === undefined || piece.bytes.length === 0 || this.#output.write(piece);
	}

	/** @param from the transform that is next */
	#through(piece: Piece, from: number): Piece | undefined | Promise<Piece | undefined> {
		let passed: Piece | undefined = piece;
		for (let at = from; at < this.#transforms.length && passed !== undefined; at += 1) {
			const changed: ReturnType<Transform["push"]> = (this.#transforms[at] as Transform).push(passed);
			if (changed instanceof Promise)
				return changed.then((late) => (late === undefined ? undefined : this.#through(asPiece(late), at + 1)));
			passed = changed && asPiece(changed);
		}
		return passed;
	}

	#await(passed: Promise<Piece | undefined>): void {
		this.#isBusy = true;
		void passed
			.then((piece) => {
				if (this.#isClosed) return;
				this.#emit(piece);
				this.#isBusy = false;
				this.#goOn();
			})
			.catch((thrown) => this.#fail(thrown));
	}

	#goOn(): void {
		while (!this.#isBusy) {
			const next = this.#queue.shift();
			if (next === undefined) break;
			this.#queuedBytes -= next.bytes.length;
			const passed = this.#through(next, 0);
			if (passed instanceof Promise) this.#await(passed);
			else this.#emit(passed);
		}
		if (this.#isBusy) return;
		if (this.#last !== undefined) this.end(this.#last);
		else if (this.#isPaused) {
			this.#isPaused = false;
			this.#output.resume();
		}
	}

	#fail(thrown: unknown): void {
		if (this.#isClosed) return;
		this.close();
		this.#output.fail(thrown);
	}

	#flush(last: Piece): Buffer | Promise<Buffer> {
		const [first, ...others] = this.#transforms;
		let bytes = first === undefined ? last.bytes : flush(first, last);
		for (const transform of others)
			bytes =
				bytes instanceof Promise
					? bytes.then((before) => flush(transform, unread(before)))
					: flush(transform, unread(bytes));
		return bytes;
	}
}

function flush(transform: Transform, last: Piece): Buffer | Promise<Buffer> {
	const pushed = sizeOf(last) > 0 ? transform.push(last) : undefined;
	return pushed instanceof Promise ? pushed.then((late) => withRest(transform, late)) : withRest(transform, pushed);
}

function asPiece(passed: Piece | Buffer): Piece {
	return Buffer.isBuffer(passed) ? unread(passed) : passed;
}

function withRest(transform: Transform, pushed: Passed): Buffer | Promise<Buffer> {
	const first = pushed === undefined ? noBytes : asPiece(pushed).bytes;
	const rest = transform.end();
	return rest instanceof Promise ? rest.then((late) => join(first, late)) : join(first, rest);
}

function join(first: Buffer, second: Buffer): Buffer {
	if (second.length === 0) return first;
	return first.length === 0 ? second : Buffer.concat([first, second]);
}
