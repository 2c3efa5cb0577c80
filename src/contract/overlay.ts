/** OpenAPI Overlay 1.0 documents: how a deployment or a plugin adapts the contract. */
import { exec } from "jsonpath-rfc9535";
import { firstLine, messageOf, type Problem } from "../errors/problem.js";
import { isObject } from "../json/isObject.js";
import type { Json, JsonObject } from "../json/jsonTypes.js";
import { settingsSchemas } from "../settings/settingsSchemas.js";
import { otherDefaultTarget, settleBodyDefaults } from "./bodyDefaults.js";

/** One change: `update` is merged into everything `target` (JSONPath, RFC 9535) selects, or that is removed. */
export interface OverlayAction {
	target: string;
	description?: string;
	update?: Json;
	remove?: boolean;
}

/** An overlay document (OpenAPI Overlay Specification 1.0.0). */
export interface Overlay {
	overlay: string;
	info: { title: string; version: string };
	actions: OverlayAction[];
}

/** An overlay with the place of each action, for messages: `file:line:column`. Plain data: it is sent to the workers. */
export interface LocatedOverlay {
	overlay: Overlay;
	places: readonly string[];
}

/**
 * The reason why a value is no overlay document.
 *
 * @param place where the part at this path stands, for messages
 */
export function checkOverlay(value: unknown, place: (path: (string | number)[]) => string): Problem[] {
	const overlay = value as Partial<Overlay> | null;
	const wrong = (path: (string | number)[], message: string) => [{ where: place(path), message }];
	if (typeof overlay !== "object" || overlay === null || overlay.overlay === undefined)
		return wrong([], "not an OpenAPI Overlay document: it must open with `overlay: 1.0.0`");
	if (!/^1\.0\.\d+$/.test(String(overlay.overlay)))
		return wrong(["overlay"], `Overlay ${overlay.overlay} is not supported; \`overlay\` must be 1.0.0`);
	if (typeof overlay.info?.title !== "string" || overlay.info.version === undefined)
		return wrong([], "`info` must have a `title` and a `version`");
	if (!Array.isArray(overlay.actions) || overlay.actions.length === 0)
		return wrong([], "`actions` must be a list of at least one action");
	return overlay.actions.flatMap((action, index) => {
		if (typeof action?.target !== "string") return wrong(["actions", index], "an action needs a `target` (JSONPath)");
		if (action.remove !== true && action.update === undefined)
			return wrong(["actions", index], "an action needs an `update` or `remove: true`");
		return [];
	});
}

/**
 * Applies an overlay to a document, in place.
 *
 * @returns the problems found: targets that don't parse or select nothing.
 */
export function applyOverlay(document: JsonObject, { overlay, places }: LocatedOverlay): Problem[] {
	const problems: Problem[] = [];
	for (const [index, action] of overlay.actions.entries()) {
		const where = places[index] ?? "overlay";
		try {
			let paths = select(document, action.target);
			const other = paths.length > 0 ? undefined : otherDefaultTarget(action.target);
			if (other !== undefined) paths = select(document, other);
			if (paths.length === 0)
				problems.push({
					where,
					message: `target ${action.target} selects nothing in the contract${whereElse(action.target)}`,
				});
			// The last first, so that removing an array's element leaves the places of the others valid.
			for (const path of paths.reverse()) applyAction(document, path, action);
			settleBodyDefaults(document);
		} catch (error) {
			problems.push({ where, message: `target ${action.target}: ${firstLine(messageOf(error))}` });
		}
	}
	return problems;
}

/** Says in which other document the target seems to be, for a message; empty if in none. */
function whereElse(target: string): string {
	if (/\/(docs|ui)\b/.test(target)) return ", which has no pages in it: /docs and /ui are files of the program";
	const isOfSettings = Object.keys(settingsSchemas()).some((name) => new RegExp(`\\b${name}\\b`).test(target));
	return isOfSettings ? ", which has no settings in it: those are flags, variables or a configuration file" : "";
}

function select(document: JsonObject, target: string): (string | number)[][] {
	const paths: (string | number)[][] = [];
	exec(document, target, (_value, path) => {
		paths.push([...(path as (string | number)[])]);
	});
	return paths;
}

function applyAction(document: JsonObject, path: (string | number)[], action: OverlayAction): void {
	const key = path.at(-1);
	if (key === undefined) {
		if (action.remove) throw new Error("the whole document can't be removed");
		merge(document, action.update as Json);
		return;
	}
	const parent = path.slice(0, -1).reduce<Json>((value, step) => (value as JsonObject)[step] as Json, document);
	if (action.remove) {
		if (Array.isArray(parent)) parent.splice(Number(key), 1);
		else delete (parent as JsonObject)[key];
		return;
	}
	const container = parent as JsonObject;
	const target = container[key] as Json;
	if (Array.isArray(target)) target.push(...[structuredClone(action.update as Json)].flat());
	else container[key] = merge(target, action.update as Json);
}

/** Objects are merged by key, arrays are appended to, anything else is replaced. */
function merge(target: Json, update: Json): Json {
	if (Array.isArray(target) && Array.isArray(update)) {
		target.push(...structuredClone(update));
		return target;
	}
	if (!isObject(target) || !isObject(update)) return structuredClone(update);
	for (const [key, value] of Object.entries(update)) {
		target[key] = key in target ? merge(target[key] as Json, value) : structuredClone(value);
	}
	return target;
}
