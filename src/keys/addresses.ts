/** Addresses and nets (CIDR) that a key may be used from. */
import { BlockList, isIP } from "node:net";

const mostKnown = 100;

/** @throws Error that names the one that is no address or net */
export function compileAddresses(list: readonly string[]): (address: string) => boolean {
	const allowed = new BlockList();
	for (const text of list) addTo(allowed, text);
	// The list costs microseconds, and a key is mostly used from the same few addresses.
	const known = new Map<string, boolean>();
	return (address) => {
		const before = known.get(address);
		if (before !== undefined) return before;
		const bare = bareAddress(address);
		const family = isIP(bare);
		const isAllowed = family !== 0 && allowed.check(bare, family === 6 ? "ipv6" : "ipv4");
		if (known.size >= mostKnown) known.clear();
		known.set(address, isAllowed);
		return isAllowed;
	};
}

function addTo(allowed: BlockList, text: string): void {
	const [address = "", length, ...more] = text.split("/");
	const family = isIP(address);
	const bits = family === 6 ? 128 : 32;
	const isNet = length !== undefined;
	const isRight = family !== 0 && more.length === 0 && !address.includes("%");
	if (!isRight || (isNet && (!/^\d{1,3}$/.test(length) || Number(length) > bits)))
		throw new Error(`must be an address such as 10.0.0.7 or a net such as 10.0.0.0/8 (got ${JSON.stringify(text)})`);
	const name = family === 6 ? "ipv6" : "ipv4";
	if (isNet) allowed.addSubnet(address, Number(length), name);
	else allowed.addAddress(address, name);
}

/** IPv4 in IPv6's clothes as itself; some proxies add a port, and link-local addresses have a zone. */
function bareAddress(address: string): string {
	const bare = /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? address;
	return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare.split("%", 1)[0] ?? "";
}
