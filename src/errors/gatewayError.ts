/** The one error of the gateway: what a client reads when something is refused or goes wrong. */

/** Marks GatewayErrors of any copy of this module, since a plugin may bring its own. */
const brand = Symbol.for("llmgw.GatewayError");

/** The error envelope of the OpenAI API: every error response of the gateway has this shape. */
export interface ErrorEnvelope {
	error: { message: string; type: string; param: string | null; code: string | null; hint?: string };
}

/** Types by status, as OpenAI uses them; a status that is not listed takes the nearest one. */
const typeOfStatus: Record<number, string> = {
	401: "authentication_error",
	403: "permission_error",
	429: "rate_limit_error",
	500: "api_error",
	502: "upstream_error",
	503: "overloaded_error",
	504: "timeout_error",
};

/** In a stream. */
const typeInStream: Record<number, string> = { 500: "server_error", 502: "server_error", 504: "server_error" };

export interface GatewayErrorDetails {
	code?: string;
	param?: string;
	/** What could be done about it, for the one who operates the gateway. */
	hint?: string | undefined;
	/** Response headers that belong to the error, such as `allow` or `retry-after`. */
	headers?: Record<string, string>;
	/** The connection is not to be used again (a request whose framing can't be trusted). */
	closeConnection?: boolean;
	cause?: unknown;
}

/**
 * An error with a message for the person who will read it.
 *
 * Thrown where the problem is known; `middleware/errors.ts` turns it into the response.
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

	/** The error as a client sees it. */
	envelope(): ErrorEnvelope {
		const { message, type, param, code, hint } = this;
		return { error: { message, type, param, code, ...(hint === undefined ? {} : { hint }) } };
	}

	/**
	 * The last event of a stream that it has ended. No status goes with it, so that clients tell by its type alone whether
	 * asking again makes sense; `server_error` is OpenAI's word for that, which some know no other than.
	 */
	event(): string {
		const { error } = this.envelope();
		const type = typeInStream[this.status] ?? this.type;
		return `data: ${JSON.stringify({ error: { ...error, type } })}\n\n`;
	}
}

/**
 * Any thrown value as a GatewayError. What Koa's `ctx.throw(403, "…")` throws is meant for the client (http-errors'
 * `expose`); anything else that is unknown becomes a 500 that tells it nothing of the inside.
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

/** Seen by logs only: nobody is left to read it. 499 is nginx's status for it. */
export function clientGone(): GatewayError {
	return new GatewayError(499, "The client closed the connection.", { code: "client_closed" });
}

/** For a request that comes when the gateway takes no more. */
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

/** For the log: which request it was, and the stack of what was really thrown. */
export function internalFailure(requestId: string, { cause, stack, message }: GatewayError): string {
	const thrown = cause === undefined ? (stack ?? message) : cause instanceof Error ? cause.stack : String(cause);
	return `request ${requestId} failed inside the gateway: ${thrown}`;
}
