/** Texts with `{{placeholders}}`: parsed once and filled in one pass, so that a value is never parsed as a template. */

/** A text split at its placeholders: there is one more literal than there are names. */
export interface Template {
	readonly literals: readonly string[];
	readonly names: readonly string[];
}

/** The message explains what is wrong with a text's braces to the person who wrote them. */
export class TemplateError extends Error {}

/** Names as in `components.schemas.PromptVariables`. */
const placeholder = /\{\{[ \t]*([A-Za-z][A-Za-z0-9_]{0,63})[ \t]*\}\}/y;

const maxShown = 40;

/**
 * Parses a text. `{{name}}`, with or without spaces inside, is a placeholder; `\{{` is two literal braces. Before `{{`, each pair
 * of backslashes is one backslash, and an odd one escapes the braces; elsewhere backslashes are literal. If there are more than
 * two opening braces, the last two count.
 *
 * @throws TemplateError if `{{` begins no placeholder: authors should see the mistake now rather than in an answer
 */
export function readTemplate(text: string): Template {
	const literals: string[] = [];
	const names: string[] = [];
	let literal = "";
	let from = 0;
	for (let at = text.indexOf("{{"); at !== -1; at = text.indexOf("{{", at)) {
		const backslashes = countBackslashes(text, from, at);
		if (backslashes % 2 === 1) {
			literal += `${text.slice(from, at - (backslashes + 1) / 2)}{{`;
			at += 2;
			from = at;
			continue;
		}
		if (text[at + 2] === "{") {
			at += 1;
			continue;
		}
		placeholder.lastIndex = at;
		const found = placeholder.exec(text);
		if (found === null) throw new TemplateError(complaint(text.slice(at)));
		literals.push(literal + text.slice(from, at - backslashes / 2));
		names.push(found[1] as string);
		literal = "";
		at = placeholder.lastIndex;
		from = at;
	}
	literals.push(literal + text.slice(from));
	return { literals, names };
}

/** Puts values in place of the names. */
export function fillTemplate({ literals, names }: Template, values: ReadonlyMap<string, string>): string {
	let text = literals[0] as string;
	for (const [index, name] of names.entries()) text += (values.get(name) ?? "") + literals[index + 1];
	return text;
}

function countBackslashes(text: string, from: number, at: number): number {
	let count = 0;
	while (at - count > from && text[at - count - 1] === "\\") count += 1;
	return count;
}

function complaint(rest: string): string {
	const end = rest.indexOf("}}");
	const whole = end === -1 ? rest : rest.slice(0, end + 2);
	const shown = whole.length > maxShown ? `${whole.slice(0, maxShown)}…` : whole;
	return (
		`${JSON.stringify(shown)} isn't a placeholder: a name has up to 64 letters, digits and underscores and begins with ` +
		"a letter, as in {{name}}; write \\{{ for braces that are only text"
	);
}
