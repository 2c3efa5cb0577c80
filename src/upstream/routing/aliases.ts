/** Second names of models, all with the same prefix, for clients that show only names which begin in a certain way. */
import type { Route, Target, TargetGroup } from "../../settings/routes.js";

export interface Aliases {
	/** The route of the name behind an alias, made for requests that name the alias; undefined for any other name. */
	find(model: string): Route | undefined;
	/** The name behind an alias; any other name as it is. */
	nameOf(model: string): string;
}

/** @param find the route of a name that is no alias */
export function createAliases(prefix: string, find: (name: string) => Route | undefined): Aliases {
	const made = new Map<Route, Route>();
	const isAlias = (model: string) => model.length > prefix.length && model.startsWith(prefix);
	return {
		find(model) {
			const route = isAlias(model) ? find(model.slice(prefix.length)) : undefined;
			if (route === undefined) return undefined;
			const known = made.get(route) ?? routeForAliases(route, prefix);
			made.set(route, known);
			return known;
		},
		nameOf: (model) => (isAlias(model) ? model.slice(prefix.length) : model),
	};
}

/** The same route, which sends its upstreams the names that they know. */
function routeForAliases(route: Route, prefix: string): Route {
	return { ...route, stages: route.stages.map((stage) => groupForAliases(stage, prefix)) };
}

function groupForAliases(group: TargetGroup, prefix: string): TargetGroup {
	const targets = group.targets.map((member) =>
		member.kind === "target" ? targetForAliases(member, prefix) : groupForAliases(member, prefix),
	);
	return { ...group, targets };
}

/** Names behind aliases are mapped as ever: what a request has used is reckoned by them. */
function targetForAliases(target: Target, prefix: string): Target {
	const { model = "*", mapsFrom = target.model === undefined ? ["*"] : undefined } = target;
	if (mapsFrom === undefined) return target;
	return { ...target, model, mapsFrom: [...mapsFrom.map((pattern) => prefix + pattern), ...mapsFrom] };
}
