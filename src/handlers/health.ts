/** Is this worker alive, and does the AI host answer? */

import createDebug from "debug";
import { GatewayError } from "../contract/gatewayError.js";
import { messageOf } from "../contract/problem.js";
import type { UpstreamSettings } from "../contract/routes.js";
import type { GatewayServices } from "../plugin.js";
import type { Handlers } from "./handlers.js";

const debug = createDebug("llmgw:health");

/** How long a probe's result stands, so that many callers make one probe, and how long it may take. */
const freshMs = 1000;
const probeTimeoutMs = 5000;

/** `GET /healthz` and `GET /readyz`; the second throws a 503 while the gateway is stopping or the AI host is away. */
export function healthHandlers(gateway: GatewayServices): Pick<Handlers, "getHealth" | "getReadiness"> {
	const probe = probeOnce(gateway);
	return {
		getHealth: () => ({ status: "ok", worker: process.pid, uptime: process.uptime() }),
		async getReadiness() {
			if (gateway.isDraining()) throw notReady("The gateway is stopping.", "draining");
			const failure = await probe();
			if (failure !== undefined) throw notReady("The AI host does not answer.", "upstream_unavailable");
			return { status: "ready", upstream: "ok" };
		},
	};
}

function notReady(message: string, code: string): GatewayError {
	return new GatewayError(503, message, { code, headers: { "retry-after": "1" } });
}

/** One probe at a time, whose result stands for a moment after it has begun. */
function probeOnce(gateway: GatewayServices): () => Promise<string | undefined> {
	let latest: Promise<string | undefined> | undefined;
	let freshUntil = 0;
	let isRunning = false;
	return () => {
		const now = performance.now();
		if (!latest || (!isRunning && now > freshUntil)) {
			freshUntil = now + freshMs;
			isRunning = true;
			latest = probe(gateway).finally(() => {
				isRunning = false;
			});
		}
		return latest;
	};
}

/** What is wrong with the AI host, if anything. Any HTTP answer counts, 401 included: the host is there. */
async function probe({ settings }: GatewayServices): Promise<string | undefined> {
	try {
		const { url, key, tls: trust } = settings.routing.upstreams[0] as UpstreamSettings;
		const [{ default: fetch }, { Agent }] = await Promise.all([import("node-fetch"), import("node:https")]);
		const tls = { rejectUnauthorized: !trust.insecure, ...(trust.ca === undefined ? {} : { ca: trust.ca }) };
		const response = await fetch(`${url}/models`, {
			redirect: "manual",
			signal: AbortSignal.timeout(probeTimeoutMs),
			headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
			...(url.startsWith("https:") ? { agent: new Agent(tls) } : {}),
		});
		response.body?.resume?.();
		return undefined;
	} catch (error) {
		debug("the AI host does not answer: %s", messageOf(error));
		return messageOf(error);
	}
}
