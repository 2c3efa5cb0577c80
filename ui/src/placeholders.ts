/** Finds placeholders in a prompt's texts for the editor; the gateway validates them. */

const placeholder = /(\\*)\{\{[ \t]*([A-Za-z][A-Za-z0-9_]{0,63})[ \t]*\}\}/g;

/** @returns the names of the variables in texts, each once, in order of occurrence */
export function variablesIn(value: unknown): string[] {
	const names = new Set<string>();
	const visit = (part: unknown): void => {
		if (typeof part === "string") {
			// After an odd number of backslashes, braces are literal.
			for (const [, backslashes = "", name = ""] of part.matchAll(placeholder))
				if (backslashes.length % 2 === 0) names.add(name);
		} else if (typeof part === "object" && part !== null) Object.values(part).forEach(visit);
	};
	visit(value);
	return [...names];
}
