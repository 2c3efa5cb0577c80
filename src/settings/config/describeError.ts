/** What Ajv finds wrong with a configuration file, in words. */
import type { ErrorObject } from "ajv";
import { closest } from "../closest.js";
import { upstreamSettings } from "../settingDefinitions.js";
import type { Path } from "./locatedYaml.js";
import { pathOf } from "./path.js";

export interface DescribedError {
	readonly path: Path;
	/** It is about the name of a member rather than its value. */
	readonly isKey: boolean;
	readonly message: string;
}

/**
 * @param value the whole file's
 * @param written the value at a path of the file, if it may be shown
 * @returns undefined for errors that only repeat one further within
 */
export function describeError(
	error: ErrorObject,
	value: unknown,
	written: (path: Path) => unknown,
): DescribedError | undefined {
	const path = pathOf(error.instancePath, value);
	const { keyword, params, propertyName } = error;
	if (keyword === "if" || keyword === "propertyNames") return undefined;
	if (propertyName !== undefined)
		return { path: [...path, propertyName], isKey: true, message: ownMessage(error) ?? "is no valid name" };
	if (keyword === "additionalProperties") {
		const name = String(params.additionalProperty);
		return { path: [...path, name], isKey: true, message: unknownKey(name, path, error) };
	}
	if (keyword === "required")
		return { path: [...path, String(params.missingProperty)], isKey: true, message: "is missing" };
	return { path, isKey: false, message: describe(error) + shown(error, written(path)) };
}

function unknownKey(name: string, path: Path, error: ErrorObject): string {
	if (path.length === 0 && upstreamSettings.includes(name))
		return "a file has upstreams in `upstreams`, each with its `url`, `key` and `tls`";
	if (path.length === 0 && name === "config") return "a file names no other file";
	const { properties = {} } = error.parentSchema as { properties?: object };
	if ("targets" in properties && (name === "upstream" || name === "model") && path.length > 2)
		return "belongs to a single target, and not to a group with `targets`";
	if ("upstream" in properties && name === "strategy") return "belongs to a group with `targets`";
	const meant = closest(name, Object.keys(properties));
	return `there is no such key${meant === undefined ? "" : `; did you mean \`${meant}\`?`}`;
}

function ownMessage({ parentSchema }: ErrorObject): string | undefined {
	return (parentSchema as { "x-error-message"?: string } | undefined)?.["x-error-message"];
}

function describe(error: ErrorObject): string {
	const { keyword, params, data } = error;
	const own = ownMessage(error);
	if (keyword === "enum") {
		const allowed = (params.allowedValues as unknown[]).map(String);
		const meant = typeof data === "string" ? closest(data, allowed) : undefined;
		return `must be one of ${allowed.join(", ")}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
	}
	if (own !== undefined) return own;
	if (keyword === "type") return `must be ${[params.type].flat().map(inWords).join(" or ")}`;
	return error.message ?? "is not valid";
}

function inWords(type: string): string {
	const words: Record<string, string> = {
		object: "an object",
		array: "a list",
		string: "a text",
		boolean: "true or false",
	};
	return words[type] ?? `a${type === "integer" ? " whole" : ""} number`;
}

function shown({ keyword, data }: ErrorObject, written: unknown): string {
	if (data === null) return " (no value was given)";
	const isPlain = typeof written === "string" || typeof written === "number" || typeof written === "boolean";
	if (!isPlain || (keyword === "type" && typeof written === "string" && written.length > 60)) return "";
	return written === "" ? " (no value was given)" : ` (got ${JSON.stringify(written)})`;
}
