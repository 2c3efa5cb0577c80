/** What targets, routes and upstreams inherit if they don't set it themselves. */

/** The first value that is set. @param levels from the innermost to the outermost */
export function firstSaid<T>(...levels: readonly (T | undefined)[]): T | undefined {
	return levels.find((value) => value !== undefined);
}

/** Each member from the first level that sets it. */
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
 * Members of a section that can be switched on and off; undefined if it is off. `true` is on with inherited members; an object
 * is on too, and members that it doesn't set are inherited.
 *
 * @param levels from the innermost to the outermost
 * @param byDefault whether it is on if no level sets it
 */
export function switchedOn<T extends object>(
	levels: readonly (boolean | T | undefined)[],
	byDefault: boolean,
): Partial<T> | undefined {
	if ((firstSaid(...levels) ?? byDefault) === false) return undefined;
	return mergeLevels(levels.map((level) => (typeof level === "object" ? level : undefined)));
}
