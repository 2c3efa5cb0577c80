/** How much may be used: the form that limits of the configuration, keys, tokens and the contract have. Plain data. */
import type { components } from "../generated/contract.js";
import type { SettingsSchemas } from "./settingsSchemas.js";

type Schemas = components["schemas"];

/** A missing member is no limit. Budgets are in US dollars. */
export type LimitSet = Readonly<SettingsSchemas["LimitsConfig"]>;

/** Limits of one upstream. */
export type UpstreamLimitSet = Readonly<SettingsSchemas["UpstreamLimitsConfig"]>;

/** A key's, in the API's words. Nothing in them is null. */
export type KeyLimits = Readonly<NonNullable<Schemas["KeyLimits"]>>;
export type KeyBudget = Readonly<NonNullable<Schemas["KeyBudget"]>>;

/** The limits of the configuration file. */
export interface LimitSettings {
	/** For each key and token, member by member, if it doesn't set the member itself; and for each address without one. */
	readonly keys: LimitSet;
	readonly clients: LimitSet;
	/** By name; `*` for those without an entry. */
	readonly teams: Readonly<Record<string, LimitSet>>;
	readonly organisations: Readonly<Record<string, LimitSet>>;
	/** By name or pattern with `*`: all models that it matches are counted together. */
	readonly models: Readonly<Record<string, LimitSet>>;
	/** By an agent's name, for each key by itself; `*` for those without an entry. */
	readonly agents: Readonly<Record<string, LimitSet>>;
	/** For each sub-agent in a session. */
	readonly subagents: LimitSet;
	/** The fate of a stream that outgrows its reservation when a limit is used up. */
	readonly onExceeded: "finish" | "cut";
	/** Longest wait for a limit that is used up; 0 refuses at once. */
	readonly maxWaitMs: number;
}

export const noLimits: LimitSettings = {
	keys: {},
	clients: {},
	teams: {},
	organisations: {},
	models: {},
	agents: {},
	subagents: {},
	onExceeded: "finish",
	maxWaitMs: 0,
};

/** Each limit by its name in the configuration and by the one that keys' limits have, in the order of messages. */
export const limitNames = [
	["requestsPerMinute", "requests_per_minute"],
	["requestsPerDay", "requests_per_day"],
	["tokensPerMinute", "tokens_per_minute"],
	["tokensPerDay", "tokens_per_day"],
	["concurrentRequests", "concurrent_requests"],
	["requestsPerSession", "requests_per_session"],
	["tokensPerSession", "tokens_per_session"],
	["minutesPerSession", "minutes_per_session"],
	["equalToolCalls", "equal_tool_calls"],
] as const;

/** The same of budgets. */
export const budgetNames = [
	["budgetPerDay", "per_day"],
	["budgetPerMonth", "per_month"],
	["budgetPerSession", "per_session"],
] as const;

/** The contract's `x-limits`. `scope` names what is counted together. */
export interface LimitPolicy {
	readonly scope: string;
	readonly limits: LimitSet;
}

/** A key's limits in the configuration's words. */
export function limitSetOf(limits: KeyLimits | undefined, budget: KeyBudget | undefined): LimitSet {
	const set: Record<string, number> = {};
	for (const [name, keyName] of limitNames) {
		const max = limits?.[keyName];
		if (typeof max === "number") set[name] = max;
	}
	for (const [name, keyName] of budgetNames) {
		const max = budget?.[keyName];
		if (typeof max === "number") set[name] = max;
	}
	return set;
}

/** Whether the configuration limits anything but upstreams. */
export function limitsAnything({ onExceeded: _onExceeded, maxWaitMs: _maxWaitMs, ...sets }: LimitSettings): boolean {
	return Object.values(sets).some((set) => !isEmpty(set));
}

export function isEmpty(set: object): boolean {
	for (const _name in set) return false;
	return true;
}
