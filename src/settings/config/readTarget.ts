/** Targets of a configuration file and groups of them, with what they inherit. */
import { closest } from "../closest.js";
import { countStars, isPattern } from "../pattern.js";
import type { Strategy, Target, TargetGroup } from "../routes.js";
import type { UpstreamLimits } from "./configFile.js";
import type { Schemas } from "./configSchema.js";
import { firstSaid } from "./inherit.js";
import { capabilitiesOf, costOf, type Level, readLevel, timeoutsOf } from "./levels.js";
import type { Path } from "./locatedYaml.js";
import { readCondition } from "./readCondition.js";
import type { Reader } from "./reader.js";
import { readCanary, readStrategy } from "./readStrategy.js";

type GivenTarget = Schemas["TargetConfig"];
type GivenChoice = Pick<Schemas["TargetGroupConfig"], "weight" | "when" | "canary">;

/** Values that a target can inherit from around it. */
export interface Surrounding {
	readonly reader: Reader;
	readonly limits: UpstreamLimits;
	/** Each upstream's own values for its targets, by name. */
	readonly upstreams: ReadonlyMap<string, { readonly level: Level; readonly weight: number | undefined }>;
	/** The levels of the groups around it, innermost first, then the route's. */
	readonly around: readonly Level[];
	readonly defaults: Level;
	/** The strategy of the innermost group around it that has one, else the route's. */
	readonly strategy: Strategy;
	/** The route's patterns. */
	readonly models: readonly string[];
}

export function readTargets(
	given: readonly (GivenTarget | undefined)[],
	path: Path,
	surrounding: Surrounding,
): (Target | TargetGroup)[] {
	return given
		.map((target, index) => (target === undefined ? undefined : readAny(target, [...path, index], surrounding)))
		.filter((target) => target !== undefined);
}

function readAny(given: GivenTarget, path: Path, surrounding: Surrounding): Target | TargetGroup | undefined {
	if (typeof given === "string") {
		const slash = given.indexOf("/");
		const [upstream, model] = slash === -1 ? [given] : [given.slice(0, slash), given.slice(slash + 1)];
		if (model === "") surrounding.reader.report(path, "names no model after the slash");
		return readTarget({ upstream, ...(model ? { model } : {}) }, path, path, surrounding);
	}
	if ("targets" in given) return readGroup(given, path, surrounding);
	if (given.upstream === undefined) return undefined;
	return readTarget(given, path, [...path, "upstream"], surrounding);
}

function readTarget(
	given: Schemas["SingleTargetConfig"],
	path: Path,
	placeOfUpstream: Path,
	{ reader, upstreams, around, defaults, limits, models }: Surrounding,
): Target | undefined {
	const { upstream, model } = given;
	const mapsFrom = model !== undefined && isPattern(model) ? models : undefined;
	if (mapsFrom !== undefined) checkStars(model as string, mapsFrom, path, reader);
	const named = upstreams.get(upstream);
	if (named === undefined) {
		if (upstreams.size === 0) return undefined;
		const meant = closest(upstream, upstreams.keys());
		const hint = meant === undefined ? `; there are ${[...upstreams.keys()].join(", ")}` : `; did you mean ${meant}?`;
		reader.report(placeOfUpstream, `there is no upstream ${upstream}${hint}`);
		return undefined;
	}
	const levels = [readLevel(given, path, reader), ...around, named.level, defaults];
	return {
		...readChoice(given, path, reader, named.weight),
		kind: "target",
		name: model === undefined ? upstream : `${upstream}/${model}`,
		upstream,
		model,
		...(mapsFrom === undefined ? {} : { mapsFrom }),
		timeouts: timeoutsOf(levels, limits),
		capabilities: capabilitiesOf(levels),
		cost: costOf(levels),
	};
}

/** The stars of a target's model can be filled in if each of the route's names has as many. */
function checkStars(model: string, models: readonly string[], path: Path, reader: Reader): void {
	const count = countStars(model);
	const odd = models.find((pattern) => countStars(pattern) !== count);
	if (odd === undefined) return;
	const stars = (number: number) => (number === 0 ? "no *" : `${number} ${number === 1 ? "*" : "times *"}`);
	reader.report(
		path,
		`can't be filled in from the route's model ${odd}, which has ${stars(countStars(odd))} where this has ${stars(count)}`,
	);
}

export function readGroup(given: Schemas["TargetGroupConfig"], path: Path, surrounding: Surrounding): TargetGroup {
	const { reader, around } = surrounding;
	const strategy =
		firstSaid(readStrategy(given.strategy, [...path, "strategy"], reader), surrounding.strategy) ??
		surrounding.strategy;
	const inner = { ...surrounding, strategy, around: [readLevel(given, path, reader), ...around] };
	return {
		...readChoice(given, path, reader, undefined),
		kind: "group",
		strategy,
		targets: readTargets(given.targets ?? [], [...path, "targets"], inner),
	};
}

function readChoice(given: GivenChoice, path: Path, reader: Reader, inheritedWeight: number | undefined) {
	return {
		weight: given.weight ?? inheritedWeight ?? 1,
		when: readCondition(given.when, [...path, "when"], reader),
		canary: readCanary(given.canary, [...path, "canary"], reader),
	};
}
