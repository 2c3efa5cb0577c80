/** Errors of an API that stands before a model's own: they come in its words, though the model's dialect has others. */
import type { Dialect } from "../dialects/dialect.js";
import type { Front } from "../providers/provider.js";
import { errorJson } from "./errorJson.js";
import type { Fault } from "./fault.js";
import { errorBodyFor } from "./translatedError.js";

/** The same fault, in the words of the dialect that client and upstream speak. */
export function inOwnDialect(fault: Fault, dialect: Dialect, front: Front, requestId: string): Fault {
	const { response, error, kind } = fault;
	const json = response && errorJson(response.body);
	if (response === undefined || json === undefined) return fault;
	const { status, headers } = response.head;
	const body = front.isForeign(json, dialect)
		? errorBodyFor(dialect, front.errors, { status, headers, body: response.body }, { error, kind, requestId })
		: Buffer.from(JSON.stringify(json));
	const named = { ...headers, ...dialect.errors.headers?.(requestId), "content-type": "application/json" };
	return { ...fault, response: { head: { ...response.head, headers: named, contentLength: body.length }, body } };
}
