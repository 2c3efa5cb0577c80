/** The topics' halves in the primary, one line for each. `workerTopics.ts` has the other halves. */
import { userInfo } from "node:os";
import { createPrimaryBackground } from "../background/primary.js";
import { createPrimaryCache } from "../cache/primary.js";
import { createPrimaryPasses } from "../keys/passes/primary.js";
import { createPrimaryKeys } from "../keys/primary.js";
import { openLimits } from "../limits/openLimits.js";
import { createPrimaryMetrics, type Surveyed } from "../metrics/primary.js";
import { createPrimaryReplay } from "../replay/primary.js";
import { createPrimarySealKeys } from "../sealKeys/primary.js";
import { createPrimarySessions } from "../sessions/primary.js";
import type { Settings } from "../settings/settings.js";
import { createPrimarySockets } from "../sockets/primary.js";
import { createPrimaryTraces } from "../tracing/primary.js";
import { createPrimaryHealth } from "../upstream/health/primary.js";
import { createPrimaryLessons } from "../upstream/lessons/primary.js";
import { createPrimaryModels } from "../upstream/listedModels/primary.js";
import { createPrimaryWarmth } from "../upstream/promptCache/primary.js";
import { createPrimaryTokens } from "../upstream/tokens/primary.js";
import type { PrimaryHalf } from "./channel/topic.js";

export interface TopicEvents {
	print(line: string): void;
	complain(line: string): void;
	/** A credential for administrators was made, to be shown this once. */
	adminMade(secret: string): void;
	/** Which model requests get that name none, if it is not the contract's default. */
	defaultModel(line: string): void;
	workers: Surveyed["workers"];
}

export type PrimaryTopics = Awaited<ReturnType<typeof openPrimaryTopics>>;

export async function openPrimaryTopics(settings: Settings, events: TopicEvents) {
	const { print, complain, workers } = events;
	const models = createPrimaryModels(events);
	const cache = createPrimaryCache();
	const health = createPrimaryHealth(complain, models.askAnew);
	const metrics = createPrimaryMetrics({
		upstreams: health.status,
		isRedisReachable: () => limits.isRedisReachable(),
		workers,
		cache: cache.totals,
	});
	const limits = await openLimits(settings, { print, complain, noteAway: metrics.noteAway });
	return {
		limits,
		health,
		metrics,
		keys: createPrimaryKeys(events),
		passes: createPrimaryPasses(userName()),
		lessons: createPrimaryLessons(),
		models,
		tokens: createPrimaryTokens(),
		traces: createPrimaryTraces(complain),
		sealKeys: createPrimarySealKeys(complain),
		sessions: createPrimarySessions(),
		sockets: createPrimarySockets(),
		background: createPrimaryBackground(),
		warmth: createPrimaryWarmth(),
		replay: createPrimaryReplay({
			hasWorkers: true,
			openSharing: async (opened) => (await import("../replay/machines/openSharing.js")).openSharing(opened, events),
		}),
		cache,
	};
}

export function halvesOf(topics: PrimaryTopics): readonly PrimaryHalf[] {
	return Object.values<PrimaryHalf>(topics);
}

/** A container's user may have no name. */
function userName(): string {
	try {
		return userInfo().username;
	} catch {
		return `uid ${process.getuid?.()}`;
	}
}
