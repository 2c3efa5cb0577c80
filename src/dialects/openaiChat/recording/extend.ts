/** Adds a chunk to the chunks before it. */
import { isObject } from "../../../json/isObject.js";

export type Json = Record<string, unknown>;

/** Members whose value is whole in each chunk, and not continued by the next. */
const wholeMembers = new Set(["role", "id", "type", "name", "index", "format", "signature"]);

/** Parts of a message that are said piece by piece. */
const spokenParts = new Set<unknown>(["text", "thinking"]);

/**
 * Text is added to text, lists to lists, objects member by member; of all else the newest counts. A null says nothing.
 * Where text comes as a list of parts and as a string by turns (Mistral's reasoning models), the string is a part too.
 *
 * @param target is changed, and shares nothing that is changed later with what it was given
 */
export function extend(target: Json, more: Json): Json {
	for (const name in more) {
		// As a name in JSON it is one like others, and as one of an object here it is not.
		if (name === "__proto__") continue;
		const value = more[name];
		const before = Object.hasOwn(target, name) ? target[name] : undefined;
		if (value === null || value === undefined) {
			if (!(name in target)) target[name] = value;
		} else if (Array.isArray(before) && typeof value === "string") {
			if (value !== "") addParts(before, [textPart(value)]);
		} else if (typeof value === "string" && !wholeMembers.has(name)) {
			target[name] = typeof before === "string" ? before + value : value;
		} else if (Array.isArray(value)) {
			target[name] = addParts(listFrom(before), value);
		} else if (isObject(value)) {
			target[name] = extend(isObject(before) ? before : {}, value);
		} else if (value !== "" || !(name in target)) {
			target[name] = value;
		}
	}
	return target;
}

function textPart(text: string): Json {
	return { type: "text", text };
}

function listFrom(before: unknown): unknown[] {
	if (Array.isArray(before)) return before;
	return typeof before === "string" && before !== "" ? [textPart(before)] : [];
}

/** Adds to the list itself: one that is copied for each chunk would cost more with every chunk. */
function addParts(list: unknown[], more: readonly unknown[]): unknown[] {
	for (const part of more) {
		if (!isObject(part) || !spokenParts.has(part.type)) {
			list.push(part);
			continue;
		}
		const last = list.at(-1);
		if (isObject(last) && last.type === part.type && (part.id ?? last.id) === last.id) extend(last, part);
		else list.push(extend({}, part));
	}
	return list;
}
