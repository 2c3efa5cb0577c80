/** Objects whose methods all do the same around what they are asked. */

/** An object on which each method is a call of `call`, with its name and what it was given. */
export function methods<Methods extends object>(
	call: (name: keyof Methods, given: unknown[]) => Promise<unknown>,
): Methods {
	return new Proxy({} as Methods, {
		get(_target, name) {
			// `await` asks any object for it.
			if (name === "then" || typeof name === "symbol") return undefined;
			return (...given: unknown[]) => call(name as keyof Methods, given);
		},
	});
}
