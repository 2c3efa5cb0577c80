/** Finds faults in a document changed by overlays that no compiler would name: see each function. */

import type { Json, JsonObject } from "../json/jsonTypes.js";
import { closest } from "../settings/closest.js";

/** The extensions that docs/contract.md lists. */
const extensions = [
	"x-rate-limit",
	"x-limits",
	"x-usage",
	"x-plugins",
	"x-permission",
	"x-upstream",
	"x-dialect",
	"x-paths",
	"x-stream",
	"x-websocket",
	"x-max-body",
	"x-timeout",
	"x-event-stream",
	"x-field",
	"x-error-message",
	"x-error-hint",
	"x-default",
	"x-default-unless",
	"x-models-without-defaults",
	"x-properties-of",
	"x-multi-segment",
];

/** Objects whose keys are names of someone else's choice. */
const freeNames = new Set(["properties", "headers", "examples", "example", "default", "enum", "const", "value"]);

/** References into the document that lead nowhere. */
export function danglingReferences(document: JsonObject): string[] {
	const problems: string[] = [];
	walk(document, "#", (key, value, place) => {
		if (key !== "$ref" || typeof value !== "string" || !value.startsWith("#")) return;
		if (resolvePointer(document, value) === undefined) problems.push(`${place}: $ref ${value} leads nowhere`);
	});
	return problems;
}

/** Keys that look like an extension of ours and are none: a limit that is misspelt would silently not hold. */
export function misspeltExtensions(document: JsonObject): string[] {
	const problems: string[] = [];
	walk(document, "#", (key, _value, place) => {
		if (!/^x-/i.test(key) || extensions.includes(key) || freeNames.has(place.split("/").at(-1) ?? "")) return;
		const meant = closest(key, extensions);
		if (meant !== undefined) problems.push(`${place}: there is no extension ${key}; did you mean ${meant}?`);
	});
	return problems;
}

/** Calls `visit` for each member with the JSON pointer of the object that it stands in. */
function walk(value: Json, place: string, visit: (key: string, value: Json, place: string) => void): void {
	if (typeof value !== "object" || value === null) return;
	for (const [key, member] of Object.entries(value)) {
		visit(key, member, place);
		walk(member, `${place}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, visit);
	}
}

/** The value that a JSON pointer in its URI form (RFC 6901 §6) leads to. */
function resolvePointer(document: JsonObject, pointer: string): Json | undefined {
	let value: Json | undefined = document;
	for (const step of pointer.slice(1).split("/").slice(1)) {
		if (typeof value !== "object" || value === null) return undefined;
		const key = decoded(step).replaceAll("~1", "/").replaceAll("~0", "~");
		value = Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
	}
	return value;
}

function decoded(step: string): string {
	try {
		return decodeURIComponent(step);
	} catch {
		return step;
	}
}
