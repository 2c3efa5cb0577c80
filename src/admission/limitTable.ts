/** Which limits a request has to keep, of all that the key, the configuration and the contract say. */

import type { Operation } from "../contract/operation.js";
import type { Caller } from "../keys/caller.js";
import { isLasting, type Limit, type Metric, type Span } from "../limits/ledger.js";
import { sessionIdOf } from "../sessions/sessionId.js";
import type { LimitSet, LimitSettings, UpstreamLimitSet } from "../settings/limitSettings.js";
import { isEmpty } from "../settings/limitSettings.js";
import { compilePattern, type Matches } from "../settings/pattern.js";
import { programOf } from "../upstream/routing/agentSession.js";
import type { RequestFacts } from "../upstream/routing/facts.js";

export type Level =
	| "organisation"
	| "team"
	| "key"
	| "client"
	| "contract"
	| "model"
	| "agent"
	| "subagent"
	| "upstream";

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
	/** Of agents. They are looked for only where a limit depends on them. */
	readonly facts: Pick<RequestFacts, "session" | "agent" | "headers"> | undefined;
}

/** How many turns in a row may call the same tools with the same arguments. */
export interface EqualCallsLimit extends Pick<AppliedLimit, "level" | "name" | "label"> {
	readonly max: number;
}

export interface LimitTable {
	/** All of them must hold. An empty list, always the same one, where nothing is limited. */
	of(asker: Asker): readonly AppliedLimit[];
	/** The strictest; undefined if there is none. */
	equalCalls(asker: Asker): EqualCallsLimit | undefined;
}

const nothing: readonly AppliedLimit[] = Object.freeze([]);
/** Clients make up names of models. */
const maxRemembered = 1_000;

const kinds: Readonly<Record<Exclude<keyof LimitSet, "equalToolCalls">, readonly [Metric, Span]>> = {
	requestsPerMinute: ["requests", "minute"],
	requestsPerDay: ["requests", "day"],
	tokensPerMinute: ["tokens", "minute"],
	tokensPerDay: ["tokens", "day"],
	concurrentRequests: ["concurrency", "now"],
	budgetPerDay: ["cost", "day"],
	budgetPerMonth: ["cost", "month"],
	requestsPerSession: ["requests", "session"],
	tokensPerSession: ["tokens", "session"],
	budgetPerSession: ["cost", "session"],
	minutesPerSession: ["time", "elapsed"],
};

const millionths = 1e6;
const secondsPerMinute = 60;

export function createLimitTable(settings: LimitSettings): LimitTable {
	const { keys, clients, teams, organisations, models, agents, subagents } = settings;
	const isForCallers = [keys, teams, organisations].some((part) => !isEmpty(part));
	const ofCallers = new WeakMap<Caller, readonly AppliedLimit[]>();
	const ofModel = modelFinder(models);
	const clientsLimited = !isEmpty(clients);
	const agentsLimited = !isEmpty(agents) || !isEmpty(subagents);
	const setsOf = setsFinder(settings);
	const mayLoopBeStopped = settingsStopLoops(settings);

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
		equalCalls(asker) {
			const { caller, operation } = asker;
			if (!mayLoopBeStopped && !caller?.limits?.equalToolCalls && !operation.limits?.limits.equalToolCalls)
				return undefined;
			return strictest(setsOf(asker));
		},
		of({ caller, client, operation, model, facts }) {
			let all = nothing;
			if (caller !== undefined) all = ofCaller(caller);
			else if (clientsLimited) all = compile("client", undefined, client(), clients);
			if (operation.limits !== undefined) all = both(all, ofContract(operation.limits, caller?.keyId ?? client()));
			if (ofModel !== undefined && model !== undefined) all = both(all, ofModel(model));
			if (agentsLimited && facts !== undefined) all = both(all, ofAgents(settings, facts, caller?.keyId ?? client()));
			return all.some(isOfSession)
				? inSession(all, facts?.session && sessionIdOf(caller?.keyId, facts.session.id))
				: all;
		},
	};
}

