/** Errors between the gateway and an upstream, in words a client can act on. Upstreams and addresses stay in the log. */
import type { ErrorDetail } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { maxResponseHeaderBytes } from "./headers.js";
import type { UpstreamState } from "./health/states.js";

interface Limits {
	firstByteMs: number;
	idleMs: number;
	connectMs: number;
}

const inSeconds = (ms: number) => `${Number((ms / 1000).toFixed(3))} s`;

/** 502 or 504 for an error of the HTTP client (undici, Node's sockets, TLS). */
export function upstreamFailure(error: unknown, limits: Limits): GatewayError {
	// Such as the reason that the gateway gives when it breaks off what is under way.
	if (error instanceof GatewayError) return error;
	const code = codeOf(error);
	const fail = (status: number, reason: string, name: string) =>
		new GatewayError(status, `The upstream ${reason}.`, { code: name, cause: error });
	switch (code) {
		case "UND_ERR_HEADERS_TIMEOUT":
			return fail(504, `did not begin to answer within ${inSeconds(limits.firstByteMs)}`, "upstream_timeout");
		case "UND_ERR_BODY_TIMEOUT":
			return fail(504, `fell silent in mid-answer for ${inSeconds(limits.idleMs)}`, "upstream_idle_timeout");
		case "UND_ERR_CONNECT_TIMEOUT":
		case "ETIMEDOUT":
			return fail(504, `could not be connected to within ${inSeconds(limits.connectMs)}`, "upstream_connect_timeout");
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
		case "UND_ERR_HEADERS_OVERFLOW":
			return fail(502, `sent more than ${maxResponseHeaderBytes / 1024} KB of header fields`, "upstream_invalid");
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

/** For a body that was passed on as it came, and is not there any more. */
export function notAskedAgain({ status, message, code, headers, cause }: GatewayError): GatewayError {
	const why = "The body was passed on as it came, so nobody else could be asked (--upload-memory).";
	return new GatewayError(status, `${message} ${why}`, { code: code ?? "upstream_failed", headers, cause });
}

/** Following a redirect (RFC 9110 §15.4) could carry prompts and credentials to an upstream that nobody configured. */
export function redirected(status: number): GatewayError {
	const message = `The upstream answered with a redirect (${status}), which the gateway does not follow.`;
	return new GatewayError(502, message, { code: "upstream_redirect" });
}

/** @param codings as the upstream names them */
export function encoded(codings: readonly string[]): GatewayError {
	const names = codings.join(", ").slice(0, 60);
	const message = `The upstream's answer, which was not asked for in any content coding, can't be decoded (${names}).`;
	return new GatewayError(502, message, { code: "upstream_encoded" });
}

/** More informational answers (1xx) than anybody needs, and none that counts. */
export function invalid(): GatewayError {
	return new GatewayError(502, "The upstream gave an answer that is not valid HTTP.", { code: "upstream_invalid" });
}

export function cutShort(): GatewayError {
	const message = "The upstream ended the stream before its answer was whole.";
	return new GatewayError(502, message, { code: "upstream_closed" });
}

/** In the upstream's own words, where it has some. */
export function brokenOff({ message: said, status = 502, code }: Partial<ErrorDetail>): GatewayError {
	const message = `The upstream broke off its answer${said === undefined ? "." : `: ${said}`}`;
	return new GatewayError(status, message, { code: code === undefined ? "upstream_error" : knownCode(code) });
}

/** Words on which clients act. Any other could be one of any number, which logs and metrics would have to tell apart. */
const codes: ReadonlySet<string> = new Set(["context_length_exceeded", "insufficient_quota", "rate_limit_exceeded"]);

function knownCode(code: string): string {
	return codes.has(code) ? code : "upstream_error";
}

/**
 * An error that came with status 200.
 *
 * @param said in the upstream's own words
 * @param status the one that it names
 */
export function saidWentWrong(said: string | undefined, status?: number, code?: string): GatewayError {
	const general = "The upstream answered with an error";
	const message =
		status !== undefined && said !== undefined ? said : said === undefined ? `${general}.` : `${general}: ${said}`;
	return new GatewayError(status ?? 502, message, { code: code ?? "upstream_error" });
}

/** Status 200 with something else than the API's answer, such as a page for people. @param words short ones, for people */
export function notAnAnswer(words: string | undefined): GatewayError {
	const message = `The upstream's answer is none that the API knows${words === undefined ? "." : `: ${words}`}`;
	return new GatewayError(502, message, { code: "upstream_no_answer" });
}

export function answeredWith(status: number): GatewayError {
	return new GatewayError(502, `The upstream answered with status ${status}.`, { code: "upstream_error" });
}

/** @param ms after which no first output had come */
export function silent(ms: number): GatewayError {
	const message = `The upstream did not begin its answer within ${inSeconds(ms)}.`;
	return new GatewayError(504, message, { code: "upstream_timeout" });
}

/** @param ms for which an answer may take in all */
export function tooLate(ms: number): GatewayError {
	const message = `The upstream did not end its answer within ${inSeconds(ms)}.`;
	return new GatewayError(504, message, { code: "upstream_timeout" });
}

export function noConnection(ms: number): GatewayError {
	const message = `No connection to the upstream became free within ${inSeconds(ms)}.`;
	return new GatewayError(503, message, { code: "upstream_busy", headers: { "retry-after": "1" } });
}

/** Bytes that are not what their label says. */
export function notReadable(cause: unknown): GatewayError {
	return new GatewayError(502, "The upstream's stream can't be read.", { code: "upstream_invalid", cause });
}

/** What the gateway shows an upstream can't be had: a token, or keys to sign with. */
export function noCredential(cause: unknown): GatewayError {
	const message = "The gateway could not get its credential for the upstream.";
	return new GatewayError(502, message, { code: "upstream_credential", cause });
}

/** It was not asked: its breaker is open, or it has as many requests as it may have. */
export function notAllowed({ breaker, probeAt = 0 }: UpstreamState): GatewayError {
	const waitMs = Math.max(1000, probeAt - Date.now());
	const headers = { "retry-after": String(Math.ceil(waitMs / 1000)) };
	if (breaker === "closed")
		return new GatewayError(503, "The upstream has as many requests as it may have.", {
			code: "upstream_busy",
			headers,
		});
	const message = "The upstream is failing and is left alone for a while.";
	return new GatewayError(503, message, { code: "upstream_unavailable", headers });
}

export function notNeeded(): GatewayError {
	return new GatewayError(499, "Another upstream answered first.", { code: "not_needed" });
}

export function tooLong(): GatewayError {
	const message = "The upstream that should have gone on sent an event that is too long to be read.";
	return new GatewayError(502, message, { code: "upstream_error" });
}

/** The client has been sent a stream's head already. */
export function otherThanStream(): GatewayError {
	const message = "The upstream did not answer with the stream that it was asked for.";
	return new GatewayError(502, message, { code: "upstream_error" });
}

export function noStream(): GatewayError {
	const message = "The upstream that should have gone on did not answer with a stream.";
	return new GatewayError(502, message, { code: "upstream_error" });
}

/** Its API is another one, into which the request can't be translated. */
export function notSpoken(upstream: string, dialect: string): GatewayError {
	const message = `The upstream '${upstream}' does not take requests of this kind (${dialect}), and they can't be translated.`;
	return new GatewayError(400, message, { code: "unsupported_by_upstream" });
}

/** Its API has no such operation. */
export function notServed(upstream: string): GatewayError {
	return new GatewayError(400, `The upstream '${upstream}' does not serve this operation.`, {
		code: "unsupported_by_upstream",
	});
}

/** The route is strict, and parts of the request would be left out. @param lost their names */
export function notTaken(upstream: string, provider: string, route: string, lost: ReadonlySet<string>): GatewayError {
	const names = [...lost].slice(0, maxNamed).map((name) => `'${name.slice(0, maxNameLength)}'`);
	const more = lost.size > maxNamed ? ` and ${lost.size - maxNamed} more` : "";
	const message = `The upstream '${upstream}' (${provider}) has no place for ${names.join(", ")}${more}, and the route '${route}' leaves nothing out.`;
	const [param = null] = lost;
	return new GatewayError(400, message, {
		code: "unsupported_by_upstream",
		...(param === null ? {} : { param: param.slice(0, maxNameLength) }),
	});
}

/** Names may be the client's own: a member, a part's type, a tool. */
const maxNamed = 10;
const maxNameLength = 64;
