/** Answers with an error status: which requests get one, and its headers and body. */
import type { LabRequest } from "./labRequest.js";
import type { LabModel } from "./modelName.js";

export interface Refusal {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

interface ErrorText {
	readonly message: string;
	readonly type: string;
	readonly param?: string | null;
	readonly code?: string | number | null;
}

/** An error in OpenAI's envelope. */
export function refusal(
	status: number,
	{ message, type, param = null, code = null }: ErrorText,
	headers: Readonly<Record<string, string>> = {},
): Refusal {
	const body = JSON.stringify({ error: { message, type, param, code } });
	return { status, headers: { "content-type": "application/json", ...headers }, body };
}

export function invalidRequest(status: number, message: string, code: string | null = null): Refusal {
	return refusal(status, { message, type: "invalid_request_error", code });
}

/** @returns the refusal of this request by its model's fault, if any. @param nowMs milliseconds since the epoch, for dates */
export function refusalOf(model: LabModel, request: LabRequest, nowMs: number): Refusal | undefined {
	const { fault, number, status, as } = model;
	if (fault === "error") return errorAnswer(number ?? 500, as);
	if (fault === "rate-limit") return rateLimit(model, nowMs);
	if (fault === "context-length" && request.promptTokens > (number ?? -1)) return contextLength(model, request);
	if (fault === "content-filter" && number !== undefined) return undefined;
	const text = texts[fault];
	return text && refusal(status ?? text.status, text);
}

const texts: Partial<Record<LabModel["fault"], ErrorText & { readonly status: number }>> = {
	"content-filter": {
		status: 400,
		message: "The response was filtered: the prompt triggered the content management policy.",
		type: "invalid_request_error",
		param: "prompt",
		code: "content_filter",
	},
	unauthorized: {
		status: 401,
		message: "Incorrect API key provided.",
		type: "invalid_request_error",
		code: "invalid_api_key",
	},
	forbidden: {
		status: 403,
		message: "You are not allowed to use this model.",
		type: "invalid_request_error",
		code: "permission_denied",
	},
	"not-found": {
		status: 404,
		message: "The model does not exist or you do not have access to it.",
		type: "invalid_request_error",
		code: "model_not_found",
	},
	"bad-request": {
		status: 400,
		message: "Invalid value for 'top_p': must be at most 1.",
		type: "invalid_request_error",
		param: "top_p",
		code: "invalid_value",
	},
	flap: { status: 503, message: "The lab's upstream is down for now.", type: "server_error", code: "unavailable" },
};

const typeOfStatus: Record<number, string> = {
	401: "authentication_error",
	403: "permission_error",
	429: "rate_limit_error",
	503: "overloaded_error",
	529: "overloaded_error",
};

function errorAnswer(status: number, as: string): Refusal {
	const message = `The lab answers with ${status}, as its model asked it to.`;
	const html = `<html><head><title>${status}</title></head><body><center>${message}</center></body></html>\n`;
	if (as === "html") return { status, headers: { "content-type": "text/html" }, body: html };
	if (as === "text") return { status, headers: { "content-type": "text/plain" }, body: message };
	if (as === "empty") return { status, headers: {}, body: "" };
	const type = typeOfStatus[status] ?? (status < 500 ? "invalid_request_error" : "server_error");
	return refusal(status, { message, type, code: status === 429 ? "rate_limit_exceeded" : null });
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
	const message = `Rate limit reached. Please try again in ${seconds}s.`;
	return refusal(status ?? 429, { message, type: "rate_limit_error", code: "rate_limit_exceeded" }, headers);
}

/** As OpenAI, vLLM (0.9: without an envelope) or llama.cpp's server reports it. */
function contextLength({ number, as, status = 400 }: LabModel, { promptTokens, limit }: LabRequest): Refusal {
	const most = number ?? Math.max(promptTokens - 1, 0);
	const completion = Number.isFinite(limit) ? limit : 0;
	const longest = `This model's maximum context length is ${most} tokens. However, `;
	if (as === "vllm") {
		const message = `${longest}you requested ${promptTokens + completion} tokens (${promptTokens} in the messages, ${completion} in the completion). Please reduce the length of the messages or completion.`;
		const body = JSON.stringify({ object: "error", message, type: "BadRequestError", param: null, code: status });
		return { status, headers: { "content-type": "application/json" }, body };
	}
	if (as === "llamacpp") {
		const error = {
			code: status,
			message: `request (${promptTokens} tokens) exceeds the available context size (${most} tokens), try increasing it`,
			type: "exceed_context_size_error",
			n_prompt_tokens: promptTokens,
			n_ctx: most,
		};
		return { status, headers: { "content-type": "application/json" }, body: JSON.stringify({ error }) };
	}
	return refusal(status, {
		message: `${longest}your messages resulted in ${promptTokens} tokens. Please reduce the length of the messages.`,
		type: "invalid_request_error",
		param: "messages",
		code: "context_length_exceeded",
	});
}

/** @returns the refusal of a final assistant message, if it is not accepted */
export function prefillRefusal({ prefill }: LabModel, request: LabRequest): Refusal | undefined {
	if (request.prefix === undefined) return undefined;
	if (prefill === "reject")
		return invalidRequest(400, "Assistant response prefill is not supported: the last message must be the user's.");
	if (prefill === "continue" && request.continues && request.addsGenerationPrompt)
		return invalidRequest(400, "Cannot set both `continue_final_message` and `add_generation_prompt` to True.");
	return undefined;
}
