/** Opens the primary's limits: counters in memory, with a file for days and months, or in Redis. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Settings } from "../settings/settings.js";
import { CalendarFile, readCalendar } from "./calendarFile.js";
import type { AwayDecision, LedgerPolicy } from "./countingLedger.js";
import { createLimitsDesk, type LimitsDesk } from "./limitsDesk.js";
import { MemoryCounters } from "./memoryCounters.js";
import type { RedisEvents } from "./redisLink.js";

/** What limits say to the primary. */
export interface LimitsEvents {
	print(line: string): void;
	complain(line: string): void;
	/** A request could not be counted. */
	noteAway(decision: AwayDecision): void;
}

export interface PrimaryLimits extends Pick<LimitsDesk, "join"> {
	/** These settings are in force from now on. Where it is counted stays. */
	adopt(settings: Settings): void;
	/** Nothing where there is no Redis. */
	isRedisReachable(): boolean | undefined;
	/** The process ends: what is not written yet is written. */
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
	const desk = createLimitsDesk(counters, policyOf(settings), noteAway);
	return {
		join: desk.join,
		adopt: (adopted) => desk.adopt(policyOf(adopted)),
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
	const desk = createLimitsDesk(counters, policyOf(settings), events.noteAway);
	return {
		join: desk.join,
		adopt(adopted) {
			({ redisFailure } = adopted);
			desk.adopt(policyOf(adopted));
		},
		isRedisReachable: () => counters.isReachable,
		close: () => counters.close(),
	};
}

const consequences = {
	open: "requests pass without being counted for limits",
	closed: "requests that limits apply to are refused",
} as const;

/** It may be said for each request. */
const refusedEveryMs = 10_000;

function sparingly(tell: NonNullable<RedisEvents["refused"]>): NonNullable<RedisEvents["refused"]> {
	let quietUntil = 0;
	return (...given) => {
		if (performance.now() < quietUntil) return;
		quietUntil = performance.now() + refusedEveryMs;
		tell(...given);
	};
}

/** Names of models and addresses of clients are among a limit's name. */
function legible(text: string): string {
	return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 300);
}

function policyOf({ limitQueue, redisFailure }: Settings): LedgerPolicy {
	return { maxWaiting: limitQueue, failsOpen: redisFailure === "open" };
}
