/** Where an upstream is, as people write it. */
import { isIP } from "node:net";

/** Where to send requests: paths go after the URL, and the query, if there is one, with each. */
export interface UpstreamAddress {
	readonly url: string;
	readonly query: string | undefined;
}

/**
 * The upstream's base URL: as an OpenAI SDK's `base_url`, paths such as `/chat/completions` are put after it. Where it ends
 * in such a path it is the URL of an operation, and what stands before that is the base.
 * A host without a path gets the usual one. Port 443 means https unless a URL says otherwise, any other port http.
 *
 * @param isPortGiven the port is not just the default, so it holds for a URL without a port too
 * @param usualPath the path that a URL gets which has none
 * @param credential where a credential belongs instead, for the message
 * @throws Error when the host is no name, IP address or http(s) URL, or names another port.
 */
export function upstreamUrl(
	host: string,
	port: number,
	isPortGiven = false,
	credential = "--aikey",
	usualPath = "/v1",
): UpstreamAddress {
	const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(host);
	const authority = isIP(host) === 6 ? `[${host}]` : host;
	const namedPort = Number(/:(\d+)$/.exec(authority)?.[1] ?? port);
	const text = isUrl ? host : `${namedPort === 443 ? "https" : "http"}://${authority}`;
	// Before anything shows it, since a password may stand in it.
	if (/^[^/?#]*@/.test(text.replace(/^.*?:\/\//, "")))
		throw new Error(`must hold no user name or password; use ${credential}`);
	let url: URL;
	try {
		url = new URL(text);
	} catch {
		// A password with a slash in it is not found by the check above.
		throw new Error(`${host.includes("@") ? "it" : `"${host}"`} is not a host name, an IP address or a URL`);
	}
	if (url.protocol !== "http:" && url.protocol !== "https:") throw new Error(`"${host}" must be an http or https URL`);
	if (url.hash) throw new Error(`"${withoutQuery(host)}" must have no fragment (#)`);
	if (!isUrl && url.pathname !== "/")
		throw new Error(`"${withoutQuery(host)}" has a path: write a whole URL, http://${withoutQuery(host)}`);
	if (!isUrl && url.search)
		throw new Error(`"${withoutQuery(host)}" has a query: write a whole URL, http://${withoutQuery(host)}`);
	const namesPort = /^[a-z]+:\/\/(\[[^\]]*\]|[^:/]*):\d+/i.test(text);
	const ownPort = namesPort ? url.port || defaultPort(url) : undefined;
	if (isPortGiven && ownPort !== undefined && ownPort !== String(port))
		throw new Error(`names port ${ownPort}, but --aihostport says ${port}`);
	const effectivePort = ownPort ?? (isUrl && !isPortGiven ? defaultPort(url) : String(port));
	const query = url.search.length > 1 ? url.search.slice(1) : undefined;
	return { url: `${url.protocol}//${url.hostname}:${effectivePort}${basePath(url.pathname, usualPath)}`, query };
}

/** Paths of operations, since people copy their URLs. `/models` alone is also the base path of some vendors (Azure). */
const operationPath = /\/(?:chat\/completions|completions|embeddings)$|(?<=\/v\d[^/]*)\/models$/;

function basePath(pathname: string, usualPath: string): string {
	const path = pathname.replace(/\/{2,}/g, "/").replace(/\/$/, "");
	return path === "" ? usualPath : path.replace(operationPath, "");
}

/** A credential may stand in it. */
function withoutQuery(text: string): string {
	return text.replace(/[?#].*$/s, "");
}

function defaultPort(url: URL): string {
	return url.protocol === "https:" ? "443" : "80";
}
