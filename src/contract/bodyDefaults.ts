/** The defaults that are filled into requests: `x-default`, which generators of clients don't take for a promise. */
import { isObject } from "../json/isObject.js";
import type { Json, JsonObject } from "../json/jsonTypes.js";

/**
 * Moves each `default` of a request body's top-level property to `x-default`, in place.
 *
 * The contract says `x-default`, since generators make a property with a `default` required, also in what clients send. An
 * overlay may use either.
 */
export function settleBodyDefaults(document: JsonObject): void {
	for (const property of bodyProperties(document)) {
		if (property.default === undefined) continue;
		property["x-default"] = property.default;
		delete property.default;
	}
}

/** The same target under the keyword's other name; undefined if it does not end with one of them. */
export function otherDefaultTarget(target: string): string | undefined {
	const [, place, name] = /^(.*?)(?:\.|\[['"])(default|x-default)(?:['"]\])?$/s.exec(target) ?? [];
	return place === undefined ? undefined : `${place}['${name === "default" ? "x-default" : "default"}']`;
}

function bodyProperties(document: JsonObject): JsonObject[] {
	const operations = Object.values((document.paths ?? {}) as JsonObject).flatMap(membersOf);
	return operations.flatMap((operation) => {
		const schema = resolved(document, at(operation, "requestBody", "content", "application/json", "schema"));
		return membersOf(at(schema, "properties")).filter((property): property is JsonObject => isObject(property));
	});
}

function resolved(document: JsonObject, schema: Json | undefined): Json | undefined {
	const reference = at(schema, "$ref");
	if (typeof reference !== "string" || !reference.startsWith("#/components/schemas/")) return schema;
	return at(document, ...reference.slice(2).split("/"));
}

function at(value: Json | undefined, ...steps: string[]): Json | undefined {
	return steps.reduce<Json | undefined>((part, step) => (isObject(part) ? part[step] : undefined), value);
}

function membersOf(value: Json | undefined): Json[] {
	return isObject(value) ? Object.values(value) : [];
}
