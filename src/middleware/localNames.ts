/** Without keys, keeps out pages of other sites that reach the gateway through a browser on its machine or network. */
import type { IncomingMessage } from "node:http";
import { GatewayError } from "../errors/gatewayError.js";
import { isAddressName, isLoopback, isLoopbackName, nameOf } from "../settings/loopback.js";
import type { Settings } from "../settings/settings.js";
import { defineLink } from "./link.js";

/**
 * A page from anywhere runs in a browser on this machine too, and reaches what listens here:
 * - by a name of its own that suddenly means 127.0.0.1 (DNS rebinding), which the browser takes for the page's own origin.
 *   That name then stands in `host`, so that over loopback only names are taken which can mean nothing else.
 * - by a request to another origin, whose answer it can't read, but which may change something. The browser owns up to it
 *   in `origin` and `sec-fetch-site`.
 *
 * Where keys are in force, no page has one, and no browser adds one by itself.
 */
export const localNames = defineLink({
	name: "local-names",
	stage: "edge",
	middleware: ({ settings, keys }) => {
		if (settings.requireKeys || settings.auth !== undefined) return (_ctx, next) => next();
		const problemOf = nameCheck(settings);
		return (ctx, next) => {
			const problem = keys.table.hasKeys ? undefined : problemOf(ctx.req, ctx.originalUrl);
			if (problem) throw problem;
			return next();
		};
	},
});

type NameSettings = Pick<Settings, "bindip" | "allowedHosts" | "corsOrigins">;

/** Says what is wrong with the names in a request's head. @param target as the client wrote it */
export function nameCheck({ bindip, allowedHosts, corsOrigins }: NameSettings) {
	const isAlwaysLocal = isLoopback(bindip);
	const isAllowed = hostMatcher(allowedHosts);
	const pages = new Set(corsOrigins);
	const isFromOtherPage = pageCheck({ allowedHosts, corsOrigins });
	/** Nearly all requests come by one name. */
	let lastHost: string | undefined;

	function takesHost(host: string, isLocal: boolean): boolean {
		const name = nameOf(host);
		if (isLoopbackName(name) || isAllowed(name)) return true;
		return !isLocal && (allowedHosts.length === 0 || isAddressName(name));
	}

	function takesOrigin(origin: string, host: string | undefined, isLocal: boolean): boolean {
		if (pages.has("*") || pages.has(origin)) return true;
		const place = placeOf(origin);
		// Browsers send only one origin that names no place: `null`, if they hide it.
		if (place === undefined) return /^\w+$/.test(origin) && origin !== "null";
		if (!isLocal && sameOrigin(origin, host)) return true;
		const name = nameOf(place);
		return isLoopbackName(name) || isAllowed(name);
	}

	return (request: IncomingMessage, target: string): GatewayError | undefined => {
		const { host, origin, "sec-fetch-site": site } = request.headers;
		const isPlain = origin === undefined && site === undefined && target.startsWith("/");
		if (isPlain && host === lastHost && isAlwaysLocal) return undefined;
		const isLocal = isAlwaysLocal || isLoopback(request.socket.localAddress ?? "");
		for (const named of [host, authorityOf(target)])
			if (named !== undefined && !takesHost(named, isLocal)) return hostRefused(named, isLocal);
		if (origin !== undefined && !takesOrigin(origin, host, isLocal)) return originRefused(origin);
		if (isSimplePost(request) && isFromOtherPage(request)) return originRefused(origin ?? "null");
		lastHost = host;
		return undefined;
	};
}

/** Says whether a page has sent a request that is neither of the request's own origin nor one of those that are let in. */
export function pageCheck({ allowedHosts, corsOrigins }: Omit<NameSettings, "bindip">) {
	const isAllowed = hostMatcher(allowedHosts);
	const pages = new Set(corsOrigins);
	return ({ headers }: IncomingMessage): boolean => {
		const { host, origin, "sec-fetch-site": site } = headers;
		if (origin === undefined) return site === "cross-site" || site === "same-site";
		// Another port of this machine is another page, too.
		if (sameOrigin(origin, host) || pages.has("*") || pages.has(origin)) return false;
		return !isAllowed(nameOf(placeOf(origin) ?? ""));
	};
}

/** @param allowed names, or `*.` and what they end with, or `*` */
function hostMatcher(allowed: readonly string[]): (name: string) => boolean {
	const names = new Set(allowed.map((name) => name.toLowerCase()));
	const ends = [...names].filter((name) => name.startsWith("*.")).map((name) => name.slice(1));
	if (names.has("*")) return () => true;
	return (name) => names.has(name) || ends.some((end) => name.endsWith(end));
}

/** The host and port of an absolute target (RFC 9112 §3.2.2), which counts in place of `host`. */
function authorityOf(target: string): string | undefined {
	return target.startsWith("/") ? undefined : /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1];
}

/** The host and port of an origin; undefined for `null`, which hides where it is from. */
function placeOf(origin: string): string | undefined {
	return /^[a-z][a-z0-9+.-]*:\/\/([^/?#@]+)$/i.exec(origin)?.[1];
}

function sameOrigin(origin: string, host: string | undefined): boolean {
	return host !== undefined && placeOf(origin)?.toLowerCase() === host.toLowerCase();
}

/** One that a browser sends to another origin without asking first (Fetch standard, CORS-safelisted request). */
function isSimplePost({ method, headers }: IncomingMessage): boolean {
	return method === "POST" && !/^application\/json\b/i.test(headers["content-type"] ?? "");
}

function hostRefused(host: string, isLocal: boolean): GatewayError {
	const name = nameOf(host);
	const taken = isLocal
		? "on this machine it answers only to localhost and 127.0.0.1"
		: "it answers only to some names";
	return new GatewayError(
		403,
		`This gateway has no keys, so ${taken}, not to '${name}': a web page could have made that name mean this machine. ` +
			`If it is yours, start the gateway with --allowed-host ${name}, or make a key with llmw keys create.`,
		{ code: "host_not_allowed" },
	);
}

function originRefused(origin: string): GatewayError {
	return new GatewayError(
		403,
		`This gateway has no keys, so pages of other sites may not use it, such as this one of '${origin}'. ` +
			`If it is yours, start the gateway with --cors-origin ${origin}, or make a key with llmw keys create.`,
		{ code: "origin_not_allowed" },
	);
}
