/** Anthropic's error envelope, `{"type":"error","error":{"type","message"},"request_id"}`. */
import type { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { ErrorDetail, ErrorFormat, Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { detailOf, errorIn } from "../openai/errorDetail.js";

const typeOfStatus: Readonly<Record<number, string>> = {
	401: "authentication_error",
	402: "billing_error",
	403: "permission_error",
	404: "not_found_error",
	413: "request_too_large",
	429: "rate_limit_error",
	503: "overloaded_error",
	504: "timeout_error",
	529: "overloaded_error",
};

/** The type that Anthropic gives to errors with this status. */
export function errorTypeOf(status: number): string {
	return typeOfStatus[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}

const statusOfType: ReadonlyMap<string, number> = new Map([
	["invalid_request_error", 400],
	["authentication_error", 401],
	["billing_error", 402],
	["permission_error", 403],
	["not_found_error", 404],
	["request_too_large", 413],
	["rate_limit_error", 429],
	["api_error", 500],
	["timeout_error", 504],
	["overloaded_error", 529],
]);

/** @param contentMember what every whole answer of the dialect has */
export function anthropicErrors(contentMember: string): ErrorFormat {
	return {
		body: errorBody,
		event: (error, requestId) => sseBytes(JSON.stringify(inStream(errorBody(error, requestId), error)), "error"),
		eventOf: (body) =>
			body.type === "error" && isObject(body.error) ? sseBytes(JSON.stringify(body), "error") : undefined,
		// SDKs name it in their errors, and their users to whoever is to look for it.
		headers: (requestId) => ({ "request-id": requestId }),
		read(json, place) {
			const detail =
				place === "status" ? detailOf(json) : errorIn(json, place === "answer" ? contentMember : undefined);
			return detail && withStatus(detail, json);
		},
	};
}

/** A stream has no status: by the type alone clients decide whether to ask again, and know these two for that. */
function inStream(body: Json, { status }: GatewayError): Json {
	const type = status >= 500 && errorTypeOf(status) !== "overloaded_error" ? "api_error" : undefined;
	return type === undefined ? body : { ...body, error: { ...(body.error as Json), type } };
}

/** Claude Code compacts a conversation at these words; in the message, since it knows no code for that. */
const tooLong = "capability_rejected: prompt_too_long";

/** The gateway's own code, which Anthropic's envelope has no place for, stands in `details.error_code`. */
function errorBody(error: GatewayError, requestId?: string): Json {
	const { status, message, code, hint } = error;
	return {
		type: "error",
		error: {
			type: errorTypeOf(status),
			message: code === "context_length_exceeded" ? `${message} (${tooLong})` : message,
			...(code === null ? {} : { details: { error_code: code } }),
			...(hint === undefined ? {} : { hint }),
		},
		...(requestId === undefined ? {} : { request_id: requestId }),
	};
}

/** Anthropic names no status, but its types have one each; codes stand in its details. */
function withStatus(detail: ErrorDetail, { type, error }: Json): ErrorDetail {
	if (type !== "error" || !isObject(error)) return detail;
	const code = isObject(error.details) ? textIn(error.details.error_code) || undefined : undefined;
	return { ...detail, code: detail.code ?? code, status: detail.status ?? statusOfType.get(textIn(error.type)) };
}
