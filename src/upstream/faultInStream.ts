/** The fault of an attempt whose client has been sent the head of a stream: an event in place of a response. */
import type { Dialect, ErrorDetail } from "../dialects/dialect.js";
import { openaiErrors } from "../dialects/openai/errors.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import type { Fault } from "./fault.js";

/** Clients of an operation without a dialect know OpenAI's errors. */
const usualErrors = openaiErrors("choices");

/** In the upstream's own words, where those are an error that the client's dialect knows. */
export function faultInStream(fault: Fault, dialect: Dialect | undefined): Fault {
	const { event, response } = fault;
	const json = event === undefined && response !== undefined ? parseObject(response.body.toString()) : undefined;
	if (response === undefined || json === undefined) return fault;
	const { eventOf, read } = dialect?.errors ?? usualErrors;
	const own = eventOf?.(json);
	if (own !== undefined) return { ...fault, event: own };
	const detail = read(json, "status");
	return detail === undefined ? fault : { ...fault, error: errorOf(detail, response.head.status, fault.error) };
}

/** An upstream's error, as one that any dialect can write. */
export function errorOf({ message, code }: ErrorDetail, status: number, fallback: GatewayError): GatewayError {
	const named = code ?? fallback.code;
	return new GatewayError(status, message ?? fallback.message, named === null ? {} : { code: named });
}
