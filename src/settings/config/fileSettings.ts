/** The settings in a configuration file, in the form of flags' values. */
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { settingDefinitions } from "../settingDefinitions.js";
import type { ConfigFile } from "./configFile.js";
import type { Config } from "./configSchema.js";
import { pointerOf } from "./path.js";
import type { Reader } from "./reader.js";
import type { Report } from "./report.js";
import { secretSettings } from "./secrets.js";
import type { Substituted } from "./substitute.js";

/** @param folder the file's own, where its relative paths begin */
export function fileSettings(
	config: Config,
	{ variables }: Substituted,
	folder: string,
	reader: Reader,
	report: Report,
): Pick<ConfigFile, "values" | "places" | "hidden"> {
	const values: Record<string, unknown> = {};
	const places: Record<string, string> = {};
	const hidden = new Set<string>();
	for (const { name } of settingDefinitions()) {
		const value = (config as Record<string, unknown>)[name];
		if (value === undefined) continue;
		values[name] = settingValue(name, value, folder, reader);
		places[name] = report.where([name]);
		if ([...variables.keys()].some((pointer) => `${pointer}/`.startsWith(`${pointerOf([name])}/`))) hidden.add(name);
	}
	return { values, places, hidden };
}

function settingValue(name: string, value: unknown, folder: string, reader: Reader): unknown {
	if (secretSettings.has(name)) return reader.secret(value as string, [name]);
	if (name === "data") return resolve(folder, String(value));
	const list = (locate: (item: string) => string) =>
		(value as string[]).filter((item) => item !== undefined).map(locate);
	if (name === "overlay") return list((file) => besideWorkingFolder(resolve(folder, file)));
	if (name === "plugin") return list((specification) => locatedPlugin(specification, folder));
	// Items that the schema refuses have been taken out.
	return Array.isArray(value) ? list((item) => item) : value;
}

/** As short as a user would write it, for messages. */
function besideWorkingFolder(file: string): string {
	const short = relative(process.cwd(), file);
	return short.startsWith("..") ? file : short;
}

/** `FILE` or `FILE={json}`; what is no file there may be a package. */
function locatedPlugin(specification: string, folder: string): string {
	const split = specification.indexOf("={");
	const [source, options] =
		split === -1 ? [specification, ""] : [specification.slice(0, split), specification.slice(split)];
	const file = resolve(folder, source);
	return source.startsWith(".") || existsSync(file) ? besideWorkingFolder(file) + options : specification;
}
