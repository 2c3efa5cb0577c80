/** Reads the file of a batch: a request in each line, all for one operation and one model. */
import { isUtf8 } from "node:buffer";
import { isObject } from "../json/isObject.js";
import { findMember } from "../json/jsonMember.js";
import { LineSplitter } from "../json/lineSplitter.js";
import { parseObject } from "../json/parseObject.js";
import type { BatchFault, BatchLine } from "../store/batchTypes.js";

/** OpenAI's own limits. */
export const mostLines = 50_000;
const mostBytes = 200 * 1024 * 1024;
/** Lines are stored a few at a time. */
const linesAtOnce = 500;
const bytesAtOnce = 4 * 1024 * 1024;
/** A file that is wrong all over needs no more. */
const mostFaults = 100;

/** Some editors begin a file with it. */
const byteOrderMark = Buffer.from("\ufeff");
const bodyName = Buffer.from('"body"');

export interface InputRules {
	readonly endpoint: string;
	readonly maxLineBytes: number;
	/** @throws GatewayError 403 if the owner may not use it */
	checkModel(model: string): void;
	/** Takes lines as they are read, in their order. */
	add(lines: readonly BatchLine[]): Promise<void>;
}

export interface InputFacts {
	readonly total: number;
	readonly model: string | undefined;
	/** None if all is well. */
	readonly faults: readonly BatchFault[];
}

export async function readInput(content: AsyncIterable<Buffer>, rules: InputRules): Promise<InputFacts> {
	const reading = new Reading(rules);
	let lines: BatchLine[] = [];
	let bytes = 0;
	let number = 0;
	for await (const line of linesOf(content, rules.maxLineBytes)) {
		number += 1;
		if (line === "too long") {
			reading.fault(
				"file_too_large",
				`A line may have ${rules.maxLineBytes} bytes, the whole file ${mostBytes}.`,
				number,
			);
			break;
		}
		if (isBlank(line)) continue;
		const read = reading.read(line, number);
		if (reading.isHopeless) break;
		if (read === undefined || reading.faults.length > 0) continue;
		lines.push(read);
		bytes += line.length;
		if (lines.length < linesAtOnce && bytes < bytesAtOnce) continue;
		await rules.add(lines);
		lines = [];
		bytes = 0;
	}
	if (reading.total === 0 && reading.faults.length === 0)
		reading.fault("empty_file", "The file has no requests.", null);
	if (reading.faults.length === 0 && lines.length > 0) await rules.add(lines);
	return reading;
}

class Reading implements InputFacts {
	readonly faults: BatchFault[] = [];
	total = 0;
	model: string | undefined;
	readonly #rules: InputRules;
	readonly #ids = new Set<string>();

	constructor(rules: InputRules) {
		this.#rules = rules;
	}

	/** Nothing more can be said that helps. */
	get isHopeless(): boolean {
		return this.faults.length >= mostFaults || this.total > mostLines;
	}

	fault(code: string, message: string, line: number | null, param: string | null = null): undefined {
		this.faults.push({ code, message, param, line });
		return undefined;
	}

	/** @returns undefined if something is wrong with it */
	read(bytes: Buffer, number: number): BatchLine | undefined {
		if (!isUtf8(bytes)) return this.fault("invalid_json_line", "This line is not UTF-8.", number);
		const json = parseObject(bytes.toString());
		if (json === undefined)
			return this.fault("invalid_json_line", "This line is not parseable as a JSON object.", number);
		this.total += 1;
		if (this.total > mostLines)
			return this.fault("too_many_tasks", `A batch has no more than ${mostLines} requests.`, null);
		const { custom_id: customId, method, url, body } = json;
		const { endpoint } = this.#rules;
		if (typeof customId !== "string" || customId === "")
			return this.fault(
				"missing_required_parameter",
				"Each request needs a text as its 'custom_id'.",
				number,
				"custom_id",
			);
		if (this.#ids.size === this.#ids.add(customId).size)
			return this.fault("duplicate_custom_id", "An earlier line has the same custom_id.", number, "custom_id");
		if (method !== "POST") return this.fault("invalid_method", "The method must be POST.", number, "method");
		if (url !== endpoint)
			return this.fault("url_mismatch", `The url must be the batch's endpoint, ${endpoint}.`, number, "url");
		if (!isObject(body))
			return this.fault("missing_required_parameter", "Each request needs a 'body'.", number, "body");
		return this.#readBody(bytes, body, number) ? lineOf(bytes, number, customId) : undefined;
	}

	/** @returns whether all is well */
	#readBody(bytes: Buffer, { model, stream, background }: Record<string, unknown>, number: number): boolean {
		const before = this.faults.length;
		if (typeof model !== "string")
			this.fault("missing_required_parameter", "The body needs a 'model'.", number, "body.model");
		else if (this.model !== undefined && this.model !== model)
			this.fault(
				"model_mismatch",
				`All requests must be for the first one's model, ${this.model}.`,
				number,
				"body.model",
			);
		else if (this.model === undefined) this.#takeModel(model, number);
		if (stream === true) this.fault("invalid_request", "Requests of batches are not streamed.", number, "body.stream");
		if (background === true)
			this.fault("invalid_request", "Requests of batches are not in the background.", number, "body.background");
		if (bytes.length > this.#rules.maxLineBytes) this.fault("file_too_large", "This line is too long.", number);
		return this.faults.length === before;
	}

	#takeModel(model: string, number: number): void {
		this.model = model;
		try {
			this.#rules.checkModel(model);
		} catch (error) {
			this.fault("model_not_allowed", error instanceof Error ? error.message : "", number, "body.model");
		}
	}
}

/** The bytes of its body are sent as they are. */
function lineOf(bytes: Buffer, number: number, customId: string): BatchLine {
	const span = findMember(bytes, { start: 0, end: bytes.length }, bodyName);
	return { number, customId, request: bytes.toString("utf8", span?.start, span?.end) };
}

function isBlank(line: Buffer): boolean {
	return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}

/** Without their line feeds. A line, or a file, that is too long is said to be, and is the last one. */
async function* linesOf(content: AsyncIterable<Buffer>, maxLineBytes: number): AsyncGenerator<Buffer | "too long"> {
	const lines = new LineSplitter();
	let size = 0;
	for await (const chunk of withoutMark(content)) {
		size += chunk.length;
		yield* lines.push(chunk);
		if (lines.restBytes > maxLineBytes || size > mostBytes) {
			yield "too long";
			return;
		}
	}
	if (lines.restBytes > 0) yield lines.rest();
}

async function* withoutMark(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	let isFirst = true;
	for await (const chunk of content) {
		const begins = isFirst && chunk.subarray(0, byteOrderMark.length).equals(byteOrderMark);
		isFirst = false;
		yield begins ? chunk.subarray(byteOrderMark.length) : chunk;
	}
}
