/** Refuses requests whose shape is a known way to confuse servers, and closes their connection. */
import type { IncomingMessage } from "node:http";
import { GatewayError } from "../errors/gatewayError.js";
import { defineLink } from "./link.js";
import { isValidHost } from "./requestTarget.js";

export const requestShape = defineLink({
	name: "request-shape",
	stage: "edge",
	middleware: ({ settings }) => {
		return (ctx, next) => {
			const problem = shapeProblem(ctx.req, settings.maxHeaders);
			if (problem) throw problem;
			return next();
		};
	},
});

/** Why a request is refused for its head alone, and with it all that follows on its connection. */
export function shapeProblem(req: IncomingMessage, maxHeaders: number): GatewayError | undefined {
	const { rawHeaders, httpVersion } = req;
	if (httpVersion !== "1.1" && httpVersion !== "1.0") return refused(505, "The version must be HTTP/1.1 or HTTP/1.0.");
	if (rawHeaders.length > maxHeaders * 2) return refused(431, `More than ${maxHeaders} header fields.`);
	if (!req.url?.startsWith("/")) return refused(400, "The request target must be a path, or an http URL with a host.");
	if (mustBeEscaped.test(req.url)) return refused(400, "The request target has characters that must be escaped.");
	if (!hasValidHost(rawHeaders, httpVersion))
		return refused(400, "There must be one valid Host header field (RFC 9112 §3.2).");
	const { expect, "transfer-encoding": coding } = req.headers;
	if (expect !== undefined && expect.toLowerCase() !== "100-continue")
		return refused(417, "The only expectation known here is 100-continue.");
	if (coding === undefined) return undefined;
	if (coding.toLowerCase() !== "chunked") return refused(501, "The only transfer coding known here is chunked.");
	if (httpVersion !== "1.1") return refused(400, "Transfer codings need HTTP/1.1 (RFC 9112 §6.1).");
	return undefined;
}

/**
 * What no URI holds (RFC 3986 §2) and no browser sends. Servers differ in what a fragment or a backslash means to them;
 * brackets and bars, which browsers leave as they are in a query, mean nothing.
 */
const mustBeEscaped = /[\x00-\x20"#<>\\\x7f-\uffff]/;

/** One, and a fit one; HTTP/1.0, which load balancers check health with, may leave it out. */
function hasValidHost(rawHeaders: readonly string[], httpVersion: string): boolean {
	let found: string | undefined;
	for (let at = 0; at < rawHeaders.length; at += 2) {
		const name = rawHeaders[at] as string;
		if (name.length !== 4 || name.toLowerCase() !== "host") continue;
		if (found !== undefined) return false;
		found = rawHeaders[at + 1] as string;
	}
	return found === undefined ? httpVersion === "1.0" : isValidHost(found);
}

function refused(status: number, message: string): GatewayError {
	return new GatewayError(status, message, { code: "bad_request_shape", closeConnection: true });
}
