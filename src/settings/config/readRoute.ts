/** A route of a configuration file, with what it inherits. */
import type { FallbackReason, RescueMode, Route, Target, TargetGroup } from "../routes.js";
import { defaultOf, type Schemas } from "./configSchema.js";
import { firstSaid } from "./inherit.js";
import { readLevel } from "./levels.js";
import type { Path } from "./locatedYaml.js";
import { cacheOf } from "./readCache.js";
import { patternsOf } from "./readCondition.js";
import { defaultStrategy, readStrategy } from "./readStrategy.js";
import { readTargets, type Surrounding } from "./readTarget.js";
import { hedgeOf, learnOf, promptCacheOf, retryOf } from "./sections.js";

/** As the file gives it, without what was found wrong in it. */
export type GivenRoute = Partial<Schemas["RouteConfig"]>;

/** @param context what all routes have in common */
export function readRoute(
	given: GivenRoute,
	path: Path,
	context: Omit<Surrounding, "around" | "strategy" | "models">,
	defaults: Schemas["DefaultsConfig"],
): Route {
	const { reader } = context;
	const levels = <Name extends "retry" | "hedge" | "learn" | "promptCache" | "cache">(member: Name) => [
		{ value: given[member], path: [...path, member] },
		{ value: defaults[member], path: ["defaults", member] },
	];
	const strategy =
		firstSaid(
			readStrategy(given.strategy, [...path, "strategy"], reader),
			readStrategy(defaults.strategy, ["defaults", "strategy"], reader),
		) ?? defaultStrategy();
	const models = patternsOf(given.model) ?? [];
	const inner = { ...context, strategy, models, around: [readLevel({ timeouts: given.timeouts }, path, reader)] };
	const first = { ...always, strategy, targets: readTargets(given.targets ?? [], [...path, "targets"], inner) };
	return {
		name: given.name ?? models[0] ?? "",
		models,
		stages: [first, ...readTargets(given.fallback ?? [], [...path, "fallback"], inner).map(asStage)],
		retry: retryOf(levels("retry"), reader),
		fallbackOn: (given.fallbackOn ?? defaults.fallbackOn ?? []).filter(Boolean) as FallbackReason[],
		rescue: given.rescue ?? defaults.rescue ?? (defaultOf("RescueConfig") as RescueMode),
		hedge: hedgeOf(levels("hedge"), reader),
		learn: learnOf(levels("learn"), reader),
		cache: cacheOf(levels("cache"), reader),
		strict: firstSaid(given.strict, defaults.strict) ?? false,
		promptCache: promptCacheOf(levels("promptCache"), first),
		graceMs: reader.duration(given, "grace", path, 0),
		isResumable: given.resumable,
		responsesKeptBy: given.responsesKeptBy,
		...(given.passthrough === undefined ? {} : { passthrough: given.passthrough.filter(Boolean) as string[] }),
	};
}

const always = { kind: "group", weight: 1, when: undefined, canary: undefined } as const;

/** A fallback is a stage of its own; one with conditions stands in a group, which has none. */
function asStage(fallback: Target | TargetGroup): TargetGroup {
	const isPlainGroup = fallback.kind === "group" && fallback.when === undefined && fallback.canary === undefined;
	return isPlainGroup ? fallback : { ...always, strategy: { kind: "ordered" }, targets: [fallback] };
}
