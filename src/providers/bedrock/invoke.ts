/**
 * Anthropic's Messages as Bedrock carries them (InvokeModel): without `model` and `stream`, which the path says, with a version
 * and betas in the body, and with each event of a stream in a frame of its own.
 */
import { anthropicErrors } from "../../dialects/anthropicMessages/errors.js";
import { detailOfException, exceptionIn, messageIn } from "../../dialects/bedrockConverse/exceptions.js";
import { type FramedEvent, framesAs, oneLine } from "../../dialects/bedrockConverse/frames.js";
import type { ErrorDetail, ErrorFormat, Json, RefusedAnswer } from "../../dialects/dialect.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { type BodyBytes, piecesOf } from "../../json/bodyBytes.js";
import { editMembers } from "../../json/editMembers.js";
import { isObject } from "../../json/isObject.js";
import { findMember } from "../../json/jsonMember.js";
import { parseObject } from "../../json/parseObject.js";
import { isFramed } from "../../streaming/binaryFrames.js";
import type { Carriage, CarriedRequest } from "../carriage.js";
import { acceptedBetas } from "./betas.js";

const version = "bedrock-2023-05-31";
const errors = anthropicErrors("content");

/** @param betas beside those that Bedrock is known to take */
export function invokeCarriage(betas: readonly string[]): Carriage {
	return {
		isOwnForm: true,
		body: (request) => invokeBody(request, betas),
		decoder(contentType) {
			return isFramed(contentType) ? { isStream: true, ...framesAs(writeEvent) } : undefined;
		},
		refused: refusedAs(errors),
	};
}

/** Counts of tokens: the same body in another one, and the count under another name. */
export function countCarriage(betas: readonly string[]): Carriage {
	return {
		isOwnForm: true,
		body(request) {
			const inner = Buffer.concat(piecesOf(withOutputBound(invokeBody(request, betas))));
			const input = { invokeModel: { body: inner.toString("base64") } };
			return { bytes: Buffer.from(JSON.stringify({ input })) };
		},
		decoder: () => wholeAs(({ inputTokens }) => ({ input_tokens: inputTokens })),
		refused: refusedAs(errors),
	};
}

/** An error of AWS's form in that of a dialect; one that has the dialect's stays what it is. */
export function refusedAs({ body }: ErrorFormat): NonNullable<ErrorFormat["meant"]> {
	return (answer: RefusedAnswer) => {
		const detail = exceptionIn(answer);
		if (detail === undefined) return answer;
		const error = errorOf(detail, answer.status);
		return { ...answer, status: error.status, body: Buffer.from(JSON.stringify(body(error))) };
	};
}

function errorOf({ status, message, kind, code }: ErrorDetail, usual: number): GatewayError {
	const words = message ?? `Bedrock answered with ${kind ?? `status ${status ?? usual}`}.`;
	return new GatewayError(status ?? usual, words, code === undefined ? {} : { code });
}

function invokeBody({ body, headers, dropped }: CarriedRequest, more: readonly string[]): BodyBytes {
	const given = memberOf(body, "anthropic_version");
	const named = [...listed(headers["anthropic-beta"]), ...listed(memberOf(body, "anthropic_beta"))];
	const betas = acceptedBetas(named, more, dropped);
	const edits: [string, unknown][] = [
		["model", undefined],
		["stream", undefined],
		["anthropic_version", typeof given === "string" ? given : version],
		["anthropic_beta", betas.length === 0 ? undefined : betas],
	];
	return editMembers(body, new Map(edits));
}

/** A member of the body's object. It was parsed before, so that it is JSON. */
function memberOf(body: BodyBytes, name: string): unknown {
	const pieces = piecesOf(body);
	const quoted = Buffer.from(JSON.stringify(name));
	// Nearly no body has it, and most are found to have none without being read.
	if (!pieces.some((piece) => piece.includes(quoted))) return undefined;
	const bytes = pieces.length === 1 ? body.bytes : Buffer.concat(pieces);
	const span = findMember(bytes, { start: 0, end: bytes.length }, quoted, true);
	return span && JSON.parse(bytes.toString("utf8", span.start, span.end));
}

/** A header's values, or a list's. */
function listed(value: unknown): string[] {
	const texts = Array.isArray(value) ? value : [value];
	return texts
		.flatMap((text) => (typeof text === "string" ? text.split(",") : []))
		.map((name) => name.trim())
		.filter((name) => name !== "");
}

/** InvokeModel demands a bound of the answer, which a request for a count need not have, and more than is thought. */
function withOutputBound(body: BodyBytes): BodyBytes {
	if (memberOf(body, "max_tokens") !== undefined) return body;
	const thinking = memberOf(body, "thinking");
	const budget = isObject(thinking) && typeof thinking.budget_tokens === "number" ? thinking.budget_tokens : 0;
	return editMembers(body, new Map([["max_tokens", budget + 1]]));
}

/** `{"bytes": "…"}` holds the data of one event; an exception ends the stream. */
function writeEvent({ isException, name, value }: FramedEvent): string {
	const content = parseObject(value) ?? {};
	if (isException) return errors.event(errorOf(detailOfException(name, messageIn(content)), 502)).toString();
	if (typeof content.bytes !== "string") return "";
	const data = oneLine(Buffer.from(content.bytes, "base64").toString());
	return `event: ${typeOf(data)}\ndata: ${data}\n\n`;
}

/** Nearly all events begin with it. */
function typeOf(data: string): string {
	const [, first] = /^\{"type":"(\w+)"/.exec(data) ?? [];
	return first ?? String(parseObject(data)?.type ?? "message");
}

const maxWholeBytes = 1024 * 1024;

/** A short answer that is changed once it is whole. */
function wholeAs(change: (json: Json) => Json) {
	const pieces: Buffer[] = [];
	let bytes = 0;
	return {
		isStream: false,
		push(chunk: Buffer): Buffer {
			bytes += chunk.length;
			if (bytes > maxWholeBytes) throw new Error("the answer is longer than any of its kind");
			pieces.push(chunk);
			return Buffer.alloc(0);
		},
		end(): Buffer {
			const whole = Buffer.concat(pieces);
			const json = parseObject(whole.toString());
			return json === undefined ? whole : Buffer.from(JSON.stringify(change(json)));
		},
	};
}
