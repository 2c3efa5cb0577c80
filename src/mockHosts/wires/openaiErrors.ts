/** Errors in OpenAI's envelope, and in those of servers that follow it. */
import type { ErrorAnswer, WireError } from "./wire.js";

const typeOfStatus: Readonly<Record<number, string>> = {
	401: "authentication_error",
	403: "permission_error",
	429: "rate_limit_error",
	503: "overloaded_error",
	529: "overloaded_error",
};

export function openaiError(error: WireError): ErrorAnswer {
	const { status, kind, as } = error;
	if (kind === "context-length" && as === "vllm") return { status, body: vllmContext(error) };
	if (kind === "context-length" && as === "llamacpp") return { status, body: { error: llamaContext(error) } };
	return { status, body: openaiBody(error) };
}

export function openaiBody({ message, type, param = null, code = null, status, tokens }: WireError): object {
	const usualType = typeOfStatus[status] ?? (status < 500 ? "invalid_request_error" : "server_error");
	const text =
		tokens === undefined
			? message
			: `${longest(tokens.most)}your messages resulted in ${tokens.prompt} tokens. Please reduce the length of the messages.`;
	return { error: { message: text, type: type ?? usualType, param, code } };
}

function longest(most: number): string {
	return `This model's maximum context length is ${most} tokens. However, `;
}

/** vLLM 0.9: without an envelope. */
function vllmContext({ status, tokens = { prompt: 0, completion: 0, most: 0 } }: WireError): object {
	const { prompt, completion, most } = tokens;
	const message = `${longest(most)}you requested ${prompt + completion} tokens (${prompt} in the messages, ${completion} in the completion). Please reduce the length of the messages or completion.`;
	return { object: "error", message, type: "BadRequestError", param: null, code: status };
}

function llamaContext({ status, tokens = { prompt: 0, completion: 0, most: 0 } }: WireError): object {
	const { prompt, most } = tokens;
	return {
		code: status,
		message: `request (${prompt} tokens) exceeds the available context size (${most} tokens), try increasing it`,
		type: "exceed_context_size_error",
		n_prompt_tokens: prompt,
		n_ctx: most,
	};
}
