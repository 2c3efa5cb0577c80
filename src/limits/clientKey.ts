/** What is one client, where requests are counted by address. */
import { isIPv4, isIPv6 } from "node:net";

/** One client is one IPv4 address or one IPv6 /64, the smallest net a single customer is given. */
export function clientKey(address: string): string {
	const bare = withoutPort(address);
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
	if (mapped !== undefined) return mapped;
	if (isIPv4(bare) || !isIPv6(bare)) return bare;
	const [head = "", tail] = bare.split("%")[0]?.split("::") ?? [];
	const start = head === "" ? [] : head.split(":");
	const end = tail === undefined || tail === "" ? [] : tail.split(":");
	const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - start.length - end.length)).fill("0");
	const network = [...start, ...zeros, ...end].slice(0, 4);
	return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

/** Some proxies write the client's port into `x-forwarded-for`, which would make each connection a client. */
function withoutPort(address: string): string {
	return /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? address;
}
