/** The configuration file's schema, made ready for a validator whose errors people can read. */
import type { ValidateFunction } from "ajv";
import { newAjv } from "../../contract/ajv.js";
import type { Json, JsonObject } from "../../json/jsonTypes.js";
import { type SettingsSchemas, settingsSchemas, wholeSchema } from "../settingsSchemas.js";

export type Schemas = SettingsSchemas;
export type Config = Schemas["ConfigFile"];

let validator: ValidateFunction | undefined;

/** Finds everything that is wrong with a file's value. Compiled once. */
export function configValidator(): ValidateFunction {
	validator ??= newAjv({ allErrors: true }).compile(byType(wholeSchema("ConfigFile"), settingsSchemas()) as JsonObject);
	return validator;
}

/** The defaults of a schema's members, from settings.yaml. */
export function defaultsOf(name: keyof Schemas): Readonly<Record<string, unknown>> {
	const schema = settingsSchemas()[name];
	const branches = (schema.oneOf ?? [schema]) as { properties?: Record<string, { default?: unknown }> }[];
	const properties = branches.find(({ properties }) => properties)?.properties ?? {};
	return Object.fromEntries(Object.entries(properties).map(([member, { default: byDefault }]) => [member, byDefault]));
}

/** A schema's own default, from settings.yaml. */
export function defaultOf(name: keyof Schemas): unknown {
	return settingsSchemas()[name].default;
}

/** Names of the file's own keys. */
export function configKeys(): readonly string[] {
	return Object.keys(settingsSchemas().ConfigFile.properties as object);
}

/**
 * The schema with each `oneOf` as a chain of `if`, `then` and `else` by the alternatives' types. If all
 * alternatives fail, Ajv reports all of them; this way it looks only at the one that was meant.
 */
function byType(schema: Json, schemas: JsonObject): Json {
	if (Array.isArray(schema)) return schema.map((item) => byType(item, schemas));
	if (typeof schema !== "object" || schema === null) return schema;
	const { oneOf, ...rest } = Object.fromEntries(
		Object.entries(schema).map(([key, member]) => [key, byType(member, schemas)]),
	) as { oneOf?: JsonObject[] } & JsonObject;
	if (!oneOf) return rest;
	const types = oneOf.map((branch) => resolved(branch, schemas));
	const chain = oneOf.reduceRight<JsonObject>((otherwise, branch, index) => {
		const { type, required } = types[index] as JsonObject;
		const isLast = !types.slice(index + 1).some((later) => later.type === type);
		const condition = { type, ...(isLast || required === undefined ? {} : { required }) } as JsonObject;
		// biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's own
		return { if: condition, then: branch, else: otherwise };
	}, {});
	return { ...rest, type: [...new Set(types.flatMap(({ type }) => type as Json))], ...chain };
}

function resolved(branch: JsonObject, schemas: JsonObject): JsonObject {
	if (typeof branch.$ref !== "string") return branch;
	return schemas[branch.$ref.split("/").at(-1) as string] as JsonObject;
}
