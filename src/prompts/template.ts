/** Texts with `{{placeholders}}`: read once, and filled in one pass, so that a value is never read as a template. */

/** A text cut at its placeholders: there is one literal more than there are names. */
export interface Template {
	readonly literals: readonly string[];
	readonly names: readonly string[];
}

/** What is wrong with a text's braces, said for the person who wrote them. */
export class TemplateError extends Error {}

/** As `components.schemas.PromptVariables` has them. */
const placeholder = /\{\{[ \t]*([A-Za-z][A-Za-z0-9_]{0,63})[ \t]*\}\}/y;

const maxShown = 40;

/**
 * Reads a text. `{{name}}`, with or without spaces inside, is a placeholder; `\{{` is two braces. Of backslashes in
 * front of `{{` each pair is one backslash, and one that is left over escapes the braces; backslashes elsewhere are
 * themselves. Of more than two opening braces the last two count.
 *
 * @throws TemplateError where `{{` begins no placeholder: better said when it is written than found in an answer.
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
		`${JSON.stringify(shown)} is no placeholder: a name has up to 64 letters, digits and underscores and begins with ` +
		"a letter, as in {{name}}; write \\{{ for braces that are only text"
	);
}
