/** Bedrock's errors: the name of the exception stands in a header, or in that of a frame. */
import type { ErrorAnswer, WireError } from "../wire.js";

const nameOfStatus: Readonly<Record<number, string>> = {
	403: "AccessDeniedException",
	404: "ResourceNotFoundException",
	408: "ModelTimeoutException",
	424: "ModelErrorException",
	429: "ThrottlingException",
	503: "ServiceUnavailableException",
};

export function bedrockError(error: WireError): ErrorAnswer {
	const { kind, isChosen = false, tokens } = error;
	// Whoever can't be recognized is forbidden.
	const status = kind === "unauthorized" && !isChosen ? 403 : error.status;
	const name = kind === "unauthorized" ? "UnrecognizedClientException" : nameOf(status);
	const text =
		tokens === undefined
			? (messageOfKind[kind] ?? error.message)
			: `The model returned the following errors: prompt is too long: ${tokens.prompt} tokens > ${tokens.most} maximum`;
	return {
		status,
		headers: { "x-amzn-errortype": `${name}:http://internal.amazon.com/coral/` },
		body: { message: text },
	};
}

function nameOf(status: number): string {
	return nameOfStatus[status] ?? (status < 500 ? "ValidationException" : "InternalServerException");
}

const messageOfKind: Partial<Record<WireError["kind"], string>> = {
	unauthorized: "The security token included in the request is invalid.",
	"rate-limit": "Too many requests, please wait before trying again.",
};

/** In a stream its name begins in lower case. @returns the exception's name, and its payload */
export function bedrockException(error: WireError): { name: string; body: object } {
	const name = nameOf(error.status);
	return { name: name.slice(0, 1).toLowerCase() + name.slice(1), body: { message: error.message } };
}
