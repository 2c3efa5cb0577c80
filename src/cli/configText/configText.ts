/** Changes to other programs' configuration files: members are set, and everything else stays as it is, comments included. */
import { isDeepStrictEqual } from "node:util";
import { isObject } from "../../json/isObject.js";
import { envText } from "./envText.js";
import { jsonText } from "./jsonText.js";
import { FormatError, type Path, type TextFormat, type Value } from "./textFormat.js";
import { tomlText } from "./tomlText.js";
import { yamlText } from "./yamlText.js";

export interface Setting {
	readonly path: readonly string[];
	/** An object is merged into what is there; everything else takes its place. */
	readonly value: Value;
	/** `path` leads to a list: the item with the same member of this name is changed; if there is none, one is added. */
	readonly itemBy?: string;
	/** What is there already stays. */
	readonly ifMissing?: boolean;
}

const formats = { json: jsonText, toml: tomlText, yaml: yamlText, env: envText } as const satisfies Record<
	string,
	TextFormat
>;

export type FormatName = keyof typeof formats;

/** @returns an empty object for an empty text. @throws FormatError */
export function readText(format: FormatName, text: string): Record<string, unknown> {
	const read = text.trim() === "" ? {} : formats[format].read(text);
	if (!isObject(read)) throw new FormatError("must hold an object", 0);
	return read as Record<string, unknown>;
}

/**
 * The text with these settings. Nothing else in it means anything different afterwards: that is checked.
 *
 * @throws FormatError if the text can't be read, or written in a way that can't be changed
 */
export function editText(format: FormatName, text: string, settings: readonly Setting[]): string {
	let edited = text;
	for (const setting of settings)
		for (const [path, value] of leavesOf(setting, readText(format, edited), format === "toml")) {
			const before = readText(format, edited);
			if (isDeepStrictEqual(valueAt(before, path), value)) continue;
			const changed = formats[format].set(edited, path, value);
			if (!isDeepStrictEqual(readText(format, changed), withValue(before, path, value)))
				throw new FormatError(`can't be changed at ${path.join(".")} without changing more`);
			edited = changed;
		}
	return edited;
}

type Leaf = readonly [Path, Value];

/** @param inTables objects are tables of their own, and not written in one line */
function leavesOf({ path, value, itemBy, ifMissing }: Setting, present: unknown, inTables: boolean): Leaf[] {
	if (ifMissing && valueAt(present, path) !== undefined) return [];
	if (itemBy === undefined) return flat(path, value, present, inTables);
	const list = valueAt(present, path);
	const items = Array.isArray(list) ? list : [];
	const name = (value as Record<string, Value>)[itemBy];
	const at = items.findIndex((item) => isObject(item) && item[itemBy] === name);
	if (!Array.isArray(list)) return [[path, [value]]];
	return at === -1 ? [[[...path, items.length], value]] : flat([...path, at], value, present);
}

/** Members of an object one by one, if there is an object already. */
function flat(path: Path, value: Value, present: unknown, inTables = false): Leaf[] {
	if (!isObject(value) || !(inTables || isObject(valueAt(present, path)))) return [[path, value]];
	return Object.entries(value as Record<string, Value>).flatMap(([name, member]) =>
		flat([...path, name], member, present, inTables),
	);
}

/** The member of a read configuration; undefined if it isn't there. */
export function valueAt(read: unknown, path: Path): unknown {
	return path.reduce<unknown>(
		(value, name) =>
			(typeof name === "number" ? Array.isArray(value) : isObject(value)) && Object.hasOwn(value as object, name)
				? (value as Record<string | number, unknown>)[name]
				: undefined,
		read,
	);
}

function withValue(read: unknown, [name, ...rest]: Path, value: Value): unknown {
	if (name === undefined) return value;
	const copy = Array.isArray(read) ? [...read] : { ...(read as object) };
	const members = copy as Record<string | number, unknown>;
	members[name] = withValue(members[name], rest, value);
	return copy;
}
