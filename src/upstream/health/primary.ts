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

export function createPrimaryHealth(complain: (line: string) => void): PrimaryHealth {
	const shared = createSharedHealth();
	const prober = createProber(shared.setHealth, complain);
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
