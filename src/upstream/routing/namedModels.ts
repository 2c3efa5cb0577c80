/** The models that a configuration names, by upstream, so that clients can't create labels of metrics. */
import { isPattern } from "../../settings/pattern.js";
import type { Routing, Target, TargetGroup } from "../../settings/routes.js";

export function namedModels({ upstreams, routes }: Routing): ReadonlyMap<string, ReadonlySet<string>> {
	const named = new Map(upstreams.map(({ name }) => [name, new Set<string>()]));
	for (const { models, stages } of routes)
		for (const { upstream, model } of stages.flatMap(targetsOf))
			for (const name of model === undefined ? models : [model]) if (!isPattern(name)) named.get(upstream)?.add(name);
	return named;
}

function targetsOf({ targets }: TargetGroup): Target[] {
	return targets.flatMap((member) => (member.kind === "target" ? [member] : targetsOf(member)));
}
