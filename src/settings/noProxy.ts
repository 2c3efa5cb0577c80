/** Which hosts are reached without a proxy, as `NO_PROXY` lists them. */
import { BlockList, isIP } from "node:net";
import { isLoopback } from "./loopback.js";

/** @returns whether a URL's host is reached directly */
export type IsDirect = (url: URL) => boolean;

/**
 * Names (with all below them; a leading dot or `*.` changes nothing), addresses and CIDR ranges, each with a port or
 * without, separated by commas or spaces; `*` is all. What is none of these is left out, as curl and Go leave it.
 */
export function compileNoProxy(text: string): IsDirect {
	const isListed = compileEntries(text);
	return (url) => isLoopbackHost(url) || isListed(url);
}

/** What the list itself says: this machine is reached by way of a proxy, too, by programs that know no more than the list. */
export function compileEntries(text: string): IsDirect {
	const rules = text
		.split(/[\s,]+/)
		.filter((entry) => entry !== "")
		.map(compileEntry)
		.filter((rule) => rule !== undefined);
	return (url) => rules.some((rule) => rule(url));
}

/** Nothing on this machine is reached by way of another. */
function isLoopbackHost(url: URL): boolean {
	const host = hostOf(url);
	return isLoopback(host) || host === "localhost" || host.endsWith(".localhost");
}

function compileEntry(entry: string): IsDirect | undefined {
	if (entry === "*") return () => true;
	const range = /^(.+)\/(\d{1,3})$/.exec(entry);
	if (range !== null) return compileRange(range[1] as string, Number(range[2]));
	const { name, port } = splitPort(entry.toLowerCase());
	const bare = name.replace(/^\*?\./, "").replace(/\.$/, "");
	if (bare === "") return undefined;
	const isOfPort = (url: URL) => port === undefined || port === portOf(url);
	if (isIP(bare) !== 0) {
		const own = compileRange(bare, isIP(bare) === 4 ? 32 : 128);
		return (url) => isOfPort(url) && own?.(url) === true;
	}
	return (url) => isOfPort(url) && (hostOf(url) === bare || hostOf(url).endsWith(`.${bare}`));
}

function compileRange(address: string, bits: number): IsDirect | undefined {
	const bare = address.replace(/^\[|\]$/g, "");
	const family = isIP(bare);
	if (family === 0 || bits > (family === 4 ? 32 : 128)) return undefined;
	const list = new BlockList();
	list.addSubnet(bare, bits, family === 4 ? "ipv4" : "ipv6");
	return (url) => {
		const host = hostOf(url);
		const hostFamily = isIP(host);
		return hostFamily !== 0 && list.check(host, hostFamily === 4 ? "ipv4" : "ipv6");
	};
}

/** `host:80`, `[::1]:80`; what has several colons and no brackets is an IPv6 address. */
function splitPort(entry: string): { name: string; port: string | undefined } {
	const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry);
	if (bracketed !== null) return { name: bracketed[1] as string, port: bracketed[2] };
	const named = /^([^:]+):(\d+)$/.exec(entry);
	return named === null ? { name: entry, port: undefined } : { name: named[1] as string, port: named[2] };
}

function hostOf({ hostname }: URL): string {
	return hostname
		.toLowerCase()
		.replace(/^\[|\]$/g, "")
		.replace(/\.$/, "");
}

function portOf({ port, protocol }: URL): string {
	return port === "" ? (protocol === "https:" ? "443" : "80") : port;
}
