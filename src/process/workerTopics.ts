/** The topics' halves in a worker, one line for each. `primaryTopics.ts` has the other halves. */
import { createWorkerPasses } from "../keys/passes/worker.js";
import { createWorkerKeys } from "../keys/worker.js";
import type { LimitsTopic } from "../limits/messages.js";
import { WorkerLimits } from "../limits/worker.js";
import { createWorkerMetrics } from "../metrics/worker.js";
import type { Settings } from "../settings/settings.js";
import { createWorkerTraces } from "../tracing/worker.js";
import type { HealthTopic } from "../upstream/health/messages.js";
import { createWorkerHealth } from "../upstream/health/worker.js";
import { createWorkerModels } from "../upstream/hostModels/worker.js";
import type { PrimaryPort } from "./channel/topic.js";
import type { WorkerChannel } from "./channel/worker.js";

export type WorkerTopics = ReturnType<typeof openWorkerTopics>;

export function openWorkerTopics({ open }: WorkerChannel, { routing: { upstreams } }: Settings) {
	return {
		limits: open("limits", ({ send }: PrimaryPort<LimitsTopic>) => new WorkerLimits(send)),
		health: open("health", (primary: PrimaryPort<HealthTopic>, snapshot: HealthTopic["snapshot"]) =>
			createWorkerHealth(upstreams, snapshot, primary),
		),
		metrics: open("metrics", createWorkerMetrics),
		keys: open("keys", createWorkerKeys),
		passes: open("passes", createWorkerPasses),
		models: open("models", createWorkerModels),
		traces: open("traces", createWorkerTraces),
	};
}
