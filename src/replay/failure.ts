/** Errors on their way from one process to another. */
import { GatewayError } from "../errors/gatewayError.js";
import type { Failure } from "./messages.js";

export function failureOf({ status, message, code, param, headers }: GatewayError): Failure {
	return { status, message, code, param, headers };
}

export function errorOf({ status, message, code, param, headers }: Failure): GatewayError {
	return new GatewayError(status, message, {
		headers,
		...(code === null ? {} : { code }),
		...(param === null ? {} : { param }),
	});
}

/** A client wants to go on with an answer that is not there. Sent again without `last-event-id`, the request is answered anew. */
export function notKept(): GatewayError {
	return new GatewayError(410, "The answer that this Last-Event-ID belongs to is not kept any more, or never was.", {
		code: "answer_not_kept",
		param: "last-event-id",
		headers: { "x-should-retry": "false" },
	});
}

/** @param header that belongs to another request of the same caller */
export function otherRequest(header: string): GatewayError {
	return new GatewayError(422, `This ${names[header] ?? header} belongs to another request. Send each with its own.`, {
		code: "idempotency_key_reused",
		param: header,
		headers: { "x-should-retry": "false" },
	});
}

const names: Readonly<Record<string, string>> = {
	"idempotency-key": "Idempotency-Key",
	"last-event-id": "Last-Event-ID",
};

/** A client takes an answer that is too large to be kept more slowly than it comes. */
export function tooSlow(): GatewayError {
	return new GatewayError(503, "The rest of this answer was not held, since it was taken too slowly.", {
		code: "answer_not_held",
	});
}

const lostCode = "answer_lost";

/** Nothing is known of the request itself: whoever has got nothing of the answer may ask anew. */
export function isLost(failure: unknown): boolean {
	return failure instanceof GatewayError && failure.code === lostCode;
}

/** Whoever was giving the answer is no more, or can't give it to others. */
export function lost(): GatewayError {
	return new GatewayError(503, "The answer to this request was lost on its way. Send the request again.", {
		code: lostCode,
		headers: { "retry-after": "1" },
	});
}
