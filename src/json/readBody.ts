/** Parses a request body, or reports what is wrong with it; large bodies in several turns of the event loop. */
import { isAscii, isUtf8 } from "node:buffer";
import { GatewayError } from "../errors/gatewayError.js";
import type { NameScope } from "./memberNames.js";
import { LongTexts, lazyObject, outlineBytes, textOf } from "./outline.js";
import { parseObject } from "./parseObject.js";
import { BodyScan, type Finding } from "./scanBody.js";
import { largeBytes, ownTurn } from "./turns.js";

/**
 * RFC 8259 §9 lets a parser limit nesting and size. Deep nesting crashes some upstreams' parsers, and a body of a million points
 * takes 10 to 30 ms to parse, during which the process serves nobody else.
 */
const limits = { maxDepth: 1000, maxPoints: 1_000_000 };

/** Bytes that are scanned or decoded in one turn, which takes some milliseconds. */
const turnBytes = 4 * 1024 * 1024;

/** Bodies from this size on are parsed without their long texts. */
const outlinedBytes = 64 * 1024;

/** Reused for all small bodies, each of which is scanned in one go. */
const smallBodyScan = new BodyScan();

type Json = Record<string, unknown>;

export interface ReadBody {
	/** Members with long texts in them are parsed when they are first read. */
	readonly json: Json;
	/** The same with something else in place of the long texts, see `sizeOfText`; undefined if it would be no smaller. */
	readonly outline: Json | undefined;
	/** The bytes of the outline. */
	readonly outlineBytes: Buffer | undefined;
}

/**
 * Parses a body.
 *
 * @param names see `Operation.bodyNames`
 * @param check called between turns; an error it throws ends the parsing
 * @throws GatewayError 400
 */
export function readBody(bytes: Buffer, names: NameScope | undefined, check: () => void): ReadBody | Promise<ReadBody> {
	if (bytes.length >= largeBytes) return readInTurns(bytes, names, check);
	checkEncoding(bytes);
	const longTexts = bytes.length >= outlinedBytes ? new LongTexts() : undefined;
	const finding = smallBodyScan.begin(bytes, limits, names, longTexts).read(bytes.length);
	smallBodyScan.end();
	refuse(finding);
	return outlined(bytes, longTexts) ?? whole(parse(textOf(bytes)));
}

async function readInTurns(bytes: Buffer, names: NameScope | undefined, check: () => void): Promise<ReadBody> {
	const turn = async () => {
		await ownTurn();
		check();
	};
	await turn();
	checkEncoding(bytes);
	const longTexts = new LongTexts();
	const scan = new BodyScan().begin(bytes, limits, names, longTexts);
	for (;;) {
		refuse(scan.read(turnBytes));
		if (scan.isDone) break;
		await turn();
	}
	const read = outlined(bytes, longTexts);
	if (read !== undefined) return read;
	await turn();
	const text = await decode(bytes, turn);
	const json = parse(text);
	await turn();
	return whole(json);
}

function whole(json: Json): ReadBody {
	return { json, outline: undefined, outlineBytes: undefined };
}

/** @returns undefined if most of the body is not in long texts, or it is no JSON object: it is then parsed as a whole */
function outlined(bytes: Buffer, longTexts: LongTexts | undefined): ReadBody | undefined {
	if (longTexts === undefined || longTexts.bytes < bytes.length / 2) return undefined;
	if (bytes.length - longTexts.bytes > turnBytes) return undefined;
	const short = outlineBytes(bytes, longTexts);
	const outline = parseObject(short.toString());
	return outline && { json: lazyObject(bytes, outline, longTexts), outline, outlineBytes: short };
}

/** Decodes UTF-8, in several turns if it is long and not ASCII. */
async function decode(bytes: Buffer, turn: () => Promise<void>): Promise<string> {
	if (bytes.length <= turnBytes || isAscii(bytes)) return textOf(bytes);
	let text = "";
	for (let at = 0; at < bytes.length; ) {
		let end = Math.min(bytes.length, at + turnBytes);
		while (isContinuation(bytes[end])) end -= 1;
		text += bytes.toString("utf8", at, end);
		at = end;
		await turn();
	}
	return text;
}

function isContinuation(byte: number | undefined): boolean {
	return byte !== undefined && (byte & 0xc0) === 0x80;
}

function checkEncoding(bytes: Buffer): void {
	if (!isUtf8(bytes)) throw malformed("The body is not UTF-8 (RFC 8259 §8.1).");
	if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
		throw malformed("The body begins with a byte order mark, which JSON does not allow (RFC 8259 §8.1).");
}

function refuse(finding: Finding | undefined): void {
	switch (finding?.kind) {
		case undefined:
			return;
		case "depth":
			throw tooDeep();
		case "amount":
			throw malformed("The body has too many values: it may hold 1,000,000 numbers, or 100,000 texts.");
		case "duplicate":
			throw new GatewayError(400, `Duplicate parameter: '${finding.param}' may be given only once.`, {
				code: "duplicate_parameter",
				param: finding.param.slice(0, maxParamCharacters),
			});
		case "misspelt":
			throw new GatewayError(
				400,
				`Unknown parameter: '${finding.param.slice(0, maxParamCharacters)}'. Its name must be written exactly '${finding.known}'.`,
				{ code: "unknown_parameter", param: finding.param.slice(0, maxParamCharacters) },
			);
	}
}

/** Clients can make up names of any length. */
const maxParamCharacters = 200;

function parse(text: string): Json {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw malformed(`The body is not valid JSON: ${firstWords((error as Error).message)}`);
	}
	if (typeof json !== "object" || json === null) throw malformed("The body must be a JSON object.");
	return json as Json;
}

/** Removes V8's quotation of the text around the mistake; its position is enough. */
function firstWords(message: string): string {
	return `${message.replace(/, (?:\.\.\.)?".*$/s, "").replace(/in JSON at/, "at")}.`.slice(0, 200);
}

export function tooDeep(): GatewayError {
	return malformed(`The body nests deeper than ${limits.maxDepth} levels.`);
}

export function malformed(message: string): GatewayError {
	return new GatewayError(400, message, { code: "invalid_body" });
}