/** Sessions and agents of different callers may be called the same. */
function ofAgents(
	{ agents, subagents }: LimitSettings,
	facts: NonNullable<Asker["facts"]>,
	owner: string,
): readonly AppliedLimit[] {
	const { session } = facts;
	const [agent, ofAgent] = agentIn(agents, facts);
	const place = [owner, agent].map(encodeURIComponent).join("/");
	const found = ofAgent === undefined ? nothing : compile("agent", agent, place, ofAgent);
	if (session?.subagent === undefined || isEmpty(subagents)) return found;
	const subplace = [owner, session.id, session.subagent].map(encodeURIComponent).join("/");
	return both(found, compile("subagent", session.subagent, subplace, subagents));
}

/** A program that is not known as an agent is one if its name has an entry. */
function agentIn(
	agents: LimitSettings["agents"],
	{ agent, headers }: NonNullable<Asker["facts"]>,
): readonly [name: string, set: LimitSet | undefined] {
	if (agent !== undefined) return [agent, named(agents, agent)];
	const program = programOf(headers);
	return [program, Object.hasOwn(agents, program) ? agents[program] : undefined];
}

function isOfSession({ limit }: AppliedLimit): boolean {
	return isLasting(limit.span);
}

/** @returns the limits with the counters of this session; without one, those of sessions don't apply */
function inSession(all: readonly AppliedLimit[], session: string | undefined): readonly AppliedLimit[] {
	if (session === undefined) return all.filter((one) => !isOfSession(one));
	return all.map((one) => {
		if (!isOfSession(one)) return one;
		const { limit } = one;
		return { ...one, limit: { ...limit, counter: `${limit.counter}:${session}` } };
	});
}

type NamedSet = readonly [level: Level, name: string | undefined, set: LimitSet];

function settingsStopLoops({ keys, clients, subagents, teams, organisations, models, agents }: LimitSettings): boolean {
	const sets = [keys, clients, subagents, ...[teams, organisations, models, agents].flatMap(Object.values<LimitSet>)];
	return sets.some(({ equalToolCalls }) => equalToolCalls !== undefined);
}

/** Finds all sets of limits that concern a request, of whatever kind they are. */
function setsFinder(settings: LimitSettings): (asker: Asker) => NamedSet[] {
	const { keys, clients, teams, organisations, models, agents, subagents } = settings;
	const patterns = Object.entries(models).map(([pattern, set]) => ({ matches: compilePattern(pattern), pattern, set }));
	return ({ caller, operation, model, facts }) => {
		const { team, organisation, keyName, limits } = caller ?? {};
		const [agent, ofAgent] = facts === undefined ? [undefined, undefined] : agentIn(agents, facts);
		const found: [Level, string | undefined, LimitSet | undefined][] = [
			["organisation", organisation, organisation === undefined ? undefined : named(organisations, organisation)],
			["team", team, team === undefined ? undefined : named(teams, team)],
			caller === undefined ? ["client", undefined, clients] : ["key", keyName, { ...keys, ...limits }],
			["contract", undefined, operation.limits?.limits],
			["agent", agent, ofAgent],
			["subagent", facts?.session?.subagent, facts?.session?.subagent === undefined ? undefined : subagents],
		];
		if (model !== undefined)
			for (const { matches, pattern, set } of patterns) if (matches(model)) found.push(["model", pattern, set]);
		return found.filter((one): one is [Level, string | undefined, LimitSet] => one[2] !== undefined);
	};
}

function strictest(sets: readonly NamedSet[]): EqualCallsLimit | undefined {
	let least: EqualCallsLimit | undefined;
	for (const [level, name, { equalToolCalls: max }] of sets)
		if (max !== undefined && max < (least?.max ?? Number.POSITIVE_INFINITY))
			least = { level, name, max, label: `${level}:calls:equal` };
	return least;
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
	return (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((member) => {
		const given = set[member];
		if (given === undefined) return [];
		const [metric, span] = kinds[member];
		const max = maxOf(metric, given);
		const kind = `${metric}:${span}`;
		return [
			{ level, name, limit: { counter: `${level}:${id}:${kind}`, metric, span, max }, label: `${level}:${kind}` },
		];
	});
}

/** In the units of the ledger. */
function maxOf(metric: Metric, given: number): number {
	if (metric === "cost") return Math.max(1, Math.round(given * millionths));
	return metric === "time" ? given * secondsPerMinute : given;
}
