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

export function notFinished(id: string): GatewayError {
	return new GatewayError(400, `Previous response with id '${id}' is not finished yet.`, {
		code: "previous_response_not_finished",
		param: "previous_response_id",
	});
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
