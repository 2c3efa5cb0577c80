/** Text for a terminal: coloured where that is wanted, shortened, and free of secrets and control characters. */

type Style = (text: string) => string;
export type Paint = Record<"bold" | "dim" | "red" | "green" | "cyan" | "magenta" | "yellow", Style>;

const codes: Record<keyof Paint, [number, number]> = {
	bold: [1, 22],
	dim: [2, 22],
	red: [31, 39],
	green: [32, 39],
	yellow: [33, 39],
	magenta: [35, 39],
	cyan: [36, 39],
};

/** ANSI colours for a terminal; none elsewhere, or where NO_COLOR is set (no-color.org). FORCE_COLOR wins over both. */
export function paintFor(environment: NodeJS.ProcessEnv, isTerminal: boolean): Paint {
	const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== "0";
	const wanted = forced || (isTerminal && !environment.NO_COLOR);
	const style =
		([on, off]: [number, number]): Style =>
		(text) =>
			wanted ? `\u001b[${on}m${text}\u001b[${off}m` : text;
	return Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, style(code)])) as Paint;
}

const maxCharacters = 400;

/** Long text with its middle left out. */
export function shorten(text: string): string {
	if (text.length <= maxCharacters) return text;
	const half = maxCharacters / 2;
	return `${text.slice(0, half)} … ${text.length - maxCharacters} characters … ${text.slice(-half)}`;
}

/** Credentials by the forms vendors give them. */
const secret =
	/\b(?:(?:sk|pk|rk|gsk|xai|key|hf|ghp|gho|glpat|xox[abp])[-_][\w-]{12,}|AKIA[A-Z0-9]{12,}|AIza[\w-]{20,}|eyJ[\w-]{10,}\.[\w-]+\.[\w-]+)|(?<=\bbearer\s)\S{8,}/gi;

/** Text that can't move the cursor, fake a line or show a credential. */
export function legible(text: string): string {
	return text
		.replace(secret, "***")
		.replace(/\r?\n/g, "⏎ ")
		.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => (character === "\t" ? " " : "\ufffd"));
}
