/** Errors of OpenAI's responses: OpenAI's envelope, and in a stream `response.failed`. */
import type { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { ErrorDetail, ErrorFormat, Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { detailOf, errorIn } from "../openai/errorDetail.js";

/** Larger than the number of any event before: what fails or is cut is the last one, and counts none itself. */
export const lastSequenceNumber = 0x7fff_ffff;

export const errors: ErrorFormat = {
	body: (error) => ({ ...error.envelope() }),
	event: (error) => sseBytes(JSON.stringify(failedEvent(error)), "response.failed"),
	read: (json, place) => {
		if (place === "status") return detailOf(json);
		return place === "event" ? errorOfEvent(json) : errorIn(json, "output");
	},
};

/** Codex asks again, and SDKs tell by the code whether to. */
function failedEvent({ status, code, message }: GatewayError): Json {
	const known = status === 429 ? "rate_limit_exceeded" : status >= 500 ? "server_error" : (code ?? "invalid_prompt");
	const response = {
		id: "",
		object: "response",
		created_at: Math.floor(Date.now() / 1000),
		status: "failed",
		error: { code: known, message },
		incomplete_details: null,
		model: "",
		output: [],
		usage: null,
	};
	return { type: "response.failed", sequence_number: lastSequenceNumber, response };
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
