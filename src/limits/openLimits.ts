/** Opens the primary's half of limits: over counters in memory, with a file for days and months, or in Redis. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { PrimaryHalf } from "../process/channel/topic.js";
import type { Settings } from "../settings/settings.js";
import { CalendarFile, readCalendar } from "./calendarFile.js";
import type { AwayDecision, LedgerPolicy } from "./countingLedger.js";
import { MemoryCounters } from "./memoryCounters.js";
import type { LimitsTopic } from "./messages.js";
import { createSharedLimits, type SharedLimits } from "./primary.js";
import type { RedisEvents } from "./redisLink.js";

export interface LimitsEvents {
	print(line: string): void;
	complain(line: string): void;
	/** A request could not be counted. */
	noteAway(decision: AwayDecision): void;
}

export interface PrimaryLimits extends PrimaryHalf<LimitsTopic> {
	/** These settings are in force from now on; what counts, memory or Redis, stays the same. */
	adopt(settings: Settings): void;
	/** Undefined without Redis. */
	isRedisReachable(): boolean | undefined;
	/** The process ends: writes what is not written yet. */
	close(): void;
}

export function openLimits(settings: Settings, events: LimitsEvents): PrimaryLimits | Promise<PrimaryLimits> {
	const { redisUrl } = settings;
	return redisUrl === undefined ? openInMemory(settings, events) : openInRedis(redisUrl, settings, events);
}

function openInMemory(settings: Settings, { complain, noteAway }: LimitsEvents): PrimaryLimits {
	const file = calendarFileOf(settings);
	let kept: CalendarFile | undefined;
	const counters = new MemoryCounters(Date.now, () => kept?.note());
	if (file !== undefined) {
		kept = new CalendarFile(file, counters, complain);
		counters.restore(readCalendar(file, complain));
	}
	const limits = createSharedLimits(counters, policyOf(settings), noteAway);
	return {
		...halfOf(limits),
		adopt: (adopted) => limits.adopt(policyOf(adopted)),
		isRedisReachable: () => undefined,
		close: () => kept?.close(),
	};
}

/** By address, as several gateways may have one data folder. One that takes any free port is another at each start. */
function calendarFileOf({ dataFolder, bindip, bindport }: Settings): string | undefined {
	if (dataFolder === undefined || bindport === 0) return undefined;
	return join(dataFolder, `limits-${bindip.replaceAll(":", "_")}-${bindport}.jsonl`);
}

async function openInRedis(url: string, settings: Settings, events: LimitsEvents): Promise<PrimaryLimits> {
	const { openRedisCounters } = await import("./redisCounters.js");
	let { redisFailure } = settings;
	const counters = await openRedisCounters(url, randomUUID(), {
		lost: (place, reason) =>
			events.complain(`Redis at ${place} can't be reached (${reason}): ${consequences[redisFailure]} until it is back`),
		found: (place) => events.print(`Redis at ${place} is back: limits are counted again`),
		refused: sparingly((place, reason, isUse) => {
			const consequence = isUse
				? "what requests have used of it is not counted"
				: `${consequences[redisFailure]} there`;
			events.complain(`Redis at ${place} can't count a limit (${legible(reason)}): ${consequence}`);
		}),
	});
	const limits = createSharedLimits(counters, policyOf(settings), events.noteAway);
	return {
		...halfOf(limits),
		adopt(adopted) {
			({ redisFailure } = adopted);
			limits.adopt(policyOf(adopted));
		},
		isRedisReachable: () => counters.isReachable,
		close: () => counters.close(),
	};
}

const consequences = {
	open: "requests pass without being counted for limits",
	closed: "requests that limits apply to are refused",
} as const;

/** The complaint could come with each request, and comes at most this often. */
const refusedEveryMs = 10_000;

function sparingly(report: NonNullable<RedisEvents["refused"]>): NonNullable<RedisEvents["refused"]> {
	let quietUntil = 0;
	return (...given) => {
		if (performance.now() < quietUntil) return;
		quietUntil = performance.now() + refusedEveryMs;
		report(...given);
	};
}

/** Names of models and addresses of clients are among a limit's name. */
function legible(text: string): string {
	return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 300);
}

function halfOf({ join }: SharedLimits): Pick<PrimaryLimits, "topic" | "join"> {
	return { topic: "limits", join: ({ send }) => join(send) };
}

function policyOf({ limitQueue, redisFailure }: Settings): LedgerPolicy {
	return { maxWaiting: limitQueue, failsOpen: redisFailure === "open" };
}
