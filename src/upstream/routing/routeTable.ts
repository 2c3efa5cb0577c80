/** Which route a request's model belongs to. */

import { compilePattern, isCatchAll, isPattern, type Matches } from "../../settings/pattern.js";
import type { Route, Routing } from "../../settings/routes.js";
import { prepareRoute } from "./choose.js";

export interface NamedRoute {
	readonly name: string;
	readonly route: Route;
}

export interface PatternRoute {
	readonly pattern: string;
	readonly route: Route;
}

export interface RouteTable {
	/** An exact name wins, else the first pattern that matches; without a model, only a pattern for everything does. */
	find(model: string | undefined): Route | undefined;
	/** The names that routes list, each once, in their order. */
	exactNames(): readonly NamedRoute[];
	/** The patterns that routes list, in their order. */
	patterns(): readonly PatternRoute[];
}

/** Names remembered with the pattern they match; clients can think of endless ones, and of long ones. */
const maxRemembered = 1000;
const maxRememberedLength = 256;

/** Compiles all that can be known before a request comes, the routes' targets included. */
export function createRouteTable(routing: Routing): RouteTable {
	for (const route of routing.routes) prepareRoute(route);
	const listed = routing.routes.flatMap((route) => route.models.map((model) => ({ model, route })));
	const names = new Map<string, Route>();
	for (const { model, route } of listed) if (!isPattern(model) && !names.has(model)) names.set(model, route);
	const exactNames = [...names].map(([name, route]) => ({ name, route }));
	const patterns = listed
		.filter(({ model }) => isPattern(model))
		.map(({ model, route }) => ({ pattern: model, route }));
	const catchAll = patterns.find(({ pattern }) => isCatchAll(pattern))?.route;
	const findByPattern = patternFinder(patterns);
	return {
		find: (model) => (model === undefined ? catchAll : (names.get(model) ?? findByPattern(model))),
		exactNames: () => exactNames,
		patterns: () => patterns,
	};
}

function patternFinder(patterns: readonly PatternRoute[]): (model: string) => Route | undefined {
	const [first] = patterns;
	if (first === undefined) return () => undefined;
	if (isCatchAll(first.pattern)) return () => first.route;
	const compiled = patterns.map(({ pattern, route }) => ({ matches: compilePattern(pattern), route }));
	return remembering((model) => firstMatch(compiled, model));
}

function firstMatch(compiled: readonly { matches: Matches; route: Route }[], model: string): Route | undefined {
	for (const { matches, route } of compiled) if (matches(model)) return route;
	return undefined;
}

/** Two generations: when the younger is full it becomes the older one, and names in use are taken over from that. */
function remembering(find: (model: string) => Route | undefined): (model: string) => Route | undefined {
	let younger = new Map<string, Route | null>();
	let older = younger;
	return (model) => {
		const known = younger.get(model);
		if (known !== undefined) return known ?? undefined;
		if (model.length > maxRememberedLength) return find(model);
		const found = older.get(model) ?? find(model) ?? null;
		if (younger.size >= maxRemembered / 2) {
			older = younger;
			younger = new Map();
		}
		younger.set(model, found);
		return found ?? undefined;
	};
}
