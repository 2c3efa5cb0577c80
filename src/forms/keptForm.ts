/** A form that has come whole: its files are in memory, or in a spool. */
import { type BodyBytes, lengthOfAll } from "../json/bodyBytes.js";
import type { BodyStream, Form, FormField, FormFile } from "./form.js";
import { inTurns } from "./inTurns.js";
import type { PartHead } from "./partHead.js";
import type { Spool } from "./spool.js";
import { afterFile, fieldPart, fileHead, lastPart } from "./writeParts.js";

/** A file's content: pieces in memory, or the place where it begins in the spool. */
export interface KeptFile {
	readonly head: PartHead;
	readonly pieces: Buffer[];
	readonly start: number;
	size: number;
}

export interface WholeForm {
	readonly boundary: string;
	readonly fields: readonly FormField[];
	readonly json: Form["json"];
}

export class KeptForm implements Form {
	readonly isWhole = true;
	readonly isSpent = false;
	readonly fields: readonly FormField[];
	readonly json: Form["json"];
	readonly files: readonly FormFile[];
	readonly #boundary: string;
	readonly #kept: readonly KeptFile[];
	readonly #spool: Spool | undefined;

	/** @param spool holds all files' contents; undefined if they are in memory */
	constructor({ boundary, fields, json }: WholeForm, kept: readonly KeptFile[], spool: Spool | undefined) {
		this.#boundary = boundary;
		this.#kept = kept;
		this.#spool = spool;
		this.fields = fields;
		this.json = json;
		this.files = kept.map((file) => ({
			name: file.head.name,
			filename: file.head.filename,
			type: file.head.type,
			size: file.size,
			content: () => this.#contentOf(file),
			pieces: () => this.#piecesOf(file),
		}));
	}

	get contents(): readonly Buffer[] | undefined {
		if (this.#spool !== undefined) return undefined;
		return this.#kept.flatMap(({ head, pieces }) => [Buffer.from(head.lines.join("\n")), ...pieces]);
	}

	written(fields: readonly FormField[]): BodyBytes | BodyStream {
		const head = fields.map((field) => fieldPart(this.#boundary, field));
		const last = lastPart(this.#boundary);
		if (this.#spool !== undefined) return this.#streamed(this.#spool, head, last);
		const files = this.#kept.flatMap(({ head, pieces }) => [fileHead(this.#boundary, head), ...pieces, afterFile]);
		return { before: [...head, ...files], bytes: last };
	}

	release(): void {
		this.#spool?.close();
	}

	#streamed(spool: Spool, head: readonly Buffer[], last: Buffer): BodyStream {
		const files = this.#kept.map((file) => ({ ...file, begin: fileHead(this.#boundary, file.head) }));
		const fileBytes = files.reduce((sum, { begin, size }) => sum + begin.length + size + afterFile.length, 0);
		async function* pieces(): AsyncGenerator<Buffer> {
			yield Buffer.concat(head);
			for (const { begin, start, size } of files) {
				yield begin;
				yield* spool.read(start, start + size);
				yield afterFile;
			}
			yield last;
		}
		return {
			length: lengthOfAll(head) + fileBytes + last.length,
			open: () => inTurns(pieces()),
		};
	}

	async #contentOf(file: KeptFile): Promise<Buffer> {
		const read: Buffer[] = [];
		for await (const piece of this.#piecesOf(file)) read.push(piece);
		return Buffer.concat(read);
	}

	async *#piecesOf({ pieces, start, size }: KeptFile): AsyncGenerator<Buffer> {
		yield* this.#spool === undefined ? pieces : this.#spool.read(start, start + size);
	}
}
