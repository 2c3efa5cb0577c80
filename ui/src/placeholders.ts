/** Placeholders of a prompt's texts, as far as an editor has to know them; the gateway decides. */

const placeholder = /(\\*)\{\{[ \t]*([A-Za-z][A-Za-z0-9_]{0,63})[ \t]*\}\}/g;

/** The variables that texts name, each once, in the order in which they come. */
export function variablesIn(value: unknown): string[] {
	const names = new Set<string>();
	const visit = (part: unknown): void => {
		if (typeof part === "string") {
			// After an odd number of backslashes braces are braces.
			for (const [, backslashes = "", name = ""] of part.matchAll(placeholder))
				if (backslashes.length % 2 === 0) names.add(name);
		} else if (typeof part === "object" && part !== null) Object.values(part).forEach(visit);
	};
	visit(value);
	return [...names];
}
