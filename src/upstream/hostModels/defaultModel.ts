/** The model of a request that names none: the contract's default, or the upstream's own first where it is known not to have that. */
import type { Route, Routing, Target, UpstreamSettings } from "../../contract/routes.js";
import type { RouteTable } from "../routing/routeTable.js";
import { canChatByName, hasModel } from "./chatModels.js";
import { placeOf } from "./place.js";
import type { ModelView } from "./view.js";

/** How old a list may be: one that decides what a request asks for, and one that changes nothing. */
const decisiveMs = 2_000;
const idleMs = 30_000;

export interface DefaultModel {
	/**
	 * @param model the contract's default
	 * @returns what is asked for in its place; undefined if the default stands. A promise where a list has to be fetched first.
	 */
	insteadOf(model: string): string | undefined | Promise<string | undefined>;
	/** What becomes of requests without a model, for the operator; undefined if the contract's default stands. */
	describe(model: string): string | undefined;
}

/**
 * @param mayCharge whether an upstream may ask money for its models. Which of those a request gets is not for the gateway
 * to choose
 */
export function createDefaultModel(
	{ upstreams }: Routing,
	routes: RouteTable,
	view: ModelView,
	mayCharge: (upstream: UpstreamSettings) => boolean,
): DefaultModel {
	const settingsOf = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
	const placesOf = new Map<string, Place>();
	const placeFor = (model: string): Place => {
		const place = placesOf.get(model) ?? placeOfModel(routes, model);
		placesOf.set(model, place);
		return place;
	};
	const choose = (model: string, { route, upstreams: names }: Place): Choice => {
		const lists = names.flatMap((name) => view.listOf(name) ?? []);
		const [first] = lists;
		if (first === undefined || lists.some((list) => hasModel(list, model))) return { isDefault: true };
		const upstream = settingsOf.get(first.upstream) as UpstreamSettings;
		if (mayCharge(upstream)) return { isDefault: false, upstream, model: undefined };
		return { isDefault: false, upstream, model: first.chat.find((id) => routes.find(id) === route) };
	};
	return {
		insteadOf(model) {
			const place = placeFor(model);
			if (place.route === undefined) return place.firstName;
			const choice = choose(model, place);
			const isDecisive = !choice.isDefault;
			const stale = place.upstreams.filter((name) => isStale(view.ageMs(name), isDecisive));
			if (stale.length === 0) return modelOf(choice);
			const refreshed = stale.map((name) => view.refresh(name));
			// Where nothing depends on it, nobody waits.
			if (!isDecisive && place.upstreams.some((name) => view.ageMs(name) < Number.POSITIVE_INFINITY)) return undefined;
			return Promise.all(refreshed).then(() => modelOf(choose(model, place)));
		},
		describe(model) {
			const place = placeFor(model);
			if (place.route === undefined)
				return place.firstName && `requests that name no model ask for ${place.firstName}: no route takes ${model}`;
			const choice = choose(model, place);
			if (choice.isDefault) return undefined;
			return describeChoice(choice, model);
		},
	};
}

/** Where requests without a model go by the contract's default. */
interface Place {
	/** Undefined if no route takes that model. */
	readonly route: Route | undefined;
	/** The upstreams that would be asked for it under this very name; none where one of them is asked for another. */
	readonly upstreams: readonly string[];
	/** The first public name, for where no route takes the default. */
	readonly firstName: string | undefined;
}

type Choice =
	| { readonly isDefault: true }
	| { readonly isDefault: false; readonly upstream: UpstreamSettings; readonly model: string | undefined };

function modelOf(choice: Choice): string | undefined {
	return choice.isDefault ? undefined : choice.model;
}

function isStale(ageMs: number, isDecisive: boolean): boolean {
	return ageMs > (isDecisive ? decisiveMs : idleMs);
}

function placeOfModel(routes: RouteTable, model: string): Place {
	const route = routes.find(model);
	const firstName = routes.exactNames().find(({ name }) => canChatByName(name))?.name;
	// What comes after the first stage is asked only where that has failed.
	const targets = route?.stages[0]?.targets.flatMap(leavesOf) ?? [];
	const isNamed = targets.some((target) => target.model !== undefined);
	return { route, firstName, upstreams: isNamed ? [] : [...new Set(targets.map(({ upstream }) => upstream))] };
}

function leavesOf(member: Route["stages"][number]["targets"][number]): Target[] {
	return member.kind === "target" ? [member] : member.targets.flatMap(leavesOf);
}

function describeChoice({ upstream, model }: Choice & { isDefault: false }, byDefault: string): string {
	const host = `the AI host ${upstream.name} (${placeOf(upstream.url)})`;
	if (model !== undefined)
		return `requests that name no model ask for ${model}, the first that ${host} has: it has no ${byDefault}`;
	return `${host} has no ${byDefault}, which requests that name no model ask for; name one, or set another default (overlays/default-model.yaml)`;
}
