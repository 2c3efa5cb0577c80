/** A configuration file's value against its schema: what is wrong with it, and what is left of it. */
import type { ErrorObject } from "ajv";
import { type Config, configValidator } from "./configSchema.js";
import { describeError } from "./describeError.js";
import type { Path } from "./locatedYaml.js";
import { pathOf, pointerOf, replaceAt, valueAt } from "./path.js";
import type { Report } from "./report.js";
import { secretSettings } from "./secrets.js";
import type { Substituted } from "./substitute.js";

/**
 * Takes out what the schema refuses, and reports it. So what is left can be looked at further.
 *
 * @param written the value as it stands in the file
 */
export function checkConfig({ value, variables }: Substituted, written: unknown, report: Report): Config {
	const shown = (path: Path) =>
		isSecret(path, valueAt(written, path)) || variables.has(pointerOf(path)) ? undefined : valueAt(written, path);
	const wrong: Path[] = [];
	for (const error of errorsOf(value, variables)) {
		const described = describeError(error, value, shown);
		if (described === undefined) continue;
		// If a value has several faults, the first one is enough.
		const { path, message, isKey } = described;
		if (wrong.some((other) => isWithin(path, other))) continue;
		wrong.push(path);
		const names = variables.get(pointerOf(path));
		const from = names === undefined ? "" : ` (what ${names.join(", ")} holds makes it none)`;
		if (!report.isWrong(path)) report.add(path, message + from, isKey);
	}
	for (const path of wrong) replaceAt(value, path, undefined);
	return (typeof value === "object" && value !== null ? value : {}) as Config;
}

/** A variable's text is taken for a number, or for true or false, where only that fits. */
function errorsOf(value: unknown, variables: Substituted["variables"]): readonly ErrorObject[] {
	const validate = configValidator();
	validate(value);
	const errors = validate.errors ?? [];
	const changes = errors.filter(({ keyword, instancePath, params, data }) => {
		if (keyword !== "type" || !variables.has(instancePath)) return false;
		const typed = typedText(String(data), [params.type].flat());
		if (typed !== undefined) replaceAt(value, pathOf(instancePath, value), typed);
		return typed !== undefined;
	});
	if (changes.length === 0) return errors;
	validate(value);
	return validate.errors ?? [];
}

function typedText(text: string, types: readonly string[]): number | boolean | undefined {
	if (types.includes("boolean") && /^(true|false)$/.test(text)) return text === "true";
	const isNumber = types.includes("integer") || types.includes("number");
	return isNumber && /^\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Keys whose values no message may show: someone may have written a credential there. */
export function isSecret(path: Path, written?: unknown): boolean {
	const [section, , member, part] = path;
	if (secretSettings.has(section as string)) return true;
	if (section !== "upstreams") return false;
	return (
		member === "key" ||
		member === "entra" ||
		part === "credentials" ||
		member === "headers" ||
		member === "proxy" ||
		(typeof written === "string" && /@|-----BEGIN/.test(written))
	);
}

function isWithin(path: Path, other: Path): boolean {
	return pointerOf(path) === pointerOf(other) || pointerOf(path).startsWith(`${pointerOf(other)}/`);
}
