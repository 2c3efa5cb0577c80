/** The target of a request, in whichever form it came, and the host that it names. */
import type { IncomingMessage } from "node:http";

/** As clients write it to a proxy, and as every server has to take it (RFC 9112 §3.2.2). */
const absoluteForm = /^https?:\/\/([^/?#]*)([^#]*)$/i;

/** The form of a `Host`: uri-host [":" port] (RFC 9110 §7.2), without user information. */
const validHost = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._~%!$&'()*+,;=-]+)(?::\d{0,5})?$/i;

export function isValidHost(text: string): boolean {
	return validHost.test(text);
}

/**
 * Rewrites an absolute target as a path alone. The target's authority replaces `headers.host`, whatever `Host` says.
 * An invalid target stays as it is, to be refused.
 */
export function toOriginForm(request: IncomingMessage): void {
	const { url = "" } = request;
	if (url.startsWith("/")) return;
	const [, authority = "", path = ""] = absoluteForm.exec(url) ?? [];
	if (!isValidHost(authority)) return;
	request.url = path.startsWith("/") ? path : `/${path}`;
	request.headers.host = authority;
}

/** The host and port that a request is for; undefined where HTTP/1.0 leaves it out. */
export function requestedHost({ headers }: Pick<IncomingMessage, "headers">): string | undefined {
	return headers.host;
}

/** Without slashes that say nothing, which base URLs with one too many make: `/v1//models/` is `/v1/models`. */
export function plainPath(path: string): string {
	const single = path.replace(/\/{2,}/g, "/");
	return single.length > 1 && single.endsWith("/") ? single.slice(0, -1) : single;
}
