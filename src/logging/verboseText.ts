/** Text for a terminal: optionally coloured, shortened, and free of secrets and control characters. */

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
 * ANSI colours for a terminal; none elsewhere, or if NO_COLOR is set (no-color.org). FORCE_COLOR
 * (force-color.org) wins over both; `FORCE_COLOR=0` means none.
 */
export function paintFor(environment: NodeJS.ProcessEnv, isTerminal: boolean): Paint {
	const { FORCE_COLOR: force, NO_COLOR: no } = environment;
	const isColoured = force ? force !== "0" && force !== "false" : isTerminal && !no;
	const style =
		([on, off]: [number, number]): Style =>
		(text) =>
			isColoured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
	return Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, style(code)])) as Paint;
}

const maxCharacters = 400;

/** Longer text is searched for secrets only this far from each end, which is more than is shown. */
const searchedCharacters = 8_192;

/** Credentials by vendors' formats. */
const secretForm =
	/\b(?:(?:sk|llmw|pk|rk|gsk|xai|key|hf|ghp|gho|ghs|glpat|npm|xox[abp])[-_][\w-]{12,}|github_pat_\w{20,}|A[KS]IA[A-Z0-9]{12,}|AIza[\w-]{20,}|eyJ[\w-]{10,}\.[\w-]+\.[\w-]+)|(?<=\bbearer\s)\S{8,}/gi;

/** A user's name and password in a URL (RFC 3986 §3.2.1). */
const userInfo = /(?<=:\/\/)[^\s/:@]*:[^\s/@]*(?=@)/g;

/** Names of JSON members that hold a credential. */
const secretName =
	/^(?:.*[-_])?(?:api[-_]?key|authorization|password|secret|credentials?|(?:access|auth|bearer)[-_]?token|token)$/i;

/** Makes text of any length fit to be shown: on one line, shortened, and without secrets. */
export type Legible = (text: string) => string;

/** @param secrets texts that must not be shown, whatever their format */
export function legibleWithout(secrets: readonly string[]): Legible {
	const longSecrets = secrets.filter((secret) => secret.length >= 4);
	const redact = (text: string) =>
		longSecrets
			.reduce((redacted, secret) => redacted.replaceAll(secret, "***"), text)
			.replace(secretForm, "***")
			.replace(userInfo, "***");
	return (text) => terminalLine(shorten(text, redact));
}

/** Leaves out the middle of long text. Redacts first, since half a secret would no longer be recognised. */
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

/** @returns the member's value, or `***` if the name is a credential's */
export function withoutSecret(name: string, value: unknown): unknown {
	return value !== null && value !== undefined && secretName.test(name) ? "***" : value;
}

export function jsonWithoutSecrets(value: unknown): string {
	return JSON.stringify(value, withoutSecret) ?? "";
}
