/** Asks an upstream whether it is there, off the way of requests. */
import type { Agent } from "node:https";
import type { UpstreamSettings } from "../settings/routes.js";
import { ownHeaders } from "./ownHeaders.js";
import { ownUrl } from "./ownUrl.js";
import { createAgent } from "./probeAgent.js";
import { againIfRefused } from "./tunnel.js";
import { UpstreamQuery } from "./upstreamQuery.js";

/** Most that is read of an answer, so that its connection can be kept. */
const maxBodyBytes = 64 * 1024;
/** A list of a million tokens is no larger. */
const maxAnswerBytes = 16 * 1024 * 1024;

export interface UpstreamProbe {
	/**
	 * GETs a path below the upstream's base URL or beside it, with its credential, headers and TLS settings. Redirects are answers.
	 *
	 * @returns the answer's status
	 * @throws Error when none comes within the time
	 */
	status(path: string, timeoutMs: number): Promise<number>;
	/** Closes kept connections. */
	close(): void;
}

/** @param keepAlive for one that is asked again and again */
export function createUpstreamProbe(upstream: UpstreamSettings, { keepAlive = false } = {}): UpstreamProbe {
	let agent: Agent | undefined;
	return {
		async status(path, timeoutMs) {
			const { default: fetch } = await import("node-fetch");
			agent ??= await createAgent(upstream, keepAlive);
			const url = ownUrl(upstream, path);
			const headers = await ownHeaders(upstream, { method: "GET", url, body: [] });
			const send = () =>
				fetch(url.href, {
					agent,
					redirect: "manual",
					signal: AbortSignal.timeout(timeoutMs),
					headers,
				});
			const response = await againIfRefused(send);
			// The bytes after the head add nothing, and may break off.
			readOff(response.body as AsyncIterable<Buffer> | null).catch(() => {});
			return response.status;
		},
		close: () => agent?.destroy(),
	};
}

/** Asks an upstream for something that stands beside its API. */
export interface HostCall {
	/**
	 * POSTs JSON to a path beside the upstream's `/v1`.
	 *
	 * @returns the answer's JSON
	 * @throws Error when none comes within the time, or another status than 200
	 */
	post(path: string, body: object, timeoutMs: number): Promise<unknown>;
}

export function createHostCall(upstream: UpstreamSettings): HostCall {
	const { url } = upstream;
	const query = upstream.query === undefined ? undefined : new UpstreamQuery(upstream.query);
	const root = url.replace(/\/v1$/, "");
	let agent: Promise<Agent> | undefined;
	return {
		async post(path, body, timeoutMs) {
			const { default: fetch } = await import("node-fetch");
			agent ??= createAgent(upstream, true);
			const text = JSON.stringify(body);
			const whole = root + (query?.addedTo(path) ?? path);
			const signed = { method: "POST", url: new URL(whole), body: [Buffer.from(text)] };
			const headers = await ownHeaders(upstream, signed);
			const response = await fetch(whole, {
				method: "POST",
				agent: await agent,
				redirect: "manual",
				signal: AbortSignal.timeout(timeoutMs),
				size: maxAnswerBytes,
				headers: { "content-type": "application/json", ...headers },
				body: text,
			});
			if (response.status === 200) return response.json();
			readOff(response.body as AsyncIterable<Buffer> | null).catch(() => {});
			throw new Error(`${path} answered with ${response.status}`);
		},
	};
}

async function readOff(body: AsyncIterable<Buffer> | null): Promise<void> {
	let bytes = 0;
	for await (const chunk of body ?? []) {
		bytes += chunk.length;
		if (bytes > maxBodyBytes) return;
	}
}
