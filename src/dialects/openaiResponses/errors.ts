/** Errors of OpenAI's responses: OpenAI's envelope, and in a stream `response.failed`. */
import type { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { endOfEvent, eventData, hasCarriageReturn } from "../../streaming/eventFraming.js";
import { noBytes, type Piece } from "../../streaming/piece.js";
import type { SentEvents } from "../../streaming/responseStream.js";
import type { ErrorDetail, ErrorFormat, Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { detailOf, errorIn } from "../openai/errorDetail.js";
import { eventBytes } from "./wireBytes.js";

export const errors: ErrorFormat = {
	body: (error) => ({ ...error.envelope() }),
	event: (error) => eventBytes(failedEvent(error, { number: 0 })),
	follow: () => new SentEnd(),
	read: (json, place) => {
		if (place === "status") return detailOf(json);
		return place === "event" ? errorOfEvent(json) : errorIn(json, "output");
	},
};

/** Where a stream is that fails. */
export interface FailedAt {
	/** Of the event that says so. */
	readonly number: number;
	/** What the response has said of itself. */
	readonly response?: Json | undefined;
}

/** Codes on which clients act, and ask no more in vain. */
const knownCodes: ReadonlySet<string> = new Set([
	"context_length_exceeded",
	"insufficient_quota",
	"rate_limit_exceeded",
	"usage_not_included",
]);

/** Codex asks again, and SDKs tell by the code whether to. */
export function failedEvent({ status, code, message }: GatewayError, { number, response: said }: FailedAt): Json {
	const usual = status === 429 ? "rate_limit_exceeded" : status >= 500 ? "server_error" : (code ?? "invalid_prompt");
	const response = {
		id: "",
		object: "response",
		created_at: Math.floor(Date.now() / 1000),
		model: "",
		output: [],
		...said,
		status: "failed",
		error: { code: code !== null && knownCodes.has(code) ? code : usual, message },
		incomplete_details: null,
		usage: null,
	};
	return { type: "response.failed", sequence_number: number, response };
}

const comment = 0x3a;
/** The response's id, after no more than plain values. */
const responseId = /"response":\s*\{(?:\s*"[^"\\]*":\s*(?:"[^"\\]*"|[\w.+-]+)\s*,)*\s*"id":\s*"([^"\\]+)"/;

/** So many bytes of the first event hold the response's id, and mostly its model. */
const enough = 1024;

/** The end of a stream as its client has been sent it. */
class SentEnd implements SentEvents {
	#beginning: string | undefined;
	#last: Buffer = noBytes;

	note({ bytes }: Piece): void {
		if (bytes.length === 0 || bytes[0] === comment) return;
		this.#beginning ??= bytes.toString("utf8", 0, enough);
		this.#last = bytes;
	}

	errorEvent(error: GatewayError): Buffer {
		const beginning = this.#beginning ?? "";
		const id = responseId.exec(beginning)?.[1];
		const model = /"model":\s*"([^"\\]+)"/.exec(beginning)?.[1];
		const response = id === undefined ? undefined : { id, ...(model === undefined ? {} : { model }) };
		return eventBytes(failedEvent(error, { number: numberAfter(this.#last), response }));
	}
}

/** @param bytes end with the last event that was sent */
function numberAfter(bytes: Buffer): number {
	const hasCr = hasCarriageReturn(bytes);
	let number = -1;
	for (let at = 0; at < bytes.length; ) {
		const end = endOfEvent(bytes, at, hasCr);
		const data = eventData(bytes, at, end, hasCr);
		const json = data === undefined ? undefined : parseObject(data);
		if (typeof json?.sequence_number === "number") number = json.sequence_number;
		at = end;
	}
	return number + 1;
}

/** The words of an event that ends its stream as failed; undefined for any other. */
export function errorOfEvent(json: Json): ErrorDetail | undefined {
	const { type, response } = json;
	if (type === "response.failed") {
		const error = isObject(response) && isObject(response.error) ? response.error : {};
		return ofMember(error);
	}
	if (type === "error") return ofMember(isObject(json.error) ? json.error : json);
	if (isObject(json.error) || typeof json.error === "string") return errorIn(json);
	// Some have an event without any type.
	return type === undefined ? errorIn(json) : undefined;
}

function ofMember(error: Json): ErrorDetail {
	const { type: _type, ...detail } = detailOf({ error: { ...error, type: undefined } }) as ErrorDetail & {
		type?: never;
	};
	const code = textIn(error.code) || undefined;
	return { ...detail, status: detail.status ?? statusOfCode(code), isWellFormed: true, code };
}

/** Codes that say whether another attempt makes sense. */
function statusOfCode(code: string | undefined): number | undefined {
	if (code === "rate_limit_exceeded") return 429;
	if (code === "server_error") return 500;
	return undefined;
}
