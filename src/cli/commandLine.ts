/** The words of a command line, told apart: sade looks for the command before it knows which options take a value. */

export interface CommandLine {
	/** Each as one word: `--bindport=80`, `--verbose=true`, `-h`. */
	options: string[];
	/** The command and its arguments. */
	words: string[];
}

/** A `-` before anything but a letter belongs to a value or an argument: `-1`, `-5 + 3?`, `-`. */
const option = /^--?[a-z][\w-]*(=|$)/i;

/** @param flags the options there are, without dashes; `switches` are those of them that need no value */
export function readCommandLine(
	given: readonly string[],
	flags: readonly string[],
	switches: readonly string[],
): CommandLine {
	const options: string[] = [];
	const words: string[] = [];
	for (let at = 0; at < given.length; at += 1) {
		const word = given[at] as string;
		if (word === "--") return { options, words: [...words, ...given.slice(at + 1)] };
		if (!option.test(word)) {
			words.push(word);
			continue;
		}
		const name = word.slice(2);
		const next = given[at + 1];
		if (switches.includes(name)) {
			const isSaid = next === "true" || next === "false";
			options.push(`${word}=${isSaid ? next : true}`);
			if (isSaid) at += 1;
		} else if (name.startsWith("no-") && switches.includes(name.slice(3))) {
			options.push(`--${name.slice(3)}=false`);
		} else if (flags.includes(name) && next !== undefined && next !== "--" && !option.test(next)) {
			options.push(`${word}=${next}`);
			at += 1;
		} else options.push(word);
	}
	return { options, words };
}
