/** Google's error envelope, `{"error":{"code","message","status","details"}}`, in which `RetryInfo` says when to ask again. */
import type { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { ErrorDetail, ErrorFormat, Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { detailOf, errorIn } from "../openai/errorDetail.js";

/** By HTTP status, the words of `google.rpc.Code`. */
const wordOfStatus: Readonly<Record<number, string>> = {
	401: "UNAUTHENTICATED",
	403: "PERMISSION_DENIED",
	404: "NOT_FOUND",
	409: "ABORTED",
	412: "FAILED_PRECONDITION",
	429: "RESOURCE_EXHAUSTED",
	499: "CANCELLED",
	501: "UNIMPLEMENTED",
	502: "UNAVAILABLE",
	503: "UNAVAILABLE",
	504: "DEADLINE_EXCEEDED",
};

const typePrefix = "type.googleapis.com/google.rpc.";

/** @param contentMember what every whole answer of the dialect has */
export function geminiErrors(contentMember: string): ErrorFormat {
	return {
		body: errorBody,
		event: (error) => sseBytes(JSON.stringify(errorBody(error))),
		read(json, place) {
			if (place === "answer" && isAnswer(json)) return undefined;
			const detail =
				place === "status" ? detailOf(json) : errorIn(json, place === "answer" ? contentMember : undefined);
			return detail && withWords(detail, json);
		},
	};
}

/** A prompt that was blocked has no candidates, and is an answer all the same. */
function isAnswer({ error, promptFeedback, usageMetadata }: Json): boolean {
	return error === undefined && (isObject(promptFeedback) || isObject(usageMetadata));
}

/** The gateway's own code stands in `ErrorInfo`, as Google's reasons do. */
export function errorBody(error: GatewayError): Json {
	const { status, message, code, hint, headers } = error;
	const seconds = Number(headers["retry-after"] ?? Number.NaN);
	const details = [
		...(code === null ? [] : [{ "@type": `${typePrefix}ErrorInfo`, reason: code.toUpperCase(), domain: "llmgw" }]),
		...(Number.isFinite(seconds) ? [{ "@type": `${typePrefix}RetryInfo`, retryDelay: `${seconds}s` }] : []),
		...(hint === undefined ? [] : [{ "@type": `${typePrefix}LocalizedMessage`, locale: "en", message: hint }]),
	];
	return {
		error: {
			code: status,
			message,
			status: wordOfStatus[status] ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL"),
			...(details.length > 0 ? { details } : {}),
		},
	};
}

function withWords(detail: ErrorDetail, { error }: Json): ErrorDetail {
	if (!isObject(error)) return detail;
	const details = listIn(error.details).filter(isObject);
	const info = details.find((one) => textIn(one["@type"]).endsWith("google.rpc.ErrorInfo"));
	return {
		...detail,
		kind: textIn(error.status) || detail.kind,
		code: textIn(info?.reason) || detail.code,
	};
}
