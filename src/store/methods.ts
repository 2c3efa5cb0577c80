/** Wraps all methods of an object in one function. */

/**
 * Returns an object whose every method calls `call` with the method's name and arguments.
 *
 * @param own methods that are used as they are
 */
export function methods<Methods extends object>(
	call: (name: keyof Methods, args: unknown[]) => Promise<unknown>,
	own: Partial<Methods> = {},
): Methods {
	return new Proxy(own as Methods, {
		get(target, name) {
			// `await` looks for a `then`.
			if (name === "then" || typeof name === "symbol") return undefined;
			const members = target as Record<string, unknown>;
			members[name] ??= (...args: unknown[]) => call(name as keyof Methods, args);
			return members[name];
		},
	});
}
