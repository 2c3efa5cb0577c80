/** An upstream's refusal in the words of the client's dialect. */
import type { Dialect } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";

export interface Refusal {
	readonly status: number;
	/** For the client. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Buffer;
}

/** What is said where the upstream has no words of its own. */
export interface FallbackError {
	readonly error: GatewayError;
	/** The prompt is too long for the model, for which vendors have many words. */
	readonly isTooLong: boolean;
}

/** The body of an error response, with the upstream's own message where it can be found. */
export function errorBodyFor(
	client: Dialect,
	upstream: Dialect,
	{ status, headers, body }: Refusal,
	{ error: fallback, isTooLong, requestId }: FallbackError & { readonly requestId: string },
): Buffer {
	const json = parseObject(body.toString());
	const detail = json && upstream.errors.read(json, "status");
	const usual = isTooLong ? "context_length_exceeded" : fallback.code;
	const { code = usual, param = fallback.param } = detail ?? {};
	const delay = headers["retry-after"];
	const error = new GatewayError(status, detail?.message ?? fallback.message, {
		...(code === null ? {} : { code }),
		...(param === null ? {} : { param }),
		...(delay === undefined ? {} : { headers: { "retry-after": delay } }),
	});
	return Buffer.from(JSON.stringify(client.errors.body(error, requestId)));
}
