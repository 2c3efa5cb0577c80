/** The fields of a form as the JSON object that the contract describes, and back. */
import { isDeepStrictEqual } from "node:util";
import { parseObject } from "../json/parseObject.js";
import type { Form, FormField } from "./form.js";
import { givenTwice, wrongForm } from "./formErrors.js";

type Json = Record<string, unknown>;

/** Schemas of a form's members, by name. */
export type FormProperties = Readonly<Record<string, Json>>;

/**
 * Reads fields in the types that the contract has for them. Lists come as `name[]`, once for each element, or as a name that
 * comes several times; objects as `name[key]`, or as JSON. Fields that the contract doesn't know are texts.
 *
 * @throws GatewayError 400 for a name that comes twice, and a text in place of a file
 */
export function jsonOfFields(fields: readonly FormField[], properties: FormProperties): Json {
	const members = new Map<string, unknown>();
	for (const { name, value } of fields) {
		const [, base = name, key] = /^([^[\]]+)\[([^[\]]*)\]$/.exec(name) ?? [];
		const schema = properties[base];
		if (schema !== undefined && isFile(schema)) throw wrongForm(`${base} must be a file.`, base);
		const known = members.get(base);
		if (key === "" || (key === undefined && typesOf(schema).has("array"))) {
			if (known !== undefined && !Array.isArray(known)) throw givenTwice(base);
			members.set(base, [...((known as unknown[]) ?? []), typed(value, schema?.items as Json | undefined)]);
		} else if (key !== undefined) {
			const object = known ?? {};
			if (typeof object !== "object" || Array.isArray(object) || Object.hasOwn(object as object, key))
				throw givenTwice(name);
			const own = ((schema?.properties ?? {}) as FormProperties)[key];
			members.set(base, Object.fromEntries([...Object.entries(object as object), [key, typed(value, own)]]));
		} else if (known !== undefined) throw givenTwice(base);
		else members.set(base, typed(value, schema));
	}
	return Object.fromEntries(members);
}

/** The JSON with its files in it, each by its name, for the contract to be held against. */
export function withFiles(json: Json, { files }: Form): Json {
	const members: Json = { ...json };
	for (const { name, filename = "" } of files) {
		const base = name.replace(/\[\w*\]$/, "");
		const others = members[base];
		members[base] = others === undefined && base === name ? filename : [others ?? [], filename].flat();
	}
	return members;
}

/** @throws GatewayError 400 for a file where a text is meant, such as the model's name */
export function checkFileName(name: string, properties: FormProperties): void {
	const schema = properties[name.replace(/\[\w*\]$/, "")];
	if (schema !== undefined && !isFile(schema) && !isFile((schema.items ?? {}) as Json))
		throw wrongForm(`${name} must be a field, and no file.`, name);
}

/** The fields of what was made of a form's JSON: those of members that are the same are as their client has written them. */
export function fieldsOfJson(json: Json, given: Json, fields: readonly FormField[]): readonly FormField[] {
	const isSame = (name: string) => isDeepStrictEqual(json[name], given[name]);
	const kept = fields.filter(({ name }) => isSame(baseOf(name)));
	const changed = Object.keys(json).filter((name) => !isSame(name));
	if (kept.length === fields.length && changed.length === 0) return fields;
	return [...kept, ...changed.flatMap((name) => fieldsOf(name, json[name]))];
}

function fieldsOf(name: string, value: unknown): FormField[] {
	if (value === undefined || value === null) return [];
	if (Array.isArray(value)) return value.flatMap((element) => fieldsOf(`${name}[]`, element));
	return [{ name, value: typeof value === "string" ? value : JSON.stringify(value) }];
}

function baseOf(name: string): string {
	return name.replace(/\[[^[\]]*\]$/, "");
}

function isFile({ format, contentMediaType }: Json): boolean {
	return format === "binary" || contentMediaType !== undefined;
}

/** A text as what its schema says that it is; as it is where it can't be that. */
function typed(value: string, schema: Json | undefined): unknown {
	const types = typesOf(schema);
	if (types.has("boolean") && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
	if ((types.has("number") || types.has("integer")) && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim())) {
		// JSON has no infinite ones: null, as which they would be checked, is what was not sent.
		if (Number.isFinite(Number(value))) return Number(value);
	}
	if (types.has("object") && value.trimStart().startsWith("{")) return parseObject(value) ?? value;
	return value;
}

function typesOf(schema: Json | undefined): ReadonlySet<unknown> {
	if (schema === undefined) return new Set();
	const others = ["anyOf", "oneOf", "allOf"].flatMap((name) => (schema[name] ?? []) as Json[]);
	return new Set([schema.type, ...others.flatMap((other) => [...typesOf(other)])].flat());
}
