/** Refuses requests whose shape is a known way to confuse servers, and closes their connection. */
import { GatewayError } from "../contract/gatewayError.js";
import { definePlugin, type GatewayContext } from "../plugin.js";

export const requestShape = definePlugin({
	name: "request-shape",
	stage: "edge",
	middleware: (_options, { settings }) => {
		return (ctx, next) => {
			const problem = problemOf(ctx, settings.maxHeaders);
			if (problem) throw problem;
			return next();
		};
	},
});

function problemOf({ req }: GatewayContext, maxHeaders: number): GatewayError | undefined {
	const { rawHeaders } = req;
	if (rawHeaders.length > maxHeaders * 2) return refused(431, `More than ${maxHeaders} header fields.`);
	// RFC 9112 §3.2.2 knows an absolute form for proxies; this server is none.
	if (!req.url?.startsWith("/")) return refused(400, "The request target must be a path.");
	if (/[\x00-\x20\x7f-\uffff]/.test(req.url))
		return refused(400, "The request target has characters that must be escaped.");
	if (!hasOneValidHost(rawHeaders)) return refused(400, "There must be one valid Host header field (RFC 9112 §3.2).");
	const coding = req.headers["transfer-encoding"];
	if (coding === undefined) return undefined;
	if (coding.toLowerCase() !== "chunked") return refused(501, "The only transfer coding known here is chunked.");
	if (req.httpVersion !== "1.1") return refused(400, "Transfer codings need HTTP/1.1 (RFC 9112 §6.1).");
	return undefined;
}

/** uri-host [":" port] (RFC 9110 §7.2), without user information. */
const validHost = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._~%!$&'()*+,;=-]+)(?::\d{0,5})?$/i;

function hasOneValidHost(rawHeaders: readonly string[]): boolean {
	let found: string | undefined;
	for (let at = 0; at < rawHeaders.length; at += 2) {
		const name = rawHeaders[at] as string;
		if (name.length !== 4 || name.toLowerCase() !== "host") continue;
		if (found !== undefined) return false;
		found = rawHeaders[at + 1] as string;
	}
	return found !== undefined && validHost.test(found);
}

function refused(status: number, message: string): GatewayError {
	return new GatewayError(status, message, { code: "bad_request_shape", closeConnection: true });
}
