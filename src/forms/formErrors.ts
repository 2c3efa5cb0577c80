/** Refusals of multipart bodies. */
import { GatewayError } from "../errors/gatewayError.js";

export function wrongForm(message: string, param?: string, cause?: unknown): GatewayError {
	return new GatewayError(400, message, { code: "invalid_body", cause, ...(param === undefined ? {} : { param }) });
}

export function givenTwice(name: string): GatewayError {
	return new GatewayError(400, `Duplicate parameter: '${name}' may be given only once.`, {
		code: "duplicate_parameter",
		param: name,
	});
}

export function formTooLarge(message: string, code = "body_too_large"): GatewayError {
	return new GatewayError(413, message, { code });
}
