/** A key's limits, budget and priority: as form fields, in the API's form, and in words. */
import type { Key, KeyRequest } from "./contract.js";
import { compact, money } from "./format.js";

const limits = [
	["requests_per_minute", "Requests per minute", "requests/min"],
	["requests_per_day", "Requests per day", "requests/day"],
	["tokens_per_minute", "Tokens per minute", "tokens/min"],
	["tokens_per_day", "Tokens per day", "tokens/day"],
	["concurrent_requests", "Requests at a time", "at a time"],
	["requests_per_session", "Requests per session", "requests/session"],
	["tokens_per_session", "Tokens per session", "tokens/session"],
	["minutes_per_session", "Minutes per session", "min/session"],
	["equal_tool_calls", "Equal tool calls in a row", "equal calls"],
] as const;
const budgets = [
	["per_day", "Dollars per day", "/day"],
	["per_month", "Dollars per month", "/month"],
	["per_session", "Dollars per session", "/session"],
] as const;

/** The form's fields: names and labels. */
export const limitFields: readonly (readonly [name: string, label: string])[] = [
	...limits,
	...budgets,
	["priority", "Priority", ""] as const,
].map(([name, label]) => [name, label]);

export type TypedLimits = Record<string, string>;

export function typedLimits(key: Key | undefined): TypedLimits {
	const all = { ...key?.limits, ...key?.budget, priority: key?.priority || null };
	return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value === null ? "" : String(value)]));
}

/** @returns the API's form: `null` for empty fields, which removes limits. Text that isn't a number is sent unchanged, to be refused */
export function limitsRequest(typed: TypedLimits): Pick<KeyRequest, "limits" | "budget" | "priority"> {
	return {
		limits: membersOf(limits, typed),
		budget: membersOf(budgets, typed),
		priority: numberOf(typed, "priority"),
	} as Pick<KeyRequest, "limits" | "budget" | "priority">;
}

function membersOf(members: readonly (readonly [string, ...string[]])[], typed: TypedLimits): object | null {
	const entries = members.map(([name]) => [name, numberOf(typed, name)]).filter(([, value]) => value !== null);
	return entries.length === 0 ? null : Object.fromEntries(entries);
}

function numberOf(typed: TypedLimits, name: string): unknown {
	const text = typed[name]?.trim() ?? "";
	if (text === "") return null;
	return Number.isNaN(Number(text)) ? text : Number(text);
}

/** `60 requests/min`, `$5.00/month`; empty without limits. */
export function limitsInWords(key: Key): string[] {
	const most = limits.flatMap(([name, , unit]) => {
		const value = key.limits?.[name];
		return value ? [`${compact(value)} ${unit}`] : [];
	});
	const spent = budgets.flatMap(([name, , unit]) => {
		const value = key.budget?.[name];
		return value ? [`${money(value)}${unit}`] : [];
	});
	return [...most, ...spent, ...(key.priority ? [`priority ${key.priority}`] : [])];
}
