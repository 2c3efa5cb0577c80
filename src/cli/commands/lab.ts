/** `llmw lab`: runs the upstream that breaks on purpose, and prints which faults it has. */
import { once } from "node:events";
import { type AddressInfo, isIP } from "node:net";
import { messageOf, Problems } from "../../errors/problem.js";
import { definitionOf, faultNames, usageOf } from "../../mockHosts/lab/faults.js";
import { createLab } from "../../mockHosts/lab/lab.js";
import { upstreamLines } from "../../mockHosts/lab/upstreamLines.js";
import { optionReader } from "./ownOptions.js";

interface Address {
	readonly ip: string;
	readonly port: number;
}

/** Its options are no variables: `LLMW_BINDPORT` is the gateway's. @throws Problems */
export function readLabAddress(flags: Readonly<Record<string, unknown>>): Address {
	const option = optionReader(flags, {});
	return { ip: option("bindip", ipAddress) ?? "127.0.0.1", port: option("bindport", portNumber) ?? 8089 };
}

function ipAddress(text: string): string {
	if (isIP(text) === 0) throw new Error(`must be an IP address (got ${JSON.stringify(text)})`);
	return text;
}

function portNumber(text: string): number {
	if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
		throw new Error(`must be a port from 0 to 65535 (got ${JSON.stringify(text)})`);
	return Number(text);
}

/** Returns when it listens; it runs until it is told to stop. @throws Problems */
export async function lab({ ip, port }: Address, print: (text: string) => void): Promise<void> {
	const server = createLab();
	try {
		server.listen(port, ip);
		await once(server, "listening");
	} catch (error) {
		throw new Problems([{ where: "--bindport", message: messageOf(error) }]);
	}
	const stop = () => {
		server.close(() => process.exit(0));
		server.closeAllConnections();
	};
	process.on("SIGTERM", stop);
	process.on("SIGINT", stop);
	const bound = server.address() as AddressInfo;
	const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
	print(banner(`http://${host}:${bound.port}`));
}

function banner(url: string): string {
	const width = Math.max(...faultNames.map((fault) => usageOf(fault).length)) + 2;
	const rows = faultNames.map((fault) => `  ${usageOf(fault).padEnd(width)}${describe(fault)}`);
	return `llmw lab listening on ${url}/v1

An upstream that breaks on purpose. A model's name says how: FAULT[:NUMBER][,option=value…]

${rows.join("\n")}

Options: as=…, times=N, every=N, pace=MS, delay=MS, answer=text|json|tools|reasoning, status=N, pieces=N, escape=1, id=…,
prefill=ignore|continue|assistant|reject|echo, trim=1, cache=vendor|vllm.

One address speaks the wire formats of several vendors. In a gateway's configuration (with any text as LAB_KEY):

${upstreamLines(url)}

Requests so far: ${url}/lab/requests   Stop with Ctrl-C.`;
}

function describe(fault: (typeof faultNames)[number]): string {
	const { does, variants = [] } = definitionOf(fault);
	return variants.length === 0 ? does : `${does}; as=${variants.join("|")}`;
}
