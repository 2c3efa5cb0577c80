/** Loads users' plugins: `--plugin ./tenant.js` or `--plugin './tenant.js={"header":"x-tenant"}'`. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ErrorObject, ValidateFunction } from "ajv";
import { newAjv } from "../contract/ajv.js";
import { checkOverlay } from "../contract/overlay.js";
import { collect, firstLine, messageOf, type Problem, Problems } from "../errors/problem.js";
import { type Plugin, stages } from "../plugin.js";
import { closest } from "../settings/closest.js";

export interface LoadedPlugin {
	plugin: Plugin;
	/** Checked against the plugin's schema, with its defaults filled in. */
	options: unknown;
	source: string;
}

/** How long a plugin's module may take: one whose top-level `await` never settles would keep the gateway from starting. */
const loadLimitMs = 10_000;

/** Splits `FILE={json}` and finds the file or package. @throws Problems that name the plugin. */
export function locatePlugin(specification: string): { source: string; url: string; options: string | undefined } {
	const [source, options] = splitOptions(specification);
	const file = resolve(source);
	if (existsSync(file)) return { source, url: pathToFileURL(file).href, options };
	try {
		const installed = createRequire(resolve("package.json")).resolve(source);
		return { source, url: pathToFileURL(installed).href, options };
	} catch {
		throw new Problems([{ where: `--plugin ${source}`, message: "no such file or installed package" }]);
	}
}

/** A file's name may have a `=` in it. */
function splitOptions(specification: string): [source: string, options: string | undefined] {
	const brace = specification.indexOf("={");
	if (brace === -1 && existsSync(resolve(specification))) return [specification, undefined];
	const split = brace === -1 ? specification.indexOf("=") : brace;
	return split === -1 ? [specification, undefined] : [specification.slice(0, split), specification.slice(split + 1)];
}

/** @throws Problems for every plugin that can't be loaded or whose options are wrong. */
export async function loadPlugins(
	specifications: readonly string[],
	limitMs: number = loadLimitMs,
): Promise<LoadedPlugin[]> {
	const problems: Problem[] = [];
	const loaded: LoadedPlugin[] = [];
	for (const specification of specifications)
		await collect(problems, async () => loaded.push(await loadPlugin(specification, limitMs)));
	for (const name of duplicates(loaded.map(({ plugin }) => plugin.name)))
		problems.push({ where: "--plugin", message: `two plugins are called ${name}` });
	if (problems.length > 0) throw new Problems(problems);
	return loaded;
}

async function loadPlugin(specification: string, limitMs: number): Promise<LoadedPlugin> {
	const { source, url, options: text } = locatePlugin(specification);
	const fail = (...messages: string[]) =>
		new Problems(messages.map((message) => ({ where: `--plugin ${source}`, message })));
	const plugin = checkPlugin(await importWithin(limitMs, url, fail), source, fail);
	const options = text === undefined ? {} : parseOptions(text, fail);
	const schema = plugin.options ?? { type: "object", maxProperties: 0 };
	const validate = compileOptions(schema, fail);
	if (!validate(options)) throw fail(...(validate.errors ?? []).map((error) => describeOption(error, schema)));
	return { plugin, options, source };
}

type Fail = (...messages: string[]) => Problems;

/** The module's default export. */
async function importWithin(limitMs: number, url: string, fail: Fail): Promise<unknown> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(fail(`it was not loaded within ${limitMs / 1000} s`)), limitMs);
	});
	try {
		return ((await Promise.race([import(url), late])) as { default?: unknown }).default;
	} catch (error) {
		throw error instanceof Problems ? error : fail(firstLine(messageOf(error)) + lineOf(error, url));
	} finally {
		clearTimeout(timer);
	}
}

/** The line of a syntax error, from its stack, or from `node --check`, which runs nothing. */
function lineOf(error: unknown, url: string): string {
	if (!(error instanceof SyntaxError)) return "";
	const place = /^\S.*:(\d+)\n/;
	const check = () => spawnSync(process.execPath, ["--check", fileURLToPath(url)], { encoding: "utf8" }).stderr;
	const line = (place.exec(error.stack ?? "") ?? place.exec(check()))?.[1];
	return line === undefined ? "" : ` (line ${line})`;
}

/** The text may hold a credential, so it is never shown, nor what the parser shows of it. */
function parseOptions(text: string, fail: Fail): object {
	let options: unknown;
	try {
		options = JSON.parse(text);
	} catch {
		throw fail("its options are not JSON; they must be a JSON object");
	}
	if (typeof options !== "object" || options === null || Array.isArray(options))
		throw fail("its options must be a JSON object");
	return options;
}

function compileOptions(schema: Record<string, unknown>, fail: Fail): ValidateFunction {
	try {
		return newAjv({ useDefaults: true, allErrors: true }).compile(schema);
	} catch (error) {
		throw fail(`the schema of its options is wrong (${firstLine(messageOf(error))})`);
	}
}

function describeOption({ instancePath, keyword, params, message }: ErrorObject, schema: Plugin["options"]): string {
	const steps = instancePath.split("/").slice(1);
	if (keyword === "required") return `its option ${[...steps, params.missingProperty].join(".")} is missing`;
	if (keyword === "maxProperties" && steps.length === 0) return "it takes no options";
	if (keyword === "additionalProperties") {
		const meant = closest(params.additionalProperty, Object.keys(schema?.properties ?? {}));
		const name = [...steps, params.additionalProperty].join(".");
		return `it has no option ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
	}
	const what = steps.length === 0 ? "its options" : `its option ${steps.join(".")}`;
	const allowed =
		keyword === "enum" ? `: ${params.allowedValues.map((value: unknown) => JSON.stringify(value)).join(", ")}` : "";
	return `${what} ${message}${allowed}`;
}

function checkPlugin(value: unknown, source: string, fail: Fail): Plugin {
	const plugin = value as Partial<Plugin> | undefined;
	if (typeof plugin !== "object" || plugin === null) throw fail("has no default export made with definePlugin");
	if (typeof plugin.name !== "string" || !/^[a-z][a-z0-9-]*$/.test(plugin.name))
		throw fail("its name must be lower case letters, digits and dashes");
	for (const part of ["middleware", "handlers"] as const)
		if (plugin[part] && typeof plugin[part] !== "function") throw fail(`its \`${part}\` must be a function`);
	if (plugin.middleware && !stages.includes(plugin.stage as never))
		throw fail(`its stage must be one of ${stages.join(", ")}`);
	if (!plugin.middleware && !plugin.handlers && !plugin.overlay)
		throw fail("has neither middleware nor handlers nor an overlay");
	const inOverlay = plugin.overlay ? checkOverlay(plugin.overlay, (path) => placeInOverlay(source, path)) : [];
	if (inOverlay.length > 0) throw new Problems(inOverlay);
	return plugin as Plugin;
}

/** Where in a plugin's overlay something stands, for messages. */
export function placeInOverlay(source: string, path: readonly (string | number)[]): string {
	return `${source}: overlay${path[0] === "actions" ? ` action ${path[1]}` : ""}`;
}

function duplicates(names: string[]): string[] {
	return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
