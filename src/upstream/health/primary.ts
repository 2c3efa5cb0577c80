/** The primary's half of upstreams' health: what all workers share of it, and the active health checks. */
import type { PrimaryHalf } from "../../process/channel/topic.js";
import type { Settings } from "../../settings/settings.js";
import type { HealthTopic } from "./messages.js";
import { createProber } from "./prober.js";
import { createSharedHealth, type UpstreamStatus } from "./sharedHealth.js";

export interface PrimaryHealth extends PrimaryHalf<HealthTopic> {
	/** The upstreams in force. */
	status(): UpstreamStatus[];
}

/** @param recovered called with the name of an upstream that was down, and is up again */
export function createPrimaryHealth(
	complain: (line: string) => void,
	recovered: (upstream: string) => void = () => {},
): PrimaryHealth {
	const shared = createSharedHealth();
	const down = new Set<string>();
	const prober = createProber((upstream, health) => {
		shared.setHealth(upstream, health);
		if (health === "down") down.add(upstream.name);
		else if (down.delete(upstream.name)) recovered(upstream.name);
	}, complain);
	return {
		topic: "health",
		status: () => shared.status(),
		join: ({ settings, send }) => shared.join(settings.routing.upstreams, send),
		adopt({ routing: { upstreams } }: Settings) {
			shared.adopt(upstreams);
			prober.follow(upstreams);
		},
	};
}
