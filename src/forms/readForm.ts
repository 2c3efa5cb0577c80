/** Reads a form: into memory while it is small, past it where that is possible, and else into a spool. */
import { lengthOfAll } from "../json/bodyBytes.js";
import type { Form, FormField } from "./form.js";
import { formTooLarge, givenTwice, wrongForm } from "./formErrors.js";
import { checkFileName, type FormProperties, jsonOfFields } from "./formJson.js";
import { FormParser } from "./formParser.js";
import { type KeptFile, KeptForm } from "./keptForm.js";
import type { PartHead } from "./partHead.js";
import { Spool } from "./spool.js";
import { StreamedForm } from "./streamedForm.js";

/** Of all fields together. */
const maxFieldBytes = 1024 * 1024;

export interface FormSource {
	/** The next bytes; undefined at the end. @throws GatewayError if the client leaves */
	next(): Promise<Buffer | undefined>;
	/** Nobody wants the rest. */
	drop(): void;
}

export interface FormReading {
	readonly source: FormSource;
	readonly boundary: string;
	/** Bytes, as `content-length` says. */
	readonly length: number | undefined;
	readonly properties: FormProperties;
	readonly maxBytes: number;
	readonly maxMemoryBytes: number;
	/** Where spools are. */
	readonly folder: string;
	/** Counts bytes that are kept in memory, which may have to wait for room. @throws GatewayError 503 when there is none for them */
	hold(bytes: number): Promise<void> | undefined;
}

/**
 * @returns a form that is whole, or one whose fields before its first file decide about it: `model`, where the contract has
 * that, is among them
 * @throws GatewayError 400, 413 for a body that is wrong, 503 and 507 when there is no room for it
 */
export async function readForm(reading: FormReading): Promise<Form> {
	const reader = new FormReader(reading);
	try {
		return await reader.read();
	} catch (error) {
		reader.abandon();
		throw error;
	}
}

class FormReader {
	readonly #reading: FormReading;
	readonly #parser: FormParser;
	readonly #fields: FormField[] = [];
	readonly #files: KeptFile[] = [];
	/** How many fields stand before the first file. */
	#fieldsBeforeFile = 0;
	#size = 0;
	#fieldBytes = 0;
	/** The field that is coming. */
	#name: string | undefined;
	#value: Buffer[] = [];
	#spool: Spool | undefined;
	/** For the spool. */
	#pending: Buffer[] = [];
	#isStreamed = false;
	/** Its content is read as it comes. */
	#followed: KeptFile | undefined;

	constructor(reading: FormReading) {
		this.#reading = reading;
		this.#parser = new FormParser(reading.boundary, {
			began: (head) => this.#begin(head),
			came: (content) => this.#take(content),
		});
	}

	async read(): Promise<Form> {
		const { boundary, maxMemoryBytes, length = 0, hold } = this.#reading;
		const begun: Buffer[] = [];
		for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) {
			if (this.#spool !== undefined) {
				await this.#flush(this.#spool);
				continue;
			}
			await hold(chunk.length);
			begun.push(chunk);
			if (Math.max(this.#size, length) > maxMemoryBytes && this.#isDecided) return this.#streamed(begun);
			if (this.#size > maxMemoryBytes) await this.#moveToSpool();
		}
		if (this.#spool !== undefined) await this.#flush(this.#spool);
		return new KeptForm({ boundary, fields: this.#fields, json: this.#json() }, this.#files, this.#spool);
	}

	abandon(): void {
		this.#spool?.close();
		this.#reading.source.drop();
	}

	/** @returns a chunk that has been taken apart; undefined when the body is whole */
	async #next(): Promise<Buffer | undefined> {
		const { source, maxBytes } = this.#reading;
		const chunk = await source.next();
		if (chunk === undefined) {
			await this.#parser.end();
			this.#endField();
			return undefined;
		}
		this.#size += chunk.length;
		if (this.#size > maxBytes) throw formTooLarge(`The body is larger than ${maxBytes} bytes.`);
		this.#parser.push(chunk);
		return chunk;
	}

	#begin(head: PartHead): void {
		this.#endField();
		const { name, filename } = head;
		if (filename === undefined) {
			if (this.#isStreamed) this.#checkLater(name);
			this.#name = name;
			return;
		}
		checkFileName(name, this.#reading.properties);
		if (this.#files.length === 0) this.#fieldsBeforeFile = this.#fields.length;
		this.#files.push({ head, pieces: [], start: (this.#spool?.size ?? 0) + lengthOfAll(this.#pending), size: 0 });
	}

	#take(content: Buffer): void {
		if (this.#name !== undefined) {
			this.#fieldBytes += content.length;
			if (this.#fieldBytes > maxFieldBytes)
				throw formTooLarge(`The fields of the body are larger than ${maxFieldBytes} bytes.`, "field_too_large");
			this.#value.push(content);
			return;
		}
		const file = this.#files.at(-1) as KeptFile;
		file.size += content.length;
		if (this.#spool !== undefined) this.#pending.push(content);
		else if (!this.#isStreamed || file === this.#followed) file.pieces.push(content);
	}

	#endField(): void {
		if (this.#name !== undefined) this.#fields.push({ name: this.#name, value: Buffer.concat(this.#value).toString() });
		this.#name = undefined;
		this.#value = [];
	}

	/** The first file has begun, and what says whom it is for stands before it. */
	get #isDecided(): boolean {
		const before = this.#fields.slice(0, this.#fieldsBeforeFile);
		const mayFollow = Object.hasOwn(this.#reading.properties, "model") && !before.some(isModel);
		const isAllBefore = before.length === this.#fields.length && this.#name === undefined;
		return this.#files.length > 0 && !mayFollow && isAllBefore;
	}

	/** What was checked, and has been sent, is not to be changed by what follows. */
	#checkLater(name: string): void {
		const isKnown = this.#fields.some((field) => field.name === name) && !name.endsWith("]");
		if (isKnown) throw givenTwice(name);
		if (name === "model")
			throw wrongForm("model must stand before the file in a body that is too large to be kept.", "model");
	}

	#json(): Form["json"] {
		return jsonOfFields(this.#fields, this.#reading.properties);
	}

	#streamed(begun: readonly Buffer[]): Form {
		this.#isStreamed = true;
		const { boundary, length, source } = this.#reading;
		const fields = [...this.#fields];
		const rest = () => this.#rest();
		const { head, pieces } = this.#files[0] as KeptFile;
		return new StreamedForm({
			...{ boundary, fields, begun, length, rest },
			json: this.#json(),
			file: head,
			content: pieces.splice(0),
			restOfFile: () => this.#restOfFile(),
			drop: () => source.drop(),
		});
	}

	async *#rest(): AsyncGenerator<Buffer> {
		for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
	}

	async *#restOfFile(): AsyncGenerator<Buffer, Form["json"]> {
		const file = this.#files[0] as KeptFile;
		this.#followed = file;
		while ((await this.#next()) !== undefined) yield* file.pieces.splice(0);
		yield* file.pieces.splice(0);
		return this.#json();
	}

	async #moveToSpool(): Promise<void> {
		const spool = await Spool.open(this.#reading.folder);
		this.#spool = spool;
		for (const [place, file] of this.#files.entries()) {
			this.#files[place] = { ...file, pieces: [], start: lengthOfAll(this.#pending) };
			this.#pending.push(...file.pieces);
		}
		await this.#flush(spool);
	}

	async #flush(spool: Spool): Promise<void> {
		await spool.append(this.#pending.splice(0));
	}
}

function isModel({ name }: FormField): boolean {
	return name === "model";
}
