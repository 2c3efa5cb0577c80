/** `${NAME}` in the texts of a file: environment variables, put in their places. */
import type { Path } from "./locatedYaml.js";
import { pointerOf } from "./path.js";

export interface Substituted {
	readonly value: unknown;
	/** The variables that are in a text, by its JSON pointer. */
	readonly variables: ReadonlyMap<string, readonly string[]>;
}

/**
 * A copy of a value with all variables in its texts put in their places; `$${` becomes `${`. Names of members are left
 * alone. A text with a variable that isn't set stays as it is.
 */
export function substitute(
	value: unknown,
	environment: NodeJS.ProcessEnv,
	report: (path: Path, message: string) => void,
): Substituted {
	const variables = new Map<string, readonly string[]>();
	const walk = (part: unknown, path: Path): unknown => {
		if (typeof part === "string") return text(part, path);
		if (Array.isArray(part)) return part.map((item, index) => walk(item, [...path, index]));
		if (typeof part !== "object" || part === null) return part;
		return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, walk(member, [...path, name])]));
	};
	const text = (written: string, path: Path): string => {
		const names: string[] = [];
		const wrong: string[] = [];
		const whole = written.replace(/\$\$\{|\$\{([^}]*)\}?/g, (found, name: string | undefined) => {
			if (found === "$${") return "${";
			const message = name === undefined ? undefined : problemOf(found, name, environment);
			if (message !== undefined) wrong.push(message);
			names.push(name ?? "");
			return environment[name ?? ""] ?? "";
		});
		if (names.length > 0) variables.set(pointerOf(path), names);
		for (const message of new Set(wrong)) report(path, message);
		return wrong.length > 0 ? written : whole;
	};
	return { value: walk(value, []), variables };
}

function problemOf(found: string, name: string, environment: NodeJS.ProcessEnv): string | undefined {
	if (!found.endsWith("}")) return "a ${ has no } after it; write $${ for a plain ${";
	if (!/^[A-Za-z_]\w*$/.test(name))
		return "in ${…} must stand the name of an environment variable; write $${ for a plain ${";
	if (!Object.hasOwn(environment, name)) return `the environment variable ${name} is not set`;
	return environment[name] === "" ? `the environment variable ${name} is empty` : undefined;
}
