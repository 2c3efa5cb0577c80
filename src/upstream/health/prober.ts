/** Active health checks: one for each upstream that wants them, in the primary, for all workers. */
import { messageOf } from "../../errors/problem.js";
import type { HealthSettings, UpstreamSettings } from "../../settings/routes.js";
import type { UpstreamProbe } from "../probe.js";
import { identityOf } from "./sharedHealth.js";
import type { Health } from "./states.js";

/** Intervals vary by up to this share, so that checks of many gateways do not come all at once. */
const jitterShare = 0.1;

export interface Prober {
	/** Checks these from now on; those that are checked already in the same way go on as they were. */
	follow(upstreams: readonly UpstreamSettings[]): void;
}

interface Check {
	stop(): void;
}

/** Counts answers in a row. @returns takes the result of each check; returns the new health if it has changed */
export function healthCounter({
	unhealthyAfter,
	healthyAfter,
}: HealthSettings): (isGood: boolean) => Health | undefined {
	let health: Health = "unknown";
	let inRow = 0;
	let wasGood: boolean | undefined;
	return (isGood) => {
		inRow = isGood === wasGood ? inRow + 1 : 1;
		wasGood = isGood;
		// An upstream that was never down has nothing to recover from.
		const enough = isGood ? (health === "unknown" ? 1 : healthyAfter) : unhealthyAfter;
		const next = isGood ? "up" : "down";
		if (inRow < enough || health === next) return undefined;
		health = next;
		return next;
	};
}

/**
 * @param setHealth called when the health of an upstream has changed
 * @param complain once for each change for the worse, and back
 */
export function createProber(
	setHealth: (upstream: UpstreamSettings, health: Health) => void,
	complain: (line: string) => void,
	random: () => number = Math.random,
): Prober {
	let checks = new Map<string, Check>();
	return {
		follow(upstreams) {
			const next = new Map<string, Check>();
			for (const upstream of upstreams) {
				if (!upstream.health) continue;
				const identity = identityOf(upstream) + JSON.stringify([upstream.health, upstream.headers]);
				next.set(
					identity,
					checks.get(identity) ?? startCheck(upstream, upstream.health, { setHealth, complain, random }),
				);
			}
			for (const [identity, check] of checks) if (!next.has(identity)) check.stop();
			checks = next;
		},
	};
}

interface CheckEvents {
	setHealth(upstream: UpstreamSettings, health: Health): void;
	complain(line: string): void;
	random(): number;
}

function startCheck(
	upstream: UpstreamSettings,
	health: HealthSettings,
	{ setHealth, complain, random }: CheckEvents,
): Check {
	const loaded = loadCheck(upstream, health);
	const count = healthCounter(health);
	let isStopped = false;
	let wasDown = false;
	let timer: NodeJS.Timeout | undefined;
	const check = async () => {
		const { probe, path } = await loaded;
		const problem = await problemOf(probe, { ...health, path });
		if (isStopped) return;
		const change = count(problem === undefined);
		if (change) {
			setHealth(upstream, change);
			if (change === "down") complain(`The upstream ${upstream.name} is down: ${problem}`);
			else if (wasDown) complain(`The upstream ${upstream.name} is up again`);
			wasDown = change === "down";
		}
		timer = setTimeout(check, health.intervalMs * (1 + jitterShare * (2 * random() - 1)));
	};
	void check();
	return {
		stop() {
			isStopped = true;
			clearTimeout(timer);
			void loaded.then(({ probe }) => probe.close());
		},
	};
}

/** With what it needs of providers, which the primary loads only if something is probed. */
async function loadCheck(upstream: UpstreamSettings, health: HealthSettings) {
	const [{ createUpstreamProbe }, { providerOf }] = await Promise.all([
		import("../probe.js"),
		import("../../providers/providers.js"),
	]);
	// Where nothing else is said, the list of models stands where its provider has it.
	const own = health.path === "/models" ? providerOf(upstream).modelsPath?.(upstream) : undefined;
	// What another host says is no news of this one.
	const path = own === undefined || /^https?:/.test(own) ? health.path : own;
	return { probe: createUpstreamProbe(upstream, { keepAlive: true }), path };
}

/** The reason why an upstream is unhealthy; undefined if it is healthy. */
async function problemOf(probe: UpstreamProbe, { path, timeoutMs }: HealthSettings): Promise<string | undefined> {
	try {
		const status = await probe.status(path, timeoutMs);
		return status < 500 ? undefined : `GET ${path} was answered with ${status}`;
	} catch (error) {
		return reasonOf(error);
	}
}

/** node-fetch puts the URL, which may be long, before the reason. */
function reasonOf(error: unknown): string {
	if ((error as { name?: string }).name === "AbortError") return "it does not answer in time";
	return messageOf(error).replace(/^request to .* failed, reason: ?/, "") || String((error as { code?: string }).code);
}
