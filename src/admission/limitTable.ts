/** Which limits a request has to keep, of all that the key, the configuration and the contract say. */

import type { Operation } from "../contract/operation.js";
import type { Caller } from "../keys/caller.js";
import type { Limit, Metric, Span } from "../limits/ledger.js";
import type { LimitSet, LimitSettings, UpstreamLimitSet } from "../settings/limitSettings.js";
import { isEmpty } from "../settings/limitSettings.js";
import { compilePattern, type Matches } from "../settings/pattern.js";

export type Level = "organisation" | "team" | "key" | "client" | "contract" | "model" | "upstream";

export interface AppliedLimit {
	readonly level: Level;
	/** The name of the key, the team, …: for people. Undefined if the client knows well enough who is meant. */
	readonly name: string | undefined;
	readonly limit: Limit;
	/** `key:tokens:minute`, for metrics and logs. */
	readonly label: string;
	/** It is not configured: of requests that may use more than all of this limit, one may be under way. */
	readonly isForOversized?: Limit;
}

/** The sender of a request. */
export interface Asker {
	readonly caller: Caller | undefined;
	/** Its address, as limits count those. */
	client(): string;
	readonly operation: Pick<Operation, "limits">;
	readonly model: string | undefined;
}

export interface LimitTable {
	/** All of them must hold. An empty list, always the same one, where nothing is limited. */
	of(asker: Asker): readonly AppliedLimit[];
}

const nothing: readonly AppliedLimit[] = Object.freeze([]);
/** Clients make up names of models. */
const maxRemembered = 1_000;

const kinds: Readonly<Record<keyof LimitSet, readonly [Metric, Span]>> = {
	requestsPerMinute: ["requests", "minute"],
	requestsPerDay: ["requests", "day"],
	tokensPerMinute: ["tokens", "minute"],
	tokensPerDay: ["tokens", "day"],
	concurrentRequests: ["concurrency", "now"],
	budgetPerDay: ["cost", "day"],
	budgetPerMonth: ["cost", "month"],
};

const millionths = 1e6;

export function createLimitTable(settings: LimitSettings): LimitTable {
	const { keys, clients, teams, organisations, models } = settings;
	const isForCallers = [keys, teams, organisations].some((part) => !isEmpty(part));
	const ofCallers = new WeakMap<Caller, readonly AppliedLimit[]>();
	const ofModel = modelFinder(models);
	const clientsLimited = !isEmpty(clients);

	const ofCaller = (caller: Caller): readonly AppliedLimit[] => {
		if (!isForCallers && caller.limits === undefined) return nothing;
		let found = ofCallers.get(caller);
		if (found === undefined) {
			found = compileCaller(caller, settings);
			ofCallers.set(caller, found);
		}
		return found;
	};
	return {
		of({ caller, client, operation, model }) {
			let all = nothing;
			if (caller !== undefined) all = ofCaller(caller);
			else if (clientsLimited) all = compile("client", undefined, client(), clients);
			if (operation.limits !== undefined) all = both(all, ofContract(operation.limits, caller?.keyId ?? client()));
			if (ofModel !== undefined && model !== undefined) all = both(all, ofModel(model));
			return all;
		},
	};
}

function both(one: readonly AppliedLimit[], other: readonly AppliedLimit[]): readonly AppliedLimit[] {
	if (one.length === 0) return other;
	return other.length === 0 ? one : [...one, ...other];
}

/** The limits of an upstream. */
export function upstreamLimits(name: string, limits: UpstreamLimitSet | undefined): readonly AppliedLimit[] {
	return limits === undefined ? nothing : compile("upstream", undefined, name, limits);
}

function compileCaller(caller: Caller, { keys, teams, organisations }: LimitSettings): readonly AppliedLimit[] {
	const { keyId, keyName, team, organisation, limits } = caller;
	const ofTeam = team === undefined ? undefined : named(teams, team);
	const ofOrganisation = organisation === undefined ? undefined : named(organisations, organisation);
	// A team of another organisation is another team.
	const teamId = [organisation ?? "", team ?? ""].map(encodeURIComponent).join("/");
	return [
		...compile("organisation", organisation, encodeURIComponent(organisation ?? ""), ofOrganisation ?? {}),
		...compile("team", team, teamId, ofTeam ?? {}),
		...compile("key", keyName, keyId, { ...keys, ...limits }),
	];
}

function named(sets: Readonly<Record<string, LimitSet>>, name: string): LimitSet | undefined {
	return Object.hasOwn(sets, name) ? sets[name] : sets["*"];
}

function ofContract({ scope, limits }: NonNullable<Operation["limits"]>, client: string): readonly AppliedLimit[] {
	return compile("contract", undefined, `${scope}:${client}`, limits);
}

/** Every name and pattern that fits; undefined if no model is limited. */
function modelFinder(models: LimitSettings["models"]): ((model: string) => readonly AppliedLimit[]) | undefined {
	const compiled = Object.entries(models).map(([pattern, set]): [Matches, readonly AppliedLimit[]] => [
		compilePattern(pattern),
		compile("model", pattern, pattern, set),
	]);
	if (compiled.length === 0) return undefined;
	const known = new Map<string, readonly AppliedLimit[]>();
	return (model) => {
		const found = known.get(model) ?? compiled.flatMap(([matches, limits]) => (matches(model) ? limits : []));
		if (known.size >= maxRemembered) known.clear();
		if (model.length <= 256) known.set(model, found);
		return found;
	};
}

function compile(level: Level, name: string | undefined, id: string, set: LimitSet): readonly AppliedLimit[] {
	return (Object.keys(kinds) as (keyof LimitSet)[]).flatMap((member) => {
		const given = set[member];
		if (given === undefined) return [];
		const [metric, span] = kinds[member];
		const max = metric === "cost" ? Math.max(1, Math.round(given * millionths)) : given;
		const kind = `${metric}:${span}`;
		return [
			{ level, name, limit: { counter: `${level}:${id}:${kind}`, metric, span, max }, label: `${level}:${kind}` },
		];
	});
}
