/** Loads users' plugins: `--plugin ./tenant.js` or `--plugin './tenant.js={"header":"x-tenant"}'`. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { newAjv } from "./contract/ajv.js";
import { messageOf, type Problem, Problems } from "./contract/problem.js";
import { type Plugin, stages } from "./plugin.js";

export interface LoadedPlugin {
	plugin: Plugin;
	/** Checked against the plugin's schema, with its defaults filled in. */
	options: unknown;
	source: string;
}

/** Splits `FILE={json}` and finds the file or package. @throws Problems that name the plugin. */
export function locatePlugin(specification: string): { source: string; url: string; options: string | undefined } {
	const split = specification.indexOf("={");
	const source = split === -1 ? specification : specification.slice(0, split);
	const options = split === -1 ? undefined : specification.slice(split + 1);
	const file = resolve(source);
	if (existsSync(file)) return { source, url: pathToFileURL(file).href, options };
	try {
		const installed = createRequire(resolve("package.json")).resolve(source);
		return { source, url: pathToFileURL(installed).href, options };
	} catch {
		throw new Problems([{ where: `--plugin ${source}`, message: "no such file or installed package" }]);
	}
}

/** @throws Problems for every plugin that can't be loaded or whose options are wrong. */
export async function loadPlugins(specifications: readonly string[]): Promise<LoadedPlugin[]> {
	const problems: Problem[] = [];
	const loaded: LoadedPlugin[] = [];
	for (const specification of specifications) {
		try {
			loaded.push(await loadPlugin(specification));
		} catch (error) {
			if (error instanceof Problems) problems.push(...error.problems);
			else problems.push({ where: `--plugin ${specification}`, message: messageOf(error) });
		}
	}
	for (const name of duplicates(loaded.map(({ plugin }) => plugin.name)))
		problems.push({ where: "--plugin", message: `two plugins are called ${name}` });
	if (problems.length > 0) throw new Problems(problems);
	return loaded;
}

async function loadPlugin(specification: string): Promise<LoadedPlugin> {
	const { source, url, options: text } = locatePlugin(specification);
	const fail = (message: string) => new Problems([{ where: `--plugin ${source}`, message }]);
	const module = (await import(url)) as { default?: unknown };
	const plugin = checkPlugin(module.default, fail);
	let options: unknown = {};
	try {
		if (text !== undefined) options = JSON.parse(text);
	} catch (error) {
		throw fail(`its options are not JSON (${messageOf(error)})`);
	}
	const schema = plugin.options ?? { type: "object", maxProperties: 0 };
	const validate = newAjv({ useDefaults: true, allErrors: true }).compile(schema);
	if (!validate(options)) {
		const reasons = (validate.errors ?? []).map((error) => `options${error.instancePath} ${error.message}`);
		throw fail(reasons.join("; "));
	}
	return { plugin, options, source };
}

function checkPlugin(value: unknown, fail: (message: string) => Problems): Plugin {
	const plugin = value as Partial<Plugin> | undefined;
	if (typeof plugin !== "object" || plugin === null) throw fail("has no default export made with definePlugin");
	if (typeof plugin.name !== "string" || !/^[a-z][a-z0-9-]*$/.test(plugin.name))
		throw fail("its name must be lower case letters, digits and dashes");
	if (plugin.middleware && !stages.includes(plugin.stage as never))
		throw fail(`its stage must be one of ${stages.join(", ")}`);
	if (!plugin.middleware && !plugin.handlers && !plugin.overlay)
		throw fail("has neither middleware nor handlers nor an overlay");
	return plugin as Plugin;
}

function duplicates(names: string[]): string[] {
	return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
