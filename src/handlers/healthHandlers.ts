/** Reports whether this worker is alive, and whether requests can be answered. */

import createDebug from "debug";
import { GatewayError } from "../errors/gatewayError.js";
import { messageOf } from "../errors/problem.js";
import type { GatewayServices } from "../middleware/link.js";
import type { UpstreamSettings } from "../settings/routes.js";
import type { BreakerState } from "../upstream/health/states.js";
import { createUpstreamProbe } from "../upstream/probe.js";
import type { Handlers } from "./handlerTypes.js";

const debug = createDebug("llmgw:health");

/** How long a probe's result is reused, so that many callers cause one probe, and how long a probe may take. */
const freshMs = 1000;
const probeTimeoutMs = 5000;

interface UpstreamReadiness {
	status: "ok" | "unreachable" | "down";
	breaker: BreakerState;
}

/** `GET /healthz` and `GET /readyz`; the second throws a 503 while the gateway is stopping or no upstream can be used. */
export function healthHandlers(gateway: GatewayServices): Pick<Handlers, "getHealth" | "getReadiness"> {
	const { settings, states } = gateway;
	const probedUpstreams = settings.routing.upstreams.map((upstream) => ({ upstream, probe: probeOnce(upstream) }));
	const readinessOf = async ({ upstream, probe }: (typeof probedUpstreams)[number]): Promise<UpstreamReadiness> => {
		const { health } = states.of(upstream.name);
		// The breaker is read after the probe, which takes a while.
		const status = health === "unknown" ? await probe() : health === "up" ? "ok" : "down";
		return { status, breaker: states.of(upstream.name).breaker };
	};
	return {
		getHealth: () => ({ status: "ok", worker: process.pid, uptime: process.uptime() }),
		async getReadiness() {
			if (gateway.isDraining() || gateway.isLeaving?.()) throw notReady("The gateway is stopping.", "draining");
			const found = await Promise.all(
				probedUpstreams.map(async (probed) => [probed.upstream.name, await readinessOf(probed)] as const),
			);
			if (!found.some(([, readiness]) => isUsable(readiness)))
				throw notReady(describeUnusable(found), "upstream_unavailable");
			return { status: "ready", upstream: "ok", upstreams: Object.fromEntries(found) };
		},
	};
}

function isUsable({ status, breaker }: UpstreamReadiness): boolean {
	return status === "ok" && breaker !== "open";
}

function describeUnusable(found: readonly (readonly [string, UpstreamReadiness])[]): string {
	const reasons = found.map(([name, { status, breaker }]) => {
		if (status === "unreachable") return `${name} does not answer`;
		return status === "down" ? `${name} is down` : `${name} has failed too often (its breaker is ${breaker})`;
	});
	if (found.length === 1 && found[0]?.[1].status === "unreachable") return "The upstream does not answer.";
	return `No upstream can be used: ${reasons.join(", ")}.`;
}

function notReady(message: string, code: string): GatewayError {
	return new GatewayError(503, message, { code, headers: { "retry-after": "1" } });
}

/** Runs one probe at a time, and reuses its result for a moment after its start. */
function probeOnce(upstream: UpstreamSettings): () => Promise<"ok" | "unreachable"> {
	let latest: Promise<"ok" | "unreachable"> | undefined;
	let freshUntil = 0;
	let isRunning = false;
	return () => {
		const now = performance.now();
		if (!latest || (!isRunning && now > freshUntil)) {
			freshUntil = now + freshMs;
			isRunning = true;
			latest = probe(upstream).finally(() => {
				isRunning = false;
			});
		}
		return latest;
	};
}

/** Any HTTP response counts, even a 401, since the upstream is there. */
async function probe(upstream: UpstreamSettings): Promise<"ok" | "unreachable"> {
	try {
		await createUpstreamProbe(upstream).status("/models", probeTimeoutMs);
		return "ok";
	} catch (error) {
		debug("the upstream %s does not answer: %s", upstream.name, messageOf(error));
		return "unreachable";
	}
}
