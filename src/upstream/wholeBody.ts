/** Classifies an answer that came in one body: the answer that was asked for, an error with status 200, or nothing of the kind. */

import type { Dialect, ErrorDetail } from "../dialects/dialect.js";
import { kindOfError, statusOfWords } from "../dialects/errorKinds.js";
import { isObject } from "../json/isObject.js";
import { skipSpace } from "../json/jsonMember.js";
import type { Head } from "../streaming/responseStream.js";
import { errorObject } from "./errorJson.js";
import type { StreamError } from "./eventStream.js";
import { type Fault, faultOfStatus } from "./fault.js";
import type { IncomingHeaders } from "./headers.js";
import type { Lane } from "./lane.js";
import { brokenOff, cutShort, notAnAnswer, saidWentWrong } from "./upstreamFailure.js";

type Json = Record<string, unknown>;

/** So much of the beginning is looked at. */
const enough = 100;
/** Words that are passed on are shorter. */
const maxWords = 200;

export interface WholeBody {
	head: Head;
	headers: IncomingHeaders;
	pieces: readonly Buffer[];
	dialect: Dialect;
}

/**
 * @returns undefined for an answer. Nearly all are known as one by their first and last bytes and one search, without
 * being parsed.
 */
export function faultOfBody(body: WholeBody): Fault | undefined {
	const { pieces, dialect } = body;
	const isLikeAnswer = isJsonObject(pieces) && !beginsWithError(pieces) && !mayHaveFailed(body);
	if (isLikeAnswer && pieces.some((piece) => hasList(piece, quotedMember(dialect)))) return undefined;
	const bytes = Buffer.concat(pieces);
	if (isLabelledText(body)) return undefined;
	const json = parsed(bytes);
	if (json !== undefined) return faultOfJson(body, json, beginningOf(pieces).startsWith("[") ? asBytes(json) : bytes);
	return isForPrograms(body) ? undefined : faultOfOther(body, bytes);
}

/** Few dialects have answers with content that say of themselves that they have failed. */
function mayHaveFailed({ pieces, dialect: { failureWords } }: WholeBody): boolean {
	if (failureWords === undefined) return false;
	const bytes = Buffer.concat(pieces);
	return failureWords.some((word) => bytes.includes(word));
}

const quotedMembers = new Map<string, Buffer>();

function quotedMember({ contentMember }: Dialect): Buffer {
	let quoted = quotedMembers.get(contentMember);
	if (quoted === undefined) {
		quoted = Buffer.from(JSON.stringify(contentMember));
		quotedMembers.set(contentMember, quoted);
	}
	return quoted;
}

/** A text that is the answer itself, also where JSON has it in quotes. */
function isLabelledText({ head, dialect, pieces }: WholeBody): boolean {
	if (dialect.isLabelled !== true || isJsonObject(pieces)) return false;
	const type = head.headers["content-type"] ?? "";
	return /json/i.test(type) ? beginningOf(pieces).startsWith('"') : !/html/i.test(type);
}

/** Embeddings may come as numbers alone, and as bytes. */
function isForPrograms({ head, dialect, pieces }: WholeBody): boolean {
	if (dialect.stream !== undefined) return false;
	const type = head.headers["content-type"] ?? "";
	return beginningOf(pieces).startsWith("[") || (type !== "" && !/json|text/i.test(type));
}

function faultOfJson({ head, headers, dialect }: WholeBody, json: Json, bytes: Buffer): Fault | undefined {
	const detail = dialect.errors.read(json, "answer");
	if (detail === undefined) return undefined;
	return (
		faultOfDetail(detail, { head, headers, bytes, dialect }) ?? {
			kind: "error_event",
			error: saidWentWrong(detail.message),
		}
	);
}

/** An error that names its status is what it would have been with that one. */
function faultOfDetail(
	detail: ErrorDetail,
	{ head, headers, bytes, dialect }: Pick<WholeBody, "head" | "headers" | "dialect"> & { readonly bytes: Buffer },
): Fault | undefined {
	const { errors } = dialect;
	const { message, isWellFormed, code } = detail;
	const status = detail.status ?? statusOfWords(detail, errors.kinds);
	if (status === undefined) return undefined;
	const type = { "content-type": "application/json" };
	const named: Head = { ...head, status, headers: { ...head.headers, ...type }, isStream: false };
	const body = isWellFormed ? bytes : asBytes(errors.body(saidWentWrong(message, status, code)));
	const kind = kindOfError({ status, detail, body: bytes.toString() }, errors.kinds);
	return faultOfStatus(named, headers, body, { kind });
}

