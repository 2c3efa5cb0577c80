/** Sections that are inherited member by member: health checks, breakers, retries, hedges, lessons and prompt caches. */
import type {
	BreakerSettings,
	HealthSettings,
	HedgeSettings,
	LearnSettings,
	PromptCacheSettings,
	RetrySettings,
	TargetGroup,
} from "../routes.js";
import { defaultOf, defaultsOf, type Schemas } from "./configSchema.js";
import { switchedOn } from "./inherit.js";
import type { Path } from "./locatedYaml.js";
import type { Reader } from "./reader.js";

/** One level's value of a section, and where it stands. */
export interface LevelValue<T> {
	readonly value: boolean | T | undefined;
	readonly path: Path;
}

export type Section<Name extends keyof Schemas> = Exclude<Schemas[Name], boolean>;
/** A section of one level, in the settings' units. */
export type Read<T> = { [Member in keyof T]: T[Member] | undefined };

export function healthOf(
	levels: readonly LevelValue<Section<"HealthConfig">>[],
	reader: Reader,
): HealthSettings | undefined {
	return inherited(
		"HealthConfig",
		levels,
		(given: Section<"HealthConfig">, path): Read<HealthSettings> => ({
			path: given.path,
			intervalMs: reader.duration(given, "interval", path),
			timeoutMs: reader.duration(given, "timeout", path),
			unhealthyAfter: given.unhealthyAfter,
			healthyAfter: given.healthyAfter,
		}),
	);
}

export function breakerOf(
	levels: readonly LevelValue<Section<"BreakerConfig">>[],
	reader: Reader,
): BreakerSettings | undefined {
	return inherited(
		"BreakerConfig",
		levels,
		(given: Section<"BreakerConfig">, path): Read<BreakerSettings> => ({
			failures: given.failures,
			share: reader.share(given, "share", path),
			windowMs: reader.duration(given, "window", path),
			cooldownMs: reader.duration(given, "cooldown", path),
		}),
	);
}

export function hedgeOf(
	levels: readonly LevelValue<Section<"HedgeConfig">>[],
	reader: Reader,
): HedgeSettings | undefined {
	const on = inherited(
		"HedgeConfig",
		levels,
		(given: Section<"HedgeConfig">, path): Read<HedgeSettings> => ({
			share: reader.share(given, "share", path),
			afterMs: reader.duration(given, "after", path),
		}),
	);
	// A member that no level sets is missing.
	return on && { share: on.share, afterMs: on.afterMs };
}

export function learnOf(
	levels: readonly LevelValue<Section<"LearnConfig">>[],
	reader: Reader,
): LearnSettings | undefined {
	return inherited(
		"LearnConfig",
		levels,
		(given: Section<"LearnConfig">, path): Read<LearnSettings> => ({ forMs: reader.duration(given, "for", path) }),
	);
}

/** @param group whose strategy says whether conversations stick, if nothing else does */
export function promptCacheOf(
	levels: readonly LevelValue<Section<"PromptCacheConfig">>[],
	group: TargetGroup,
): PromptCacheSettings {
	const on = inherited(
		"PromptCacheConfig",
		levels,
		({ watch, stick, inject, ttl }: Section<"PromptCacheConfig">): Read<PromptCacheSettings> => ({
			watches: watch,
			sticks: stick,
			injects: inject,
			ttl,
		}),
	);
	if (on === undefined) return { watches: false, sticks: false, injects: false, ttl: "5m" };
	return { ...on, sticks: on.sticks ?? isAffine(group) };
}

function isAffine({ strategy, targets }: TargetGroup): boolean {
	const isOwn = strategy.kind === "session_affinity" || strategy.kind === "prefix_affinity";
	return isOwn || targets.some((member) => member.kind === "group" && isAffine(member));
}

export function retryOf(levels: readonly LevelValue<Schemas["RetryConfig"]>[], reader: Reader): RetrySettings {
	const on = inherited(
		"RetryConfig",
		levels,
		(given: Schemas["RetryConfig"], path): Read<RetrySettings> => ({
			attempts: given.attempts,
			attemptsPerTarget: given.attemptsPerTarget,
			firstBackoffMs: reader.duration(given, "firstBackoff", path, 0),
			maxBackoffMs: reader.duration(given, "maxBackoff", path, 0),
			maxWaitMs: reader.duration(given, "maxWait", path, 0),
			budgetShare: reader.share(given, "budget", path),
		}),
	);
	return on as RetrySettings;
}

/** @param levels from the innermost to the outermost; the schema's defaults come after them */
export function inherited<Given, Made extends object>(
	name: keyof Schemas,
	levels: readonly LevelValue<Given>[],
	read: (given: Given, path: Path) => Read<Made>,
): Made | undefined {
	const values = levels.map(({ value, path }) => (typeof value === "object" ? read(value as Given, path) : value));
	const on = switchedOn(values as (boolean | Read<Made> | undefined)[], defaultOf(name) !== false);
	return on && ({ ...read(defaultsOf(name) as Given, []), ...on } as Made);
}
