/** Answers with an error status: which requests get one, in the words of OpenAI; each wire format has its own for the kinds. */
import type { ErrorKind, Question, WireError } from "../wires/wire.js";
import type { LabModel } from "./modelName.js";

/** An error as the wire format writes it, or a body that is none of its errors. */
export interface Refusal {
	readonly error?: WireError;
	readonly headers?: Readonly<Record<string, string>>;
	readonly plain?: { readonly status: number; readonly contentType: string | undefined; readonly body: string };
}

export function invalidRequest(status: number, message: string, code: string | null = null): WireError {
	const kind = status === 404 ? (code === null ? "not-found" : "model-not-found") : "invalid";
	return { kind, status, message, type: "invalid_request_error", code };
}

/** @returns the refusal of this request by its model's fault, if any. @param nowMs milliseconds since the epoch, for dates */
export function refusalOf(model: LabModel, question: Question, nowMs: number): Refusal | undefined {
	const { fault, number, status, as } = model;
	if (fault === "error") return errorAnswer(number ?? 500, as);
	if (fault === "rate-limit") return rateLimit(model, nowMs);
	if (fault === "context-length" && question.promptTokens > (number ?? -1)) return contextLength(model, question);
	if (fault === "content-filter" && number !== undefined) return undefined;
	const text = texts[fault];
	if (text === undefined) return undefined;
	return { error: { ...text, status: status ?? text.status, isChosen: status !== undefined } };
}

const texts: Partial<Record<LabModel["fault"], WireError>> = {
	"content-filter": {
		kind: "content-filter",
		status: 400,
		message: "The response was filtered: the prompt triggered the content management policy.",
		type: "invalid_request_error",
		param: "prompt",
		code: "content_filter",
	},
	unauthorized: {
		kind: "unauthorized",
		status: 401,
		message: "Incorrect API key provided.",
		type: "invalid_request_error",
		code: "invalid_api_key",
	},
	forbidden: {
		kind: "forbidden",
		status: 403,
		message: "You are not allowed to use this model.",
		type: "invalid_request_error",
		code: "permission_denied",
	},
	"not-found": {
		kind: "model-not-found",
		status: 404,
		message: "The model does not exist or you do not have access to it.",
		type: "invalid_request_error",
		code: "model_not_found",
	},
	"bad-request": {
		kind: "invalid",
		status: 400,
		message: "Invalid value for 'top_p': must be at most 1.",
		type: "invalid_request_error",
		param: "top_p",
		code: "invalid_value",
	},
	flap: {
		kind: "unavailable",
		status: 503,
		message: "The lab's upstream is down for now.",
		type: "server_error",
		code: "unavailable",
	},
};

/** An error in the middle of an answer. */
export const lateError: WireError = {
	kind: "other",
	status: 500,
	message: "The lab's engine died in mid-answer.",
	type: "server_error",
	code: "engine_dead",
};

const kindOfStatus: Readonly<Record<number, ErrorKind>> = {
	401: "unauthorized",
	403: "forbidden",
	413: "too-large",
	429: "rate-limit",
	503: "unavailable",
	529: "unavailable",
};

function errorAnswer(status: number, as: string): Refusal {
	const message = `The lab answers with ${status}, as its model asked it to.`;
	const html = `<html><head><title>${status}</title></head><body><center>${message}</center></body></html>\n`;
	if (as === "html") return { plain: { status, contentType: "text/html", body: html } };
	if (as === "text") return { plain: { status, contentType: "text/plain", body: message } };
	if (as === "empty") return { plain: { status, contentType: undefined, body: "" } };
	const code = status === 429 ? "rate_limit_exceeded" : null;
	return { error: { kind: kindOfStatus[status] ?? "other", status, message, code, isChosen: true } };
}

function rateLimit({ number, as, status }: LabModel, nowMs: number): Refusal {
	const seconds = number ?? 1;
	const isDate = as === "date";
	const headers = {
		// A date has whole seconds: the first one after the wait.
		...(isDate && { "retry-after": new Date(Math.ceil(nowMs / 1000 + seconds) * 1000).toUTCString() }),
		...((as === "both" || as === "seconds") && { "retry-after": String(Math.ceil(seconds)) }),
		...((as === "both" || as === "ms") && { "retry-after-ms": String(Math.ceil(seconds * 1000)) }),
	};
	return {
		headers,
		error: {
			kind: "rate-limit",
			status: status ?? 429,
			message: `Rate limit reached. Please try again in ${seconds}s.`,
			type: "rate_limit_error",
			code: "rate_limit_exceeded",
			retrySeconds: seconds,
		},
	};
}

function contextLength({ number, as, status = 400 }: LabModel, { promptTokens, limit }: Question): Refusal {
	const most = number ?? Math.max(promptTokens - 1, 0);
	return {
		error: {
			kind: "context-length",
			status,
			message: `The prompt has ${promptTokens} tokens, and may have ${most}.`,
			type: "invalid_request_error",
			param: "messages",
			code: "context_length_exceeded",
			tokens: { prompt: promptTokens, completion: Number.isFinite(limit) ? limit : 0, most },
			as,
		},
	};
}

/** @returns the refusal of a final assistant message, if it is not accepted */
export function prefillRefusal({ prefill }: LabModel, question: Question): Refusal | undefined {
	if (question.prefix === undefined) return undefined;
	if (prefill === "reject")
		return {
			error: invalidRequest(400, "Assistant response prefill is not supported: the last message must be the user's."),
		};
	if (prefill === "continue" && question.continues && question.addsGenerationPrompt)
		return {
			error: invalidRequest(400, "Cannot set both `continue_final_message` and `add_generation_prompt` to True."),
		};
	return undefined;
}
