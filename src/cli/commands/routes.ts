/** `llmw routes`: what each public model resolves to. */

import { Problems } from "../../errors/problem.js";
import { terminalJson } from "../../logging/terminalText.js";
import { closest } from "../../settings/closest.js";
import {
	describeCache,
	describeCanary,
	describeCondition,
	describeHedge,
	describeLearn,
	describePromptCache,
	describeRetry,
	describeStrategy,
	namedTimeouts,
} from "../../settings/describeRouting.js";
import { formatDuration } from "../../settings/quantity.js";
import type { Route, Routing, Target, TargetGroup, Timeouts } from "../../settings/routes.js";
import { sentModel } from "../../settings/sentModel.js";
import type { Settings } from "../../settings/settings.js";
import { createRouteTable } from "../../upstream/routing/routeTable.js";

/**
 * All routes as trees, or the one that requests for a model take; with `asJson` as `Route`s (src/settings/routes.ts).
 *
 * @throws Problems when no route takes the model
 */
export function describeRoutes(
	{ routing, claudeModelPrefix }: Pick<Settings, "routing" | "claudeModelPrefix">,
	asked: string | undefined,
	asJson: boolean,
): string {
	const model = asked && createRouteTable(routing, claudeModelPrefix).nameOf(asked);
	const routes = model === undefined ? routing.routes : [routeOf(routing, model)];
	if (asJson) return terminalJson(routes, 2);
	return routes.map((route) => describeRoute(route, model)).join("\n\n");
}

function routeOf(routing: Routing, model: string): Route {
	const route = createRouteTable(routing).find(model);
	if (route !== undefined) return route;
	const models = routing.routes.flatMap((each) => each.models);
	const meant = closest(model, models);
	const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
	throw new Problems([
		{ where: model, message: `no route takes it: there are routes for ${models.join(", ")}${hint}` },
	]);
}

function describeRoute(route: Route, model: string | undefined): string {
	const {
		name,
		models,
		stages,
		retry,
		fallbackOn,
		rescue,
		hedge,
		strict,
		learn,
		promptCache,
		cache,
		graceMs,
		isResumable,
	} = route;
	const [first, ...fallbacks] = stages as [TargetGroup, ...TargetGroup[]];
	const usual = targetsOf(first)[0]?.timeouts;
	const facts: [string, string][] = [
		["models", models.join(", ")],
		["strategy", describeStrategy(first.strategy)],
		[
			"timeouts",
			usual
				? namedTimeouts(usual)
						.map(([limit, text]) => `${limit} ${text}`)
						.join(", ")
				: "",
		],
		["retry", describeRetry(retry)],
		["rescue", rescue],
		["hedge", hedge ? describeHedge(hedge) : "off"],
		...(strict ? ([["strict", "leaves nothing out"]] as [string, string][]) : []),
		...(learn ? ([["learns", describeLearn(learn)]] as [string, string][]) : []),
		...(cache ? ([["cache", describeCache(cache)]] as [string, string][]) : []),
		...(isUsual(promptCache) ? [] : [["prompt cache", describePromptCache(promptCache)] satisfies [string, string]]),
		...(graceMs === undefined ? [] : [["grace", formatDuration(graceMs)] satisfies [string, string]]),
		...(isResumable ? [["resumable", "on"] satisfies [string, string]] : []),
		...(fallbackOn.length > 0 ? ([["fallback on", fallbackOn.join(", ")]] as [string, string][]) : []),
	];
	const rows = [
		...branches(first.targets, "", model, usual),
		...fallbacks.flatMap((stage) => fallback(stage, model, usual)),
	];
	const width = Math.max(...rows.map(([left]) => left.length));
	return [
		model === undefined ? name : `${model} takes the route ${name}`,
		...facts.map(([label, text]) => `  ${label.padEnd(13)}${text}`),
		...rows.map(([left, right]) => `  ${left.padEnd(right === "" ? 0 : width + 2)}${right}`),
	].join("\n");
}

function isUsual(promptCache: Route["promptCache"]): boolean {
	return describePromptCache(promptCache) === describePromptCache();
}

type Row = [left: string, right: string];

function fallback(stage: TargetGroup, model: string | undefined, usual: Timeouts | undefined): Row[] {
	const isSingle = stage.targets.length === 1;
	return [
		[`fallback${isSingle ? "" : `, ${describeStrategy(stage.strategy)}`}`, ""],
		...branches(stage.targets, "", model, usual),
	];
}

function branches(
	targets: TargetGroup["targets"],
	indent: string,
	model: string | undefined,
	usual: Timeouts | undefined,
): Row[] {
	return targets.flatMap((target, index): Row[] => {
		const isLast = index === targets.length - 1;
		const left = `${indent}${isLast ? "└─" : "├─"} `;
		if (target.kind === "target") return [[left + nameOf(target, model), describeTarget(target, usual)]];
		const group: Row = [`${left}group, ${describeStrategy(target.strategy)}`, choiceOf(target).join("  ")];
		return [group, ...branches(target.targets, `${indent}${isLast ? "   " : "│  "}`, model, usual)];
	});
}

/** The model that is asked there, where that is known. */
function nameOf(target: Target, model: string | undefined): string {
	const { name, model: own, mapsFrom, upstream } = target;
	if (own !== undefined && (mapsFrom === undefined || model === undefined)) return name;
	return model === undefined ? `${upstream} (same model)` : `${upstream}/${sentModel(target, model)}`;
}

function describeTarget(target: Target, usual: Timeouts | undefined): string {
	const common = new Map(usual ? namedTimeouts(usual) : []);
	const differing = namedTimeouts(target.timeouts).filter(([name, text]) => common.get(name) !== text);
	const { context, output, prefill, ...switches } = target.capabilities;
	const lacks = Object.entries(switches).flatMap(([name, has]) => (has === false ? [`no ${name}`] : []));
	return [
		...choiceOf(target),
		...differing.map(([name, text]) => `${name} ${text}`),
		...(prefill === undefined ? [] : [`prefill ${prefill}`]),
		...(context === undefined ? [] : [`context ${context}`]),
		...(output === undefined ? [] : [`output ${output}`]),
		...lacks,
		...(target.cost === undefined ? [] : [`$${target.cost.input}/$${target.cost.output}`]),
	].join("  ");
}

function choiceOf({ weight, when, canary }: Pick<Target, "weight" | "when" | "canary">): string[] {
	return [
		`weight ${weight}`,
		...(canary === undefined ? [] : [`canary ${describeCanary(canary)}`]),
		...(when === undefined ? [] : [`when ${describeCondition(when)}`]),
	];
}

function targetsOf(group: TargetGroup): Target[] {
	return group.targets.flatMap((target) => (target.kind === "group" ? targetsOf(target) : [target]));
}