/** The error with which an upstream has ended its stream. @param isChosen the client has its head, and no other status is to be had */
export function faultInBand(
	{ bytes, json, detail }: StreamError,
	{ head, headers, lane, isChosen }: Pick<WholeBody, "head" | "headers"> & { lane: Lane; isChosen: boolean },
): Fault {
	// Nobody finds an error in a stream that has no dialect.
	const dialect = lane.dialect as Dialect;
	// The event of an error may have another form than the body of one.
	const isBody = isObject(json.error);
	const told = isBody ? detail : { ...detail, isWellFormed: false };
	const named = isChosen ? undefined : faultOfDetail(told, { head, headers, bytes: asBytes(json), dialect });
	return named ?? faultOfEvent(bytes, json, detail, dialect);
}

/** An error event of a stream that nothing more can come of; it is passed on, in a shape that clients know. */
function faultOfEvent(
	bytes: Buffer,
	{ error: own, type }: Json,
	detail: ErrorDetail,
	{ errors, stream }: Dialect,
): Fault {
	const { isWellFormed } = detail;
	const error = brokenOff(detail);
	const isSaid = isWellFormed || typeof own === "string" || (typeof own === "object" && own !== null);
	// Where events have names, clients know no other.
	const isKnown = isSaid && (stream?.isNamed !== true || typeof type === "string");
	return {
		kind: "error_event",
		error,
		event: isKnown ? bytes : errors.follow === undefined ? errors.event(error) : undefined,
	};
}

function faultOfOther({ head, pieces }: WholeBody, bytes: Buffer): Fault {
	const text = bytes.toString("utf8", 0, 4 * maxWords).trim();
	const isHalf = beginningOf(pieces).startsWith("{") && lastOf(pieces) !== closeBrace;
	// Another attempt may get all of it.
	if (text === "" || isHalf) return { kind: "unfinished", error: cutShort() };
	const isForPeople = /html/i.test(head.headers["content-type"] ?? "") || text.startsWith("<");
	const words = isForPeople || text.length > maxWords || /[\x00-\x1f\x7f]/.test(text) ? undefined : text;
	return { kind: "no_answer", error: notAnAnswer(words) };
}

function parsed(bytes: Buffer): Json | undefined {
	try {
		const value: unknown = JSON.parse(bytes.toString().replace(/^\uFEFF/, ""));
		if (typeof value === "string" && value !== "") return { error: value };
		return errorObject(value);
	} catch {
		return undefined;
	}
}

function asBytes(json: Json): Buffer {
	return Buffer.from(JSON.stringify(json));
}

/** It begins and ends like a JSON object, which half an answer, a page of HTML or nothing does not. */
function isJsonObject(pieces: readonly Buffer[]): boolean {
	return beginningOf(pieces).startsWith("{") && lastOf(pieces) === closeBrace;
}

/** A member of this name is here that is a list with something in it. */
function hasList(piece: Buffer, name: Buffer): boolean {
	const at = piece.indexOf(name);
	if (at === -1) return false;
	const value = skipSpace(piece, skipSpace(piece, at + name.length) + 1);
	const first = skipSpace(piece, value + 1);
	return piece[value] === openBracket && first < piece.length && piece[first] !== closeBracket;
}

function beginsWithError(pieces: readonly Buffer[]): boolean {
	return /^\{\s*"error"/.test(beginningOf(pieces));
}

/** Around the answer there may be white space, with which some upstreams keep a connection alive, and a byte order mark. */
function beginningOf(pieces: readonly Buffer[]): string {
	let text = "";
	for (const piece of pieces) {
		const from = text === "" ? piece.findIndex(isPart) : 0;
		if (from !== -1) text += piece.toString("latin1", from, from + enough);
		if (text.length >= enough) break;
	}
	return text;
}

function lastOf(pieces: readonly Buffer[]): number | undefined {
	for (let at = pieces.length - 1; at >= 0; at -= 1) {
		const piece = pieces[at] as Buffer;
		for (let place = piece.length - 1; place >= 0; place -= 1) if (isPart(piece[place] as number)) return piece[place];
	}
	return undefined;
}

const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const around = new Set([0x20, 0x0a, 0x0d, 0x09, 0xef, 0xbb, 0xbf]);

function isPart(byte: number): boolean {
	return !around.has(byte);
}
