/** A form that is passed on as it comes: what decides about it stands before its first file. */
import type { BodyStream, Form, FormField, FormFile } from "./form.js";
import { inTurns } from "./inTurns.js";
import type { PartHead } from "./partHead.js";
import { fieldPart } from "./writeParts.js";

const lineEnd = Buffer.from("\r\n");

export interface ArrivingForm {
	readonly boundary: string;
	/** Those that have come. */
	readonly fields: readonly FormField[];
	readonly json: Form["json"];
	/** The first file's. */
	readonly file: PartHead;
	/** What of its content has come. */
	readonly content: readonly Buffer[];
	/** All bytes that have come. */
	readonly begun: readonly Buffer[];
	/** Of the whole, as `content-length` says. */
	readonly length: number | undefined;
	/** The bytes that follow, checked. */
	rest(): AsyncIterable<Buffer>;
	/** What follows of the first file's content. @returns the JSON of all fields */
	restOfFile(): AsyncGenerator<Buffer, Form["json"]>;
	/** The rest is of no use. */
	drop(): void;
}

export class StreamedForm implements Form {
	readonly isWhole = false;
	readonly contents = undefined;
	readonly fields: readonly FormField[];
	readonly files: readonly FormFile[];
	readonly #arriving: ArrivingForm;
	readonly #begun: Buffer;
	/** Where the first part begins: what stands before it is nobody's. */
	readonly #start: number;
	/** Where the first file's part begins. */
	readonly #headEnd: number;
	#isSpent = false;
	#json: Form["json"];

	constructor(arriving: ArrivingForm) {
		this.#arriving = arriving;
		this.fields = arriving.fields;
		this.#json = arriving.json;
		const { name, filename, type } = arriving.file;
		this.files = [
			{
				name,
				filename,
				type,
				size: undefined,
				content: () => Promise.reject(notWhole()),
				pieces: () => this.#contentPieces(),
			},
		];
		this.#begun = Buffer.concat(arriving.begun);
		this.#start = placeOfPart(this.#begun, arriving.boundary, 0);
		this.#headEnd = placeOfPart(this.#begun, arriving.boundary, this.fields.length);
	}

	get json(): Form["json"] {
		return this.#json;
	}

	get isSpent(): boolean {
		return this.#isSpent;
	}

	written(fields: readonly FormField[]): BodyStream {
		const { boundary, length } = this.#arriving;
		const head =
			fields === this.fields
				? this.#begun.subarray(this.#start, this.#headEnd)
				: Buffer.concat(fields.map((field) => fieldPart(boundary, field)));
		return {
			length: length === undefined ? undefined : length - this.#headEnd + head.length,
			open: () => inTurns(this.#pieces(head)),
		};
	}

	release(): void {
		this.#arriving.drop();
	}

	async *#contentPieces(): AsyncGenerator<Buffer> {
		this.#isSpent = true;
		yield* this.#arriving.content;
		this.#json = yield* this.#arriving.restOfFile();
	}

	async *#pieces(head: Buffer): AsyncGenerator<Buffer> {
		this.#isSpent = true;
		yield head;
		yield this.#begun.subarray(this.#headEnd);
		yield* this.#arriving.rest();
	}
}

/** @returns the offset of the boundary with which a part begins, by the part's number */
function placeOfPart(bytes: Buffer, boundary: string, part: number): number {
	const delimiter = Buffer.from(`\r\n--${boundary}`);
	const all = Buffer.concat([lineEnd, bytes]);
	let at = all.indexOf(delimiter);
	for (let count = 0; count < part; count += 1) at = all.indexOf(delimiter, at + delimiter.length);
	return at;
}

function notWhole(): Error {
	return new Error("the form is passed on as it comes, and not kept");
}
