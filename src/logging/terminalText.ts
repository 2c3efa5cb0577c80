/** Makes text of clients, models and upstreams safe for a terminal, so that it is shown and has no other effect. */

/**
 * Control characters (C0, DEL, C1), which move the cursor, set colours and titles, and can make a terminal send input; format
 * characters, which reorder text (bidi) or hide it; line and paragraph separators; lone surrogates. Joiners are kept, which emoji
 * and some scripts need.
 */
const unsafe = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const unsafeButLines = /(?!\u200c|\u200d|\t|\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
/** For JSON, which escapes C0 itself. Its own line ends and indents are kept. */
const unsafeInJson = /(?!\u200c|\u200d|\n)[\x7f-\x9f\p{Cf}\u2028\u2029]/gu;

const replacement = "\ufffd";

/** @returns the text on one line, with unsafe characters replaced */
export function terminalLine(text: string): string {
	return text.replace(/\r?\n/g, "⏎ ").replaceAll("\t", " ").replace(unsafe, replacement);
}

/** @returns the text with its lines and tabs, and with other unsafe characters replaced */
export function terminalBlock(text: string): string {
	return text.replaceAll("\r\n", "\n").replace(unsafeButLines, replacement);
}

/** @returns JSON with unsafe characters escaped, so that it parses to the same value. @param indent spaces, for people */
export function terminalJson(value: unknown, indent?: number): string {
	return JSON.stringify(value, null, indent).replace(unsafeInJson, escapeUnits);
}

function escapeUnits(character: string): string {
	return [...Array(character.length).keys()]
		.map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
		.join("");
}
