/** Looks members up in the JSON with which vendors describe their models. */
import { isObject } from "../json/isObject.js";

export type Json = Readonly<Record<string, unknown>>;

/** @param path names joined by dots: `top_provider.max_completion_tokens` */
export function memberAt(json: Json, path: string): unknown {
	let value: unknown = json;
	for (const name of path.split(".")) value = isObject(value) ? value[name] : undefined;
	return value;
}

/** A larger number can't be meant: some servers write their greatest integer for "no limit". */
const mostTokens = 1e9;

/** @returns the first of these that is a number of tokens */
export function tokensAt(json: Json, paths: readonly string[]): number | undefined {
	for (const path of paths) {
		const value = memberAt(json, path);
		if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= mostTokens) return value;
	}
	return undefined;
}

/** @returns the first of these that is true or false */
export function switchAt(json: Json, paths: readonly string[]): boolean | undefined {
	for (const path of paths) {
		const value = memberAt(json, path);
		if (typeof value === "boolean") return value;
	}
	return undefined;
}

/** @returns the first of these that is a list with words in it, in lower case and with underscores */
export function wordsAt(json: Json, paths: readonly string[]): ReadonlySet<string> | undefined {
	for (const path of paths) {
		const value = memberAt(json, path);
		if (!Array.isArray(value)) continue;
		const words = value.filter((word): word is string => typeof word === "string");
		if (words.length > 0) return new Set(words.map((word) => word.toLowerCase().replaceAll("-", "_")));
	}
	return undefined;
}

/** @returns the objects in a list; none where there is no list */
export function objectsAt(json: Json, path: string): Json[] {
	const value = memberAt(json, path);
	return Array.isArray(value) ? value.filter(isObject) : [];
}
