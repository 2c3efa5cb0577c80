/** Addresses that are nobody's on the Internet: those of this machine and of its own networks. */
import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const ranges: readonly (readonly [address: string, bits: number])[] = [
	["0.0.0.0", 8],
	["10.0.0.0", 8],
	["100.64.0.0", 10],
	["127.0.0.0", 8],
	["169.254.0.0", 16],
	["172.16.0.0", 12],
	["192.0.0.0", 24],
	["192.168.0.0", 16],
	["198.18.0.0", 15],
	["224.0.0.0", 4],
	["240.0.0.0", 4],
	["::", 127],
	["fc00::", 7],
	["fe80::", 10],
	["ff00::", 8],
	// These hold addresses of the older kind; `::ffff:…` is checked as what it holds.
	["64:ff9b::", 96],
	["2002::", 16],
];

const list = new BlockList();
for (const [address, bits] of ranges) list.addSubnet(address, bits, isIP(address) === 6 ? "ipv6" : "ipv4");

/** @param address without brackets */
export function isPrivateAddress(address: string): boolean {
	const version = isIP(address);
	return version !== 0 && list.check(address, version === 6 ? "ipv6" : "ipv4");
}

/** Finds a host's addresses like Node's own, and none of these: what it has found is what is connected to. */
export const publicLookup: LookupFunction = (hostname, options, done) => {
	lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[] = []) => {
		const [first] = found;
		if (error !== null) done(error, "", 0);
		else if (first === undefined || found.some(({ address }) => isPrivateAddress(address)))
			done(Object.assign(new Error("it has a private address"), { code: "PRIVATE_ADDRESS" }), "", 0);
		else if (options.all) done(null, found);
		else done(null, first.address, first.family);
	});
};
