/** Text for a terminal: coloured where that is wanted, shortened, and free of secrets and control characters. */

import { terminalLine } from "./terminalText.js";

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

/**
 * ANSI colours for a terminal; none elsewhere, or where NO_COLOR is set (no-color.org). FORCE_COLOR
 * (force-color.org) wins over both; `FORCE_COLOR=0` means none.
 */
export function paintFor(environment: NodeJS.ProcessEnv, isTerminal: boolean): Paint {
	const { FORCE_COLOR: force, NO_COLOR: no } = environment;
	const wanted = force ? force !== "0" && force !== "false" : isTerminal && !no;
	const style =
		([on, off]: [number, number]): Style =>
		(text) =>
			wanted ? `\u001b[${on}m${text}\u001b[${off}m` : text;
	return Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, style(code)])) as Paint;
}

const maxCharacters = 400;

/** Longer text is not searched for secrets as a whole: this much at its ends is more than what is shown of it. */
const searchedCharacters = 8_192;

/** Credentials by the forms vendors give them. */
const secretForm =
	/\b(?:(?:sk|llmw|pk|rk|gsk|xai|key|hf|ghp|gho|ghs|glpat|npm|xox[abp])[-_][\w-]{12,}|github_pat_\w{20,}|A[KS]IA[A-Z0-9]{12,}|AIza[\w-]{20,}|eyJ[\w-]{10,}\.[\w-]+\.[\w-]+)|(?<=\bbearer\s)\S{8,}/gi;

/** A user's name and password in a URL (RFC 3986 §3.2.1). */
const userInfo = /(?<=:\/\/)[^\s/:@]*:[^\s/@]*(?=@)/g;

/** Names of JSON members that hold a credential. */
const secretName =
	/^(?:.*[-_])?(?:api[-_]?key|authorization|password|secret|credentials?|(?:access|auth|bearer)[-_]?token|token)$/i;

/** Makes text of any length fit to be shown: on one line, shortened, and without what `secrets` or their forms tell. */
export type Legible = (text: string) => string;

/** @param secrets texts that must not be shown, whatever their form */
export function legibleWithout(secrets: readonly string[]): Legible {
	const known = secrets.filter((secret) => secret.length >= 4);
	const redact = (text: string) =>
		known
			.reduce((redacted, secret) => redacted.replaceAll(secret, "***"), text)
			.replace(secretForm, "***")
			.replace(userInfo, "***");
	return (text) => terminalLine(shorten(text, redact));
}

/** Long text with its middle left out. Redacted first, since half a secret is one too. */
function shorten(text: string, redact: (text: string) => string): string {
	if (text.length <= 2 * searchedCharacters) {
		const redacted = redact(text);
		return redacted.length <= maxCharacters ? redacted : ends(redacted, redacted, redacted.length);
	}
	return ends(redact(text.slice(0, searchedCharacters)), redact(text.slice(-searchedCharacters)), text.length);
}

function ends(from: string, to: string, length: number): string {
	const half = maxCharacters / 2;
	return `${from.slice(0, half)} … ${length - maxCharacters} characters … ${to.slice(-half)}`;
}

/** A member's value, unless it is named like a credential. */
export function withoutSecret(name: string, value: unknown): unknown {
	return value !== null && value !== undefined && secretName.test(name) ? "***" : value;
}

export function jsonWithoutSecrets(value: unknown): string {
	return JSON.stringify(value, withoutSecret) ?? "";
}
