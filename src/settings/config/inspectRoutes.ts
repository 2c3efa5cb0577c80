/** Problems between routes, each of which is right by itself. */
import { compilePattern, isPattern } from "../pattern.js";
import type { Routing, TargetGroup } from "../routes.js";
import type { Path } from "./locatedYaml.js";
import type { GivenRoute } from "./readRoute.js";

type Report = (path: Path, message: string) => void;

/** Routes with the same name, and models that an earlier route takes. */
export function inspectRoutes({ routes }: Pick<Routing, "routes">, given: readonly GivenRoute[], report: Report): void {
	for (const [index, { name, models, cache }] of routes.entries()) {
		const vectors = cache?.semantic?.model;
		if (vectors !== undefined && !routes.some((route) => route.models.some((one) => compilePattern(one)(vectors))))
			report(
				["routes", index, "cache", "semantic", "model"],
				`no route takes ${vectors}, whose vectors this cache needs`,
			);
		const earlier = routes.slice(0, index);
		const path: Path = ["routes", index];
		if (name !== "" && earlier.some((route) => route.name === name) && given[index]?.name !== undefined)
			report([...path, "name"], `another route is called ${name} already`);
		for (const [place, model] of models.entries()) {
			const owner = earlier.find((route) => route.models.some((pattern) => leavesNothing(pattern, model)));
			const where = Array.isArray(given[index]?.model) ? [...path, "model", place] : [...path, "model"];
			if (owner !== undefined)
				report(where, `no request for ${model} comes here, since the route ${owner.name} above takes it`);
			else if (place === 0 && given[index]?.name === undefined && earlier.some((route) => route.name === name))
				report(where, `another route is called ${name} already; give one of them a \`name\``);
		}
	}
}

/**
 * Whether a pattern takes all that a later one would. An exact name wins over any pattern, so that only its like leaves it
 * nothing. The star of the later pattern is matched as a character: only a star can match all that it stands for.
 */
export function leavesNothing(pattern: string, later: string): boolean {
	return isPattern(later) ? compilePattern(pattern)(later) : pattern === later;
}

/** Upstreams that no route names. */
export function unusedUpstreams({ upstreams, routes }: Routing): string[] {
	const used = new Set(routes.flatMap(({ stages }) => stages.flatMap(upstreamsOf)));
	return upstreams.map(({ name }) => name).filter((name) => !used.has(name));
}

function upstreamsOf(group: TargetGroup): string[] {
	return group.targets.flatMap((target) => (target.kind === "group" ? upstreamsOf(target) : [target.upstream]));
}
