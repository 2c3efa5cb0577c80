/** The gateway's error: what a client gets when a request is refused or fails. */

/** Marks GatewayErrors of every copy of this module, since a plugin may bring its own. */
const brand = Symbol.for("llmgw.GatewayError");

/** The error envelope of the OpenAI API: every error response of the gateway has this shape. */
export interface ErrorEnvelope {
	error: { message: string; type: string; param: string | null; code: string | null; hint?: string };
}

/** OpenAI's error types by status; any other status below 500 is an invalid request, any other one an API error. */
const typeOfStatus: Record<number, string> = {
	401: "authentication_error",
	403: "permission_error",
	429: "rate_limit_error",
	500: "api_error",
	502: "upstream_error",
	503: "overloaded_error",
	504: "timeout_error",
	529: "overloaded_error",
};

export interface GatewayErrorDetails {
	code?: string;
	param?: string;
	/** Advice for the gateway's operator. */
	hint?: string | undefined;
	/** Response headers that belong to the error, such as `allow` or `retry-after`. */
	headers?: Record<string, string>;
	/** Close the connection after the response, because the request's framing can't be trusted. */
	closeConnection?: boolean;
	cause?: unknown;
}

/**
 * An error with a message for the person who will read it.
 *
 * Thrown where the problem is detected; `middleware/errors.ts` turns it into the response.
 */
export class GatewayError extends Error {
	readonly [brand] = true;
	readonly status: number;
	readonly type: string;
	readonly code: string | null;
	readonly param: string | null;
	readonly hint: string | undefined;
	readonly headers: Record<string, string>;
	readonly closeConnection: boolean;

	constructor(status: number, message: string, details: GatewayErrorDetails = {}) {
		super(message, { cause: details.cause });
		this.name = "GatewayError";
		this.status = status;
		this.type = typeOfStatus[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
		this.code = details.code ?? null;
		this.param = details.param ?? null;
		this.hint = details.hint;
		this.headers = details.headers ?? {};
		this.closeConnection = details.closeConnection ?? false;
	}

	/** @returns the body of the error response */
	envelope(): ErrorEnvelope {
		const { message, type, param, code, hint } = this;
		return { error: { message, type, param, code, ...(hint === undefined ? {} : { hint }) } };
	}

	/**
	 * The last event of a stream that ended with this error. Without a status, clients decide by the type alone whether to retry;
	 * OpenAI's type for that is `server_error`, the only one that some clients know.
	 */
	event(): string {
		const { error } = this.envelope();
		const type = this.status >= 500 && this.type !== "overloaded_error" ? "server_error" : this.type;
		return `data: ${JSON.stringify({ error: { ...error, type } })}\n\n`;
	}
}

/**
 * Converts any thrown value to a GatewayError. Errors of Koa's `ctx.throw(403, "…")` are meant for the client (http-errors'
 * `expose`); anything else becomes a 500 that reveals no internals.
 */
export function asGatewayError(thrown: unknown): GatewayError {
	const error = thrown as ({ [brand]?: unknown } & Partial<ExposedError>) | undefined | null;
	if (error?.[brand] === true) return thrown as GatewayError;
	if (error?.expose === true && typeof error.status === "number")
		return new GatewayError(error.status, String(error.message), { headers: error.headers ?? {}, cause: thrown });
	return new GatewayError(500, "The gateway failed to handle this request. Its log says more under this request id.", {
		code: "internal_error",
		cause: thrown,
	});
}

/** Appears in logs only, since the client has left. 499 is nginx's status for it. */
export function clientGone(): GatewayError {
	return new GatewayError(499, "The client closed the connection.", { code: "client_closed" });
}

/** For requests that arrive while the gateway is stopping. */
export function gatewayStopping(): GatewayError {
	return new GatewayError(503, "The gateway is stopping.", {
		code: "gateway_stopping",
		headers: { "retry-after": "1" },
		closeConnection: true,
	});
}

interface ExposedError {
	expose: boolean;
	status: number;
	message: string;
	headers: Record<string, string>;
}

/** @returns a log entry: the request's id and the stack of the original error */
export function internalFailure(requestId: string, { cause, stack, message }: GatewayError): string {
	const thrown = cause === undefined ? (stack ?? message) : cause instanceof Error ? cause.stack : String(cause);
	return `request ${requestId} failed inside the gateway: ${thrown}`;
}
