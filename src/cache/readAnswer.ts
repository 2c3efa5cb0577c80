/** Reads the bytes of a whole answer, whichever form it has, and says whether it may be given again. */
import { type ChatResponse, ResponseBuilder } from "../chat/response.js";
import { PieceReader } from "../dialects/answerReader.js";
import type { Dialect } from "../dialects/dialect.js";
import { parseObject } from "../json/parseObject.js";
import { unread } from "../streaming/piece.js";

export interface ReadAnswer {
	readonly response: ChatResponse;
	/** It has parts that are left to its own dialect, or says that something went wrong. */
	readonly isOdd: boolean;
	/** It says that something went wrong. */
	readonly hasFailed: boolean;
}

/** @returns undefined for what is no answer of the dialect */
export function readAnswer(dialect: Dialect, isStream: boolean, body: Buffer): ReadAnswer | undefined {
	return isStream ? readStream(dialect, body) : readBody(dialect, body);
}

function readStream({ stream }: Dialect, body: Buffer): ReadAnswer | undefined {
	if (stream === undefined) return undefined;
	const builder = new ResponseBuilder();
	let isOdd = false;
	let hasFailed = false;
	new PieceReader(stream.reader({ needsJson: true, isTranslated: true })).read(unread(body), {
		events(events) {
			for (const event of events) {
				hasFailed ||= event.type === "error";
				isOdd ||= event.type === "opaque" || event.type === "media" || event.type === "seam";
				builder.add(event);
			}
		},
		other: () => {},
	});
	return { response: builder.response, isOdd: isOdd || hasFailed, hasFailed };
}

function readBody({ contentMember, readWhole, errors }: Dialect, body: Buffer): ReadAnswer | undefined {
	const json = parseObject(body.toString());
	if (json === undefined || readWhole === undefined || json[contentMember] === undefined) return undefined;
	const hasFailed = errors.read(json, "answer") !== undefined;
	const response = readWhole(json);
	const parts = response.choices.flatMap((choice) => choice.parts);
	const isOdd = parts.some(({ type }) => type === "opaque" || type === "image" || type === "audio" || type === "file");
	return { response, isOdd, hasFailed };
}

/**
 * Whether an answer came to an end of its own: not cut by a limit, not refused, not failed. One that calls tools is only if
 * those may be called again.
 */
export function isNatural(dialect: Dialect, isStream: boolean, body: Buffer, mayCall: boolean): boolean {
	if (dialect.embeddings !== undefined) return isFilled(parseObject(body.toString())?.[dialect.contentMember]);
	const read = readAnswer(dialect, isStream, body);
	if (read === undefined || read.hasFailed || read.response.choices.length === 0) return false;
	return read.response.choices.every(({ finish, parts }) => {
		if (parts.length === 0 || parts.some(({ type }) => type === "refusal")) return false;
		const calls = parts.some(({ type }) => type === "tool_call");
		if (calls && !mayCall) return false;
		return finish?.reason === "stop" || (finish?.reason === "tool_calls" && mayCall);
	});
}

/** Gemini's single vector is an object. */
function isFilled(vectors: unknown): boolean {
	return Array.isArray(vectors) ? vectors.length > 0 : typeof vectors === "object" && vectors !== null;
}
