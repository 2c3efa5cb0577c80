/** Places in a configuration file, in each of the ways that they are written. */
import type { Path } from "./locatedYaml.js";

/** As people read it: `routes[0].targets[1].model`. */
export function describePath(path: Path): string {
	return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

/** A JSON pointer (RFC 6901), as Ajv writes it. */
export function pointerOf(path: Path): string {
	return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The steps of a JSON pointer into a value, with numbers where they lead into lists. */
export function pathOf(pointer: string, value: unknown): Path {
	let at = value;
	return pointer
		.split("/")
		.slice(1)
		.map((text) => {
			const name = text.replaceAll("~1", "/").replaceAll("~0", "~");
			const step = Array.isArray(at) ? Number(name) : name;
			at = (at as Record<string | number, unknown> | undefined)?.[step];
			return step;
		});
}

/** The value at a path; undefined if there is none. */
export function valueAt(value: unknown, path: Path): unknown {
	return path.reduce<unknown>(
		(at, step) => (typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[step] : undefined),
		value,
	);
}

/** Puts a value in the place of another one, or where none is. */
export function replaceAt(value: unknown, path: Path, by: unknown): void {
	const container = valueAt(value, path.slice(0, -1));
	const last = path.at(-1);
	if (typeof container === "object" && container !== null && last !== undefined)
		(container as Record<string | number, unknown>)[last] = by;
}
