/** What went wrong between the gateway and an AI host, in words a client can act on. Hosts and addresses stay in the log. */
import { GatewayError } from "../contract/gatewayError.js";

interface Limits {
	firstByteMs: number;
	idleMs: number;
	connectMs: number;
}

const seconds = (ms: number) => `${Number((ms / 1000).toFixed(3))} s`;

/** 502 or 504 for an error of the HTTP client (undici, Node's sockets, TLS). */
export function upstreamFailure(error: unknown, limits: Limits): GatewayError {
	// Such as the reason that the gateway gives when it breaks off what is under way.
	if (error instanceof GatewayError) return error;
	const code = codeOf(error);
	const fail = (status: number, reason: string, name: string) =>
		new GatewayError(status, `The AI host ${reason}.`, { code: name, cause: error });
	switch (code) {
		case "UND_ERR_HEADERS_TIMEOUT":
			return fail(504, `did not begin to answer within ${seconds(limits.firstByteMs)}`, "upstream_timeout");
		case "UND_ERR_BODY_TIMEOUT":
			return fail(504, `fell silent in mid-answer for ${seconds(limits.idleMs)}`, "upstream_idle_timeout");
		case "UND_ERR_CONNECT_TIMEOUT":
		case "ETIMEDOUT":
			return fail(504, `could not be connected to within ${seconds(limits.connectMs)}`, "upstream_connect_timeout");
		case "ECONNREFUSED":
			return fail(502, "refused the connection", "upstream_refused");
		case "ENOTFOUND":
		case "EAI_AGAIN":
		case "EAI_FAIL":
		case "EAI_NODATA":
		case "EAI_NONAME":
			return fail(502, "has a name that can't be resolved", "upstream_unresolvable");
		case "EHOSTUNREACH":
		case "ENETUNREACH":
		case "EADDRNOTAVAIL":
			return fail(502, "can't be reached", "upstream_unreachable");
		case "ECONNRESET":
		case "EPIPE":
		case "UND_ERR_SOCKET":
			return fail(502, "closed the connection before its answer was whole", "upstream_closed");
		default:
			if (isTls(code)) return fail(502, `can't be trusted: TLS failed (${code})`, "upstream_tls");
			if (code.startsWith("HPE_") || code.startsWith("UND_ERR_RES"))
				return fail(502, "gave an answer that is not valid HTTP", "upstream_invalid");
			return fail(502, "failed", "upstream_failed");
	}
}

function codeOf(error: unknown): string {
	const { code, name, cause, errors } = error as { code?: unknown; name?: string; cause?: unknown; errors?: unknown[] };
	if (typeof code === "string") return code;
	if (name === "HTTPParserError") return "HPE_INVALID";
	// Node tries a name's IPv4 and IPv6 addresses, and reports all failures in one AggregateError.
	const inner = errors?.[0] ?? cause;
	return inner === undefined || inner === null ? "" : codeOf(inner);
}

function isTls(code: string): boolean {
	return /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|ERR_OSSL)/.test(
		code,
	);
}
