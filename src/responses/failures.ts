/** What goes wrong with responses that go on from others, in the vendor's words where it has any. */
import { GatewayError } from "../errors/gatewayError.js";

export function previousNotFound(id: string): GatewayError {
	return new GatewayError(400, `Previous response with id '${id}' not found.`, {
		code: "previous_response_not_found",
		param: "previous_response_id",
	});
}

export function earlierNotFound(id: string, missing: string): GatewayError {
	return new GatewayError(
		400,
		`Previous response with id '${id}' goes on from '${missing}', which was not found: it has been deleted, or was kept for too long.`,
		{ code: "previous_response_not_found", param: "previous_response_id" },
	);
}

export function notFinished(id: string, status: string): GatewayError {
	return new GatewayError(
		400,
		`Previous response with id '${id}' is not finished yet: its status is ${status}. Go on from it once it is completed.`,
		{ code: "previous_response_not_finished", param: "previous_response_id" },
	);
}

/** It has ended with nothing that could be gone on from. */
export function previousUnanswered(id: string, status: string): GatewayError {
	return new GatewayError(
		400,
		`Previous response with id '${id}' can't be gone on from: its status is ${status}, and nothing of it is kept.`,
		{ code: "previous_response_not_found", param: "previous_response_id" },
	);
}

/** For whoever reads the events of a response in the background that is cancelled. */
export function cancelled(): GatewayError {
	return new GatewayError(409, "The response was cancelled.", { code: "response_cancelled" });
}

export function itemNotFound(id: string): GatewayError {
	return new GatewayError(400, `Item with id '${id}' not found.`, { code: "item_not_found", param: "input" });
}

export function keptElsewhere(previous: string): GatewayError {
	const message = `Previous response with id '${previous}' is kept by another upstream than those of this model: go on with a model that is served there.`;
	return new GatewayError(400, message, { code: "previous_response_elsewhere", param: "model" });
}

export function mutuallyExclusive(): GatewayError {
	const message = "Mutually exclusive parameters: 'conversation' and 'previous_response_id'. Give only one of them.";
	return new GatewayError(400, message, { code: "mutually_exclusive_parameters", param: "previous_response_id" });
}

export function nothingKept(): GatewayError {
	const message =
		"'previous_response_id' needs responses that are kept, and neither this gateway nor the upstream keeps any: send the whole conversation in 'input'.";
	return new GatewayError(400, message, { code: "unsupported_by_upstream", param: "previous_response_id" });
}

/** @param param what it goes on from */
export function threadTooLarge(maxBytes: number, param: "conversation" | "previous_response_id"): GatewayError {
	const earlier = param === "conversation" ? "the items of its conversation" : "the responses that it goes on from";
	const message = `With ${earlier}, the body is larger than ${maxBytes} bytes.`;
	return new GatewayError(413, message, { code: "body_too_large", param });
}
