/** Values of settings that a schema alone can't check. */
import { isIP } from "node:net";
import { parseBytes, parseDurationMs } from "./quantity.js";

/** @throws Error when it is not between these. */
export function sizeBytes(text: string, least: string, most: string): number {
	const bytes = parseBytes(text);
	if (bytes < parseBytes(least) || bytes > parseBytes(most))
		throw new Error(`must be from ${least} to ${most} (got ${text})`);
	return bytes;
}

/** The same, or 0. @throws Error as `sizeBytes` does */
export function sizeOrNone(text: string, least: string, most: string): number {
	return parseBytes(text) === 0 ? 0 : sizeBytes(text, least, most);
}

/** An age in milliseconds. It is not a timer's, so it may be months. */
export function ageMs(text: string): number {
	const ms = parseDurationMs(text);
	if (ms < 1) throw new Error("must be longer than 0");
	return ms;
}

/** The URL holds a password, so messages don't show it. */
export function databaseUrl(text: string): string {
	let url: URL;
	try {
		url = new URL(text);
	} catch {
		throw new Error("is not a URL such as postgres://USER:PASSWORD@HOST/DATABASE");
	}
	// Without a host, a socket's folder is named by ?host=/run/postgresql.
	if (url.pathname.length < 2) throw new Error("names no database: postgres://USER:PASSWORD@HOST/DATABASE");
	return text;
}

/** The URL may hold a password, so messages don't show it. */
export function redisUrl(text: string): string {
	const { hostname, pathname } = URL.canParse(text) ? new URL(text) : { hostname: "", pathname: "" };
	if (hostname === "" || !/^(\/\d*)?$/.test(pathname))
		throw new Error("is not a URL such as redis://USER:PASSWORD@HOST:6379/0");
	return text;
}

export function bindAddress(address: string): string {
	const bare = address.replace(/^\[(.*)\]$/, "$1");
	if (isIP(bare) === 0 && bare !== "localhost") throw new Error(`"${address}" is not an IP address`);
	return bare;
}
