/** Adds up the usage objects of a session's responses, whichever vendor's they are. */
import { isObject } from "../json/isObject.js";
import type { Json } from "./dialect.js";

/** @returns a new object; members that are no counts are those of the later one */
export function addCounts(sum: Json | undefined, more: Json): Json {
	const total: Json = { ...sum };
	for (const [name, value] of Object.entries(more)) {
		const before = total[name];
		if (typeof value === "number" && typeof before === "number") total[name] = before + value;
		else if (isObject(value) && (before === undefined || isObject(before))) total[name] = addCounts(before, value);
		else if (Array.isArray(value) && Array.isArray(before)) total[name] = addByModality(before, value);
		else if (value !== undefined && value !== null) total[name] = value;
	}
	return total;
}

/** Google counts in a list, with an entry for each modality. */
function addByModality(before: readonly unknown[], more: readonly unknown[]): unknown[] {
	const entries = new Map<unknown, Json>();
	for (const entry of [...before, ...more])
		if (isObject(entry)) entries.set(entry.modality, addCounts(entries.get(entry.modality), entry));
	return [...entries.values()];
}
