/** What targets, routes and upstreams inherit where they say nothing themselves. */

/** The first value that is said, of levels from the innermost to the outermost. */
export function firstSaid<T>(...levels: readonly (T | undefined)[]): T | undefined {
	return levels.find((value) => value !== undefined);
}

/** Each member from the first level that says it. */
export function mergeLevels<T extends object>(levels: readonly (T | undefined)[]): Partial<T> {
	const merged: Partial<T> = {};
	for (const level of levels)
		for (const name of Object.keys(level ?? {}) as (keyof T)[]) {
			const value = level?.[name];
			if (merged[name] === undefined && value !== undefined) merged[name] = value;
		}
	return merged;
}

/**
 * Members of what can be switched on and off, or nothing where it is off. `true` is on with what is inherited; an object
 * is on too, and each member that it doesn't say is inherited.
 *
 * @param levels from the innermost to the outermost
 * @param byDefault whether it is on where no level says anything
 */
export function switchedOn<T extends object>(
	levels: readonly (boolean | T | undefined)[],
	byDefault: boolean,
): Partial<T> | undefined {
	if ((firstSaid(...levels) ?? byDefault) === false) return undefined;
	return mergeLevels(levels.map((level) => (typeof level === "object" ? level : undefined)));
}
