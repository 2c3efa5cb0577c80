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
	/** What happens to a stream that gets longer than was reserved for it, when a limit is used up. */
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
	if (typeof budget?.per_day === "number") set.budgetPerDay = budget.per_day;
	if (typeof budget?.per_month === "number") set.budgetPerMonth = budget.per_month;
	return set;
}

export function isEmpty(set: object): boolean {
	for (const _name in set) return false;
	return true;
}
