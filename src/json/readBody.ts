/** Makes JSON of a request body's bytes, or says what is wrong with them; large ones in several turns of the event loop. */
import { isAscii, isUtf8 } from "node:buffer";
import { GatewayError } from "../errors/gatewayError.js";
import type { NameScope } from "./memberNames.js";
import { BodyScan, type Finding } from "./scanBody.js";
import { largeBytes, ownTurn } from "./turns.js";

/**
 * RFC 8259 §9 lets a parser limit nesting and size. Deep nesting ends parsers further on, and what has a million
 * points takes 10 to 30 ms to parse, in which nobody else is served.
 */
const limits = { maxDepth: 1000, maxPoints: 1_000_000 };

/** Read or decoded in one turn: some milliseconds. */
const turnBytes = 4 * 1024 * 1024;

/** Small ones are read at once, one after the other. */
const scanOfSmall = new BodyScan();

type Json = Record<string, unknown>;

/**
 * @param names see `Operation.bodyNames`
 * @param check called between turns; what it throws is the end
 * @throws GatewayError 400
 */
export function readBody(bytes: Buffer, names: NameScope | undefined, check: () => void): Json | Promise<Json> {
	if (bytes.length >= largeBytes) return readInTurns(bytes, names, check);
	checkEncoding(bytes);
	const finding = scanOfSmall.begin(bytes, limits, names).read(bytes.length);
	scanOfSmall.end();
	refuse(finding);
	return parsed(bytes.toString());
}

async function readInTurns(bytes: Buffer, names: NameScope | undefined, check: () => void): Promise<Json> {
	const turn = async () => {
		await ownTurn();
		check();
	};
	await turn();
	checkEncoding(bytes);
	const scan = new BodyScan().begin(bytes, limits, names);
	while (!scan.isDone) {
		refuse(scan.read(turnBytes));
		await turn();
	}
	const text = await decoded(bytes, turn);
	const json = parsed(text);
	await turn();
	return json;
}

/** What isn't ASCII takes ten times as long to decode. */
async function decoded(bytes: Buffer, turn: () => Promise<void>): Promise<string> {
	if (bytes.length <= turnBytes || isAscii(bytes)) return bytes.toString();
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
			throw malformed(`The body nests deeper than ${limits.maxDepth} levels.`);
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

/** Clients make names up. */
const maxParamCharacters = 200;

function parsed(text: string): Json {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw malformed(`The body is not valid JSON: ${firstWords((error as Error).message)}`);
	}
	if (typeof json !== "object" || json === null) throw malformed("The body must be a JSON object.");
	return json as Json;
}

/** V8 quotes the text around the mistake; the place is enough. */
function firstWords(message: string): string {
	return `${message.replace(/, (?:\.\.\.)?".*$/s, "").replace(/in JSON at/, "at")}.`.slice(0, 200);
}

export function malformed(message: string): GatewayError {
	return new GatewayError(400, message, { code: "invalid_body" });
}
