/** The topics' halves in a worker, one line for each. `primaryTopics.ts` has the other halves. */
import type { BackgroundTopic } from "../background/messages.js";
import { createWorkerBackground } from "../background/worker.js";
import { createWorkerCache } from "../cache/worker.js";
import { createWorkerPasses } from "../keys/passes/worker.js";
import { createWorkerKeys } from "../keys/worker.js";
import type { LimitsTopic } from "../limits/messages.js";
import { WorkerLimits } from "../limits/worker.js";
import { createWorkerMetrics } from "../metrics/worker.js";
import type { ReplayTopic } from "../replay/messages.js";
import { createWorkerReplay } from "../replay/worker.js";
import { createWorkerSealKeys } from "../sealKeys/worker.js";
import { createWorkerSessions } from "../sessions/worker.js";
import type { Settings } from "../settings/settings.js";
import { createWorkerSockets } from "../sockets/worker.js";
import { createWorkerTraces } from "../tracing/worker.js";
import type { HealthTopic } from "../upstream/health/messages.js";
import { createWorkerHealth } from "../upstream/health/worker.js";
import { createWorkerLessons } from "../upstream/lessons/worker.js";
import { createWorkerModels } from "../upstream/listedModels/worker.js";
import { createWorkerWarmth } from "../upstream/promptCache/worker.js";
import { createWorkerTokens } from "../upstream/tokens/worker.js";
import type { PrimaryPort } from "./channel/topic.js";
import type { WorkerChannel } from "./channel/worker.js";

export type WorkerTopics = ReturnType<typeof openWorkerTopics>;

export function openWorkerTopics(
	{ open }: WorkerChannel,
	{ routing: { upstreams } }: Settings,
	complain: (line: string) => void,
) {
	return {
		limits: open("limits", ({ send }: PrimaryPort<LimitsTopic>) => new WorkerLimits(send)),
		health: open("health", (primary: PrimaryPort<HealthTopic>, snapshot: HealthTopic["snapshot"]) =>
			createWorkerHealth(upstreams, snapshot, primary),
		),
		metrics: open("metrics", createWorkerMetrics),
		keys: open("keys", createWorkerKeys),
		cache: open("cache", createWorkerCache),
		passes: open("passes", createWorkerPasses),
		lessons: open("lessons", createWorkerLessons),
		models: open("models", createWorkerModels),
		tokens: open("tokens", createWorkerTokens),
		traces: open("traces", createWorkerTraces),
		warmth: open("warmth", createWorkerWarmth),
		sealKeys: open("sealKeys", createWorkerSealKeys),
		sessions: open("sessions", createWorkerSessions),
		sockets: open("sockets", createWorkerSockets),
		background: open("background", (primary: PrimaryPort<BackgroundTopic>, snapshot: BackgroundTopic["snapshot"]) =>
			createWorkerBackground(primary, snapshot),
		),
		replay: open("replay", (primary: PrimaryPort<ReplayTopic>, folder: ReplayTopic["snapshot"]) =>
			createWorkerReplay(primary, folder, complain),
		),
	};
}
