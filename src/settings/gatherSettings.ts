/** The values of all settings, from flags, variables, the file and defaults, and where each comes from. */
import type { Problem } from "../errors/problem.js";
import type { ConfigFile } from "./config/configFile.js";
import { type SettingDefinition, settingDefinitions, upstreamSettings } from "./settingDefinitions.js";

export interface GatheredSettings {
	/** By name, not yet checked; defaults included. */
	readonly values: Record<string, unknown>;
	/** The flag, variable or place in a file that gave each value; undefined for defaults. */
	readonly sources: Readonly<Record<string, string>>;
	readonly problems: readonly Problem[];
}

/** The first of flag, variable, file, variable of a default, and default that gives a setting a value. */
export function gatherSettings(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
	file?: ConfigFile,
): GatheredSettings {
	const values: Record<string, unknown> = {};
	const sources: Record<string, string> = {};
	const problems: Problem[] = [];
	for (const definition of settingDefinitions()) {
		const { name, flag, environment: variable } = definition;
		const fromFlag = flags[flag];
		const fromEnvironment = environment[variable];
		const byDefault = environment[definition.defaultEnvironment];
		const readVariable = (source: string, text: string) => {
			sources[name] = source;
			const list = splitList(text, definition);
			if (list === undefined)
				problems.push({ where: source, message: 'must be a JSON array such as ["a.yaml","b.yaml"], or one value' });
			else values[name] = coerce(list, definition);
		};
		if (fromFlag !== undefined) {
			sources[name] = `--${flag}`;
			values[name] = coerce(fromFlag, definition);
		} else if (fromEnvironment !== undefined && fromEnvironment !== "") {
			readVariable(variable, fromEnvironment);
		} else if (file?.values[name] !== undefined) {
			sources[name] = file.places[name] ?? name;
			values[name] = file.values[name];
		} else if (byDefault && !(file?.routing && upstreamSettings.includes(name))) {
			readVariable(definition.defaultEnvironment, byDefault);
		} else if (definition.default !== undefined) {
			values[name] = definition.default;
		}
	}
	return { values, sources, problems };
}

/** An environment variable gives a list as a JSON array, or one value; undefined if it is no valid JSON. */
function splitList(text: string, { type }: SettingDefinition): unknown {
	if (type !== "array" || !text.startsWith("[")) return text;
	try {
		return JSON.parse(text);
	} catch {
		return /^\[\s*"/.test(text) ? undefined : text;
	}
}

/** Text from a command line in the type the schema asks for; what doesn't fit is left for the schema to refuse. */
function coerce(value: unknown, { type }: SettingDefinition): unknown {
	if (type === "array") return [value].flat().map((item) => (item === true ? "" : String(item)));
	const last = Array.isArray(value) ? value.at(-1) : value;
	if (type === "boolean") {
		if (last === "true" || last === "1") return true;
		return last === "false" || last === "0" ? false : last;
	}
	if (last === true) return "";
	if (type === "integer") return /^\d{1,15}$/.test(String(last)) ? Number(last) : last;
	return String(last);
}
