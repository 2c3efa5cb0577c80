/** JSON Schema, and the part of OpenAPI's schemas that Google's `parameters` and `responseSchema` take, with types in upper case. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { camelOf } from "./members.js";

const types = new Set(["string", "number", "integer", "boolean", "array", "object", "null"]);
/** Texts in Google's JSON, since they have 64 bits. */
const counts = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);
/** Words whose value is a schema, a list of schemas, or schemas by name. */
const schemaWords = new Set([
	"items",
	"not",
	"additionalProperties",
	"contains",
	"propertyNames",
	"if",
	"then",
	"else",
]);
const listWords = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);
const namedWords = new Set(["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"]);
/** Google's words that no JSON Schema has. */
const ownWords = new Set(["nullable", "propertyOrdering", "type", "example"]);

/** Google's words, in either case and of either kind, as JSON Schema. */
export function fromGoogle(schema: Json): Json {
	const written: Json = {};
	for (const [given, value] of Object.entries(schema)) {
		const name = given.startsWith("$") ? given : camelOf(given);
		if (ownWords.has(name) || value === undefined) continue;
		written[name] = counts.has(name) && typeof value === "string" ? Number(value) : mapped(name, value, fromGoogle);
	}
	const type = typeFrom(schema.type, schema.nullable === true);
	if (type !== undefined) return { type, ...written };
	if (schema.nullable === true && Array.isArray(written.anyOf)) written.anyOf = [...written.anyOf, { type: "null" }];
	return written;
}

function mapped(name: string, value: unknown, map: (schema: Json) => Json): unknown {
	if (schemaWords.has(name)) return isObject(value) ? map(value) : value;
	if (listWords.has(name)) return listIn(value).map((item) => (isObject(item) ? map(item) : item));
	if (!namedWords.has(name) || !isObject(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, isObject(item) ? map(item) : item]));
}

function typeFrom(type: unknown, isNullable: boolean): unknown {
	const names = (Array.isArray(type) ? type : [type])
		.filter((name) => typeof name === "string")
		.map((name) => name.toLowerCase())
		.filter((name) => types.has(name));
	if (names.length === 0) return undefined;
	if (isNullable && !names.includes("null")) names.push("null");
	return names.length === 1 ? names[0] : names;
}

/** Words that Google takes as they are. Unknown ones are refused, not ignored. */
const taken = new Set([
	"title",
	"description",
	"format",
	"pattern",
	"minimum",
	"maximum",
	"required",
	"default",
	"minItems",
	"maxItems",
	"minLength",
	"maxLength",
	"minProperties",
	"maxProperties",
]);

/** @returns the schema in Google's words; undefined if they can't say all of it, so that it has to be sent as JSON Schema */
export function toGoogle({ $schema: _dialect, ...schema }: Json): Json | undefined {
	const written = typeTo(schema.type);
	if (written === undefined) return undefined;
	for (const [name, value] of Object.entries(schema)) {
		if (name === "type" || value === undefined) continue;
		if (taken.has(name)) written[name] = value;
		else if (name === "enum" && written.type === "STRING" && listIn(value).every(isText)) written.enum = value;
		else if (name === "items" || name === "anyOf" || name === "properties") {
			const inner = mapped(name, value, (item) => toGoogle(item) ?? refused);
			if (!isObject(inner) && !Array.isArray(inner)) return undefined;
			if (inner === refused || Object.values(inner).includes(refused)) return undefined;
			// Google refuses objects of which no member is known.
			if (name === "properties" && Object.keys(inner).length === 0) return undefined;
			written[name] = inner;
		} else return undefined;
	}
	const isBare = written.type === "OBJECT" && written.properties === undefined;
	return isBare || (written.type === "ARRAY" && written.items === undefined) ? undefined : written;
}

const refused: Json = {};

function isText(value: unknown): boolean {
	return typeof value === "string" && value !== "";
}

function typeTo(type: unknown): Json | undefined {
	if (type === undefined) return {};
	const names = Array.isArray(type) ? type : [type];
	const [first, ...others] = names.filter((name) => name !== "null");
	if (typeof first !== "string" || !types.has(first) || others.length > 0) return undefined;
	return { type: first.toUpperCase(), ...(names.includes("null") ? { nullable: true } : {}) };
}
