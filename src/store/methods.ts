/** Objects whose methods all do the same around what they are asked. */

/**
 * An object on which each method is a call of `call`, with its name and what it was given.
 *
 * @param own methods that do without
 */
export function methods<Methods extends object>(
	call: (name: keyof Methods, given: unknown[]) => Promise<unknown>,
	own: Partial<Methods> = {},
): Methods {
	return new Proxy(own as Methods, {
		get(target, name) {
			// `await` asks any object for it.
			if (name === "then" || typeof name === "symbol") return undefined;
			const made = target as Record<string, unknown>;
			made[name] ??= (...given: unknown[]) => call(name as keyof Methods, given);
			return made[name];
		},
	});
}
