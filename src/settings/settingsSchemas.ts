/** settings.yaml as the program loads it: the schemas of its settings and of the configuration file. */
import { readFileSync } from "node:fs";
import type { components } from "../generated/settings.js";
import type { JsonObject } from "../json/jsonTypes.js";

const generated = new URL("../generated/settings.json", import.meta.url);

export type SettingsSchemas = components["schemas"];

let loaded: Readonly<Record<keyof SettingsSchemas, JsonObject>> | undefined;

/** By name, with `$ref`s such as `#/$defs/ConfigDuration` left in place. Read once. */
export function settingsSchemas(): Readonly<Record<keyof SettingsSchemas, JsonObject>> {
	loaded ??= (JSON.parse(readFileSync(generated, "utf8")) as { $defs: Record<keyof SettingsSchemas, JsonObject> })
		.$defs;
	return loaded;
}

/** One of them, whole: what a validator compiles. */
export function wholeSchema(name: keyof SettingsSchemas): JsonObject {
	return { $ref: `#/$defs/${name}`, $defs: settingsSchemas() };
}
