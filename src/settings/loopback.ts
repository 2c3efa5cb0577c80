/** Addresses and names of this machine alone. */
import { BlockList, isIP } from "node:net";

/** Only this machine can reach it. */
export function isLoopback(address: string): boolean {
	return address === "localhost" || isLoopbackAddress(address);
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** IPv4-mapped ones too, in any way to write them (RFC 4291 §2.5.5.2). */
function isLoopbackAddress(address: string): boolean {
	const family = isIP(address);
	return family !== 0 && loopback.check(address, family === 6 ? "ipv6" : "ipv4");
}

/**
 * Whether a name in `host` or `origin` can mean nothing but this machine: no name server is asked for `localhost` and what
 * lies below it (RFC 6761 §6.3), nor for an address.
 *
 * @param name without a port; an IPv6 address in brackets
 */
export function isLoopbackName(name: string): boolean {
	const plain = name.toLowerCase().replace(/\.$/, "");
	if (plain === "localhost" || plain.endsWith(".localhost")) return true;
	return isLoopbackAddress(plain.replace(/^\[(.+)\]$/, "$1"));
}

/** An address names its machine itself, so that nobody can make it mean another. @param name as in `isLoopbackName` */
export function isAddressName(name: string): boolean {
	return isIP(name.replace(/^\[(.+)\]$/, "$1")) !== 0;
}

/** The name in a `host` header or a URL's authority, without the port and in lower case. */
export function nameOf(host: string): string {
	return host.replace(/:\d*$/, "").toLowerCase();
}
