/** The model of a request that names none: the contract's default, or the upstream's first if the upstream is known not to have the default. */
import type { Route, Routing, Target, UpstreamSettings } from "../../settings/routes.js";
import type { RouteTable } from "../routing/routeTable.js";
import { canChatByName, hasModel } from "./chatModels.js";
import { placeOf } from "./place.js";
import type { ListedModels } from "./worker.js";

/** How old a list may be: one that decides what a request asks for, and one that changes nothing. */
const decisiveMs = 2_000;
const idleMs = 30_000;

export interface DefaultModel {
	/**
	 * @param model the contract's default
	 * @returns the model in its place; undefined if the default stands. A promise if a list has to be fetched first.
	 */
	insteadOf(model: string): string | undefined | Promise<string | undefined>;
	/** A line for the operator about requests without a model; undefined if the contract's default stands. */
	describe(model: string): string | undefined;
}

/**
 * @param mayCharge whether an upstream may charge for its models: the gateway does not choose one that costs money
 */
export function createDefaultModel(
	{ upstreams }: Routing,
	routes: RouteTable,
	models: ListedModels,
	mayCharge: (upstream: UpstreamSettings) => boolean,
): DefaultModel {
	const placeFor = remembered((model) => placeOfModel(routes, model));
	const settingsOf = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
	/** Lists may be long, and are looked through once. */
	let choices = new Map<string, Choice>();
	let revision = models.revision;
	const choose = (model: string): Choice => {
		if (revision !== models.revision) choices = new Map();
		revision = models.revision;
		const choice = choices.get(model) ?? chooseNow(model, placeFor(model));
		choices.set(model, choice);
		return choice;
	};
	const chooseNow = (model: string, { route, upstreams: names }: Place): Choice => {
		const lists = names.flatMap((name) => models.listOf(name) ?? []);
		const [first] = lists;
		if (first === undefined || lists.some((list) => hasModel(list, model))) return { isDefault: true };
		const upstream = settingsOf.get(first.upstream) as UpstreamSettings;
		if (mayCharge(upstream)) return { isDefault: false, upstream, model: undefined };
		return { isDefault: false, upstream, model: first.chat.find((id) => routes.find(id) === route) };
	};
	/** Has lists that are too old fetched again. @returns those that are worth waiting for */
	const refresh = (names: readonly string[], isDefault: boolean): Promise<void>[] =>
		names.flatMap((name) => {
			const ageMs = models.ageMs(name);
			const isDecisive = (!isDefault && models.listOf(name) !== undefined) || models.isInTrouble(name);
			if (ageMs <= (isDecisive ? decisiveMs : idleMs)) return [];
			const refreshed = models.refresh(name);
			return isDecisive || ageMs === Number.POSITIVE_INFINITY ? [refreshed] : [];
		});
	return {
		insteadOf(model) {
			const place = placeFor(model);
			if (place.route === undefined) return place.firstName;
			const awaited = refresh(place.upstreams, choose(model).isDefault);
			if (awaited.length === 0) return modelOf(choose(model));
			return Promise.all(awaited).then(() => modelOf(choose(model)));
		},
		describe(model) {
			const { route, firstName } = placeFor(model);
			if (route === undefined)
				return firstName && `chat completions that name no model ask for ${firstName}: no route takes ${model}`;
			const choice = choose(model);
			return choice.isDefault ? undefined : describeChoice(choice, model);
		},
	};
}

function remembered<Value>(find: (name: string) => Value): (name: string) => Value {
	const known = new Map<string, Value>();
	return (name) => {
		const value = known.get(name) ?? find(name);
		known.set(name, value);
		return value;
	};
}

/** Where requests without a model go by the contract's default. */
interface Place {
	/** Undefined if no route takes that model. */
	readonly route: Route | undefined;
	/** The upstreams that would be asked for it under this very name; none if one of them is asked for another name. */
	readonly upstreams: readonly string[];
	/** The first public name, used if no route takes the default. */
	readonly firstName: string | undefined;
}

type Choice =
	| { readonly isDefault: true }
	| { readonly isDefault: false; readonly upstream: UpstreamSettings; readonly model: string | undefined };

function modelOf(choice: Choice): string | undefined {
	return choice.isDefault ? undefined : choice.model;
}

function placeOfModel(routes: RouteTable, model: string): Place {
	const route = routes.find(model);
	const firstName = routes.exactNames().find(({ name }) => canChatByName(name))?.name;
	// Later stages are asked only after the first has failed.
	const targets = route?.stages[0]?.targets.flatMap(leavesOf) ?? [];
	const isNamed = targets.some((target) => target.model !== undefined);
	return { route, firstName, upstreams: isNamed ? [] : [...new Set(targets.map(({ upstream }) => upstream))] };
}

function leavesOf(member: Route["stages"][number]["targets"][number]): Target[] {
	return member.kind === "target" ? [member] : member.targets.flatMap(leavesOf);
}

function describeChoice({ upstream, model }: Choice & { isDefault: false }, byDefault: string): string {
	const name = `the upstream ${upstream.name} (${placeOf(upstream.url)})`;
	if (model !== undefined)
		return `chat completions that name no model ask for ${model}, the first that ${name} has: it has no ${byDefault}`;
	return `${name} has no ${byDefault}, which chat completions that name no model ask for; name one, or set another default (overlays/default-model.yaml)`;
}
