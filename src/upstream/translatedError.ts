/** An upstream's refusal in the words of the client's dialect. */
import type { Dialect, ErrorFormat } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { errorJson } from "./errorJson.js";
import type { FaultKind } from "./fault.js";

export interface Refusal {
	readonly status: number;
	/** For the client. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Buffer;
}

/** What is said where the upstream has no words of its own. */
export interface FallbackError {
	readonly error: GatewayError;
	/** What it means, for which vendors have many words. */
	readonly kind: FaultKind;
}

/** OpenAI's codes, on which clients act. */
const usualCodes: Readonly<Partial<Record<FaultKind, string>>> = {
	context_length: "context_length_exceeded",
	quota: "insufficient_quota",
	rate_limited: "rate_limit_exceeded",
	content_filter: "content_filter",
	model_not_found: "model_not_found",
};

/** The body of an error response, with the upstream's own message where it can be found. */
export function errorBodyFor(
	client: Dialect,
	upstream: ErrorFormat,
	{ status, headers, body }: Refusal,
	{ error: fallback, kind, requestId }: FallbackError & { readonly requestId: string },
): Buffer {
	const json = errorJson(body);
	const detail = json && upstream.read(json, "status");
	const usual = usualCodes[kind] ?? fallback.code;
	const { code = usual, param = fallback.param } = detail ?? {};
	const delay = headers["retry-after"];
	const error = new GatewayError(status, detail?.message ?? fallback.message, {
		...(code === null ? {} : { code }),
		...(param === null ? {} : { param }),
		...(delay === undefined ? {} : { headers: { "retry-after": delay } }),
	});
	return Buffer.from(JSON.stringify(client.errors.body(error, requestId)));
}
