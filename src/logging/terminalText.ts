/** Text that others wrote (clients, models, upstreams) as a terminal may be given it: it shows what is there and does nothing. */

/**
 * Control characters (C0, DEL, C1), which move the cursor, colour and retitle, and are answered as if they were typed;
 * format characters, which turn the order of what is read around (bidi) or hide it; line and paragraph separators; halves of
 * characters. Joiners stay, which emoji and scripts need.
 */
const unsafe = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const unsafeButLines = /(?!\u200c|\u200d|\t|\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
/** JSON escapes C0 itself, and gives back what is escaped. Its own line ends and indents stay. */
const unsafeInJson = /(?!\u200c|\u200d|\n)[\x7f-\x9f\p{Cf}\u2028\u2029]/gu;

const instead = "\ufffd";

/** On one line. */
export function terminalLine(text: string): string {
	return text.replace(/\r?\n/g, "⏎ ").replaceAll("\t", " ").replace(unsafe, instead);
}

/** With its own lines and tabs. */
export function terminalBlock(text: string): string {
	return text.replaceAll("\r\n", "\n").replace(unsafeButLines, instead);
}

/** A value as JSON that means the same to whoever parses it. @param indent spaces, for people */
export function terminalJson(value: unknown, indent?: number): string {
	return JSON.stringify(value, null, indent).replace(unsafeInJson, escaped);
}

function escaped(character: string): string {
	return [...Array(character.length).keys()]
		.map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
		.join("");
}
