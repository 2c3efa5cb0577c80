/** HTTP proxies on the way to upstreams: as people write them, and as the environment names them. */

import type { Problem } from "../errors/problem.js";
import { compileNoProxy } from "./noProxy.js";
import type { ProxySettings } from "./routes.js";

/** The proxy for requests to a URL; undefined if they go there directly. */
export type ProxyOf = (url: string) => ProxySettings | undefined;

/**
 * @param from what names the proxy, for people
 * @throws Error that does not show what was given, since a password may stand in it
 */
export function readProxy(text: string, from: string): ProxySettings {
	const url = parseUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
	if (url === undefined || url.hostname === "")
		throw new Error("is not the URL of a proxy, such as http://proxy.example:3128");
	if (url.protocol !== "http:" && url.protocol !== "https:")
		throw new Error(`must be the URL of an http or https proxy; ${url.protocol.slice(0, -1)} is not spoken here`);
	if (url.pathname.length > 1 || url.search !== "" || url.hash !== "")
		throw new Error("must be the URL of a proxy without a path, such as http://proxy.example:3128");
	return { url: `${url.protocol}//${url.hostname}:${portOf(url)}`, authorization: authorizationOf(url), from };
}

function parseUrl(text: string): URL | undefined {
	return URL.canParse(text) ? new URL(text) : undefined;
}

function portOf({ port, protocol }: URL): string {
	return port === "" ? (protocol === "https:" ? "443" : "80") : port;
}

function authorizationOf({ username, password }: URL): string | undefined {
	if (username === "" && password === "") return undefined;
	let pair: string;
	try {
		pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
	} catch {
		throw new Error("has a user name or password that is not percent-encoded");
	}
	return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/**
 * `HTTPS_PROXY` for https URLs, `HTTP_PROXY` for http ones, but for what `NO_PROXY` lists. Lower case comes first, as with curl.
 *
 * @param problems receives what is wrong with them
 */
export function environmentProxies(environment: NodeJS.ProcessEnv, problems: Problem[]): ProxyOf {
	const read = (variable: string): ProxySettings | undefined => {
		const name = [variable.toLowerCase(), variable].find((given) => (environment[given] ?? "").trim() !== "");
		if (name === undefined) return undefined;
		try {
			return readProxy((environment[name] as string).trim(), name);
		} catch (error) {
			problems.push({ where: name, message: (error as Error).message });
			return undefined;
		}
	};
	const [forHttps, forHttp] = [read("HTTPS_PROXY"), read("HTTP_PROXY")];
	if (forHttps === undefined && forHttp === undefined) return () => undefined;
	const isDirect = compileNoProxy(environment.no_proxy || environment.NO_PROXY || "");
	return (text) => {
		const url = parseUrl(text);
		if (url === undefined || isDirect(url)) return undefined;
		return url.protocol === "https:" ? forHttps : forHttp;
	};
}
