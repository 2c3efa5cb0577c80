/** Finds the route of a request's model. */

import { compilePattern, isCatchAll, isPattern, type Matches } from "../../settings/pattern.js";
import type { Route, Routing } from "../../settings/routes.js";
import { createAliases } from "./aliases.js";
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
	/**
	 * Finds a route by exact name, else by an alias, else by the first matching pattern; without a model, only the pattern `*`
	 * matches.
	 */
	find(model: string | undefined): Route | undefined;
	/** @returns the names that routes list, each once, in order */
	exactNames(): readonly NamedRoute[];
	/** @returns the patterns that routes list, in order */
	patterns(): readonly PatternRoute[];
	/** The name behind an alias; any other name as it is. */
	nameOf(model: string): string;
	/** The alias of a name; undefined if there are none. */
	aliasOf(name: string): string | undefined;
}

/** Limits of the cache from names to routes: clients can make up any number of names, of any length. */
const maxCached = 1000;
const maxCachedLength = 256;

/**
 * Compiles the table and the routes' targets before the first request.
 *
 * @param aliasPrefix before a name it makes an alias of it; empty for none
 */
export function createRouteTable(routing: Routing, aliasPrefix = ""): RouteTable {
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
	// Routes for such names are the configuration's own business.
	const isTaken = aliasPrefix === "" || listed.some(({ model }) => model.startsWith(aliasPrefix));
	const aliases = isTaken ? undefined : createAliases(aliasPrefix, (name) => names.get(name) ?? findByPattern(name));
	return {
		find: (model) =>
			model === undefined ? catchAll : (names.get(model) ?? aliases?.find(model) ?? findByPattern(model)),
		nameOf: (model) => (aliases === undefined || names.has(model) ? model : aliases.nameOf(model)),
		aliasOf: (name) => (aliases === undefined ? undefined : aliasPrefix + name),
		exactNames: () => exactNames,
		patterns: () => patterns,
	};
}

function patternFinder(patterns: readonly PatternRoute[]): (model: string) => Route | undefined {
	const [first] = patterns;
	if (first === undefined) return () => undefined;
	if (isCatchAll(first.pattern)) return () => first.route;
	const compiled = patterns.map(({ pattern, route }) => ({ matches: compilePattern(pattern), route }));
	return cached((model) => firstMatch(compiled, model));
}

function firstMatch(compiled: readonly { matches: Matches; route: Route }[], model: string): Route | undefined {
	for (const { matches, route } of compiled) if (matches(model)) return route;
	return undefined;
}

/** A cache in two generations: when the younger is full it becomes the older, from which names in use are copied back. */
function cached(find: (model: string) => Route | undefined): (model: string) => Route | undefined {
	let younger = new Map<string, Route | null>();
	let older = younger;
	return (model) => {
		const cachedRoute = younger.get(model);
		if (cachedRoute !== undefined) return cachedRoute ?? undefined;
		if (model.length > maxCachedLength) return find(model);
		const found = older.get(model) ?? find(model) ?? null;
		if (younger.size >= maxCached / 2) {
			older = younger;
			younger = new Map();
		}
		younger.set(model, found);
		return found ?? undefined;
	};
}
