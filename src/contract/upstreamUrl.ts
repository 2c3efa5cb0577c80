/** Where an AI host is, as people write it. */
import { isIP } from "node:net";

/**
 * The AI host's base URL: as an OpenAI SDK's `base_url`, paths such as `/chat/completions` are put behind it.
 * A host without a path gets `/v1`. Port 443 means https unless a URL says otherwise, any other port http.
 *
 * @param isPortGiven the port is not just the default, so it holds for a URL without a port too
 * @param credential where a credential belongs instead, for the message
 * @throws Error when the host is no name, IP address or http(s) URL, or names another port.
 */
export function upstreamUrl(host: string, port: number, isPortGiven = false, credential = "--aikey"): string {
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
	if (url.search || url.hash) throw new Error(`"${host}" must have no query and no fragment`);
	if (!isUrl && url.pathname !== "/") throw new Error(`"${host}" has a path: write a whole URL, http://${host}`);
	const namesPort = /^[a-z]+:\/\/(\[[^\]]*\]|[^:/]*):\d+/i.test(text);
	const ownPort = namesPort ? url.port || defaultPort(url) : undefined;
	if (isPortGiven && ownPort !== undefined && ownPort !== String(port))
		throw new Error(`names port ${ownPort}, but --aihostport says ${port}`);
	const effectivePort = ownPort ?? (isUrl && !isPortGiven ? defaultPort(url) : String(port));
	const path = url.pathname.replace(/\/+$/, "");
	return `${url.protocol}//${url.hostname}:${effectivePort}${path === "" ? "/v1" : path}`;
}

function defaultPort(url: URL): string {
	return url.protocol === "https:" ? "443" : "80";
}
