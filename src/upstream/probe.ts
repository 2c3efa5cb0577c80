/** Asks an AI host whether it is there, off the way of requests. */
import type { Agent } from "node:https";
import type { UpstreamSettings } from "../contract/routes.js";

/** What is read of an answer, so that its connection can be kept. */
const maxBodyBytes = 64 * 1024;

export interface HostProbe {
	/**
	 * GETs a path below the host's base URL, with its credential, headers and TLS settings. Redirects are answers.
	 *
	 * @returns the answer's status
	 * @throws Error when none comes within the time
	 */
	status(path: string, timeoutMs: number): Promise<number>;
	/** Closes kept connections. */
	close(): void;
}

/** @param keepAlive for one that is asked again and again */
export function createHostProbe(upstream: UpstreamSettings, { keepAlive = false } = {}): HostProbe {
	const { url, key, headers } = upstream;
	let agent: Agent | undefined;
	return {
		async status(path, timeoutMs) {
			const { default: fetch } = await import("node-fetch");
			agent ??= await createAgent(upstream, keepAlive);
			const response = await fetch(url + path, {
				agent,
				redirect: "manual",
				signal: AbortSignal.timeout(timeoutMs),
				headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
			});
			// What follows the head says nothing more, and may break off.
			readOff(response.body as AsyncIterable<Buffer> | null).catch(() => {});
			return response.status;
		},
		close: () => agent?.destroy(),
	};
}

async function createAgent({ url, tls }: UpstreamSettings, keepAlive: boolean): Promise<Agent> {
	if (!url.startsWith("https:")) return new (await import("node:http")).Agent({ keepAlive }) as Agent;
	const { ca, cert, key, serverName: servername } = tls;
	const given = Object.entries({ ca, cert, key, servername }).filter(([, value]) => value !== undefined);
	const { Agent } = await import("node:https");
	return new Agent({ keepAlive, rejectUnauthorized: !tls.insecure, ...Object.fromEntries(given) });
}

async function readOff(body: AsyncIterable<Buffer> | null): Promise<void> {
	let bytes = 0;
	for await (const chunk of body ?? []) {
		bytes += chunk.length;
		if (bytes > maxBodyBytes) return;
	}
}
