/** The usage objects of one stream, which may come more than once. */
import { isObject } from "../json/isObject.js";
import { isCount } from "./usageWords.js";

type Json = Readonly<Record<string, unknown>>;

/**
 * Merges two usage objects of one stream: the later one, or the larger counts of both if the later one
 * reports less. Some upstreams end with zeros, and some report the prompt and the answer in two events.
 */
export function laterUsage(before: Json | undefined, next: Json): Json {
	if (before === undefined || before === next) return next;
	return reportsLess(next, before) ? (largerOf(before, next) as Json) : next;
}

/** Some count of tokens is less than it was, or missing. Other numbers, such as speeds, may fall. */
function reportsLess(next: Json, before: Json): boolean {
	for (const name in before) {
		const value = before[name];
		if (isObject(value)) {
			if (reportsLess(objectOrEmpty(next[name]), value)) return true;
		} else if (isCount(value) && value > (isCount(next[name]) ? next[name] : 0) && countName.test(name)) return true;
	}
	return false;
}

const countName = /token|_count$/i;
const nothing: Json = {};

function objectOrEmpty(value: unknown): Json {
	return isObject(value) ? value : nothing;
}

function largerOf(before: unknown, next: unknown): unknown {
	if (!isObject(before) || !isObject(next)) return numberOf(before) > numberOf(next) ? before : (next ?? before);
	const larger: Record<string, unknown> = { ...next };
	for (const name in before) larger[name] = largerOf(before[name], next[name]);
	return larger;
}

/** Also of costs, which are no whole numbers. */
function numberOf(value: unknown): number {
	if (typeof value !== "number") return -1;
	return Number.isInteger(value) && !isCount(value) ? -1 : value;
}
