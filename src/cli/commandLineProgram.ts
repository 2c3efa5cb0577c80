/** The command line: which command is meant, and its help. Commands are in `commandTable.ts`, flags in `Settings` of settings.yaml. */
import sade from "sade";
import { closest } from "../settings/closest.js";
import { version } from "../version.js";
import { type CommandLine, readCommandLine } from "./commandLine.js";
import { fail } from "./commandRun.js";
import { commands, definitions } from "./commandTable.js";
import { type Command, commandHelp, programHelp } from "./help.js";

const ownOptions = commands.flatMap(({ options = [] }) => options);
const flagNames = [...definitions, ...ownOptions].map(({ flag }) => flag);
const switches = [
	...definitions.filter(({ type }) => type === "boolean"),
	...ownOptions.filter(({ placeholder }) => placeholder === ""),
].map(({ flag }) => flag);
const program = sade("llmw");
for (const { usage, description, action } of commands) {
	program.command(usage, description, { default: usage === "serve" });
	program.action(action as (...given: unknown[]) => Promise<void>);
}
runCommandLine(readCommandLine(process.argv.slice(2), flagNames, switches));

function runCommandLine({ options, words }: CommandLine): void {
	const asksFor = (...forms: string[]) => options.some((option) => forms.includes(option));
	const [first, second] = words;
	if (asksFor("--help", "-h")) printHelp(first);
	else if (first === "help") printHelp(second);
	else if (asksFor("--version", "-v") || first === "version") console.log(`llmw ${version}`);
	else {
		checkOptions(options, first);
		commandNamed(first ?? "serve");
		program.parse([...process.argv.slice(0, 2), ...options, "--", ...words], { string: flagNames });
	}
}

function commandNamed(name: string): Command {
	const known = commands.find((command) => nameOf(command) === name);
	return known ?? fail(`${name}: there is no such command${didYouMean(name, commands.map(nameOf))}`);
}

function nameOf({ usage }: Command): string {
	return usage.split(" ", 1)[0] as string;
}

/** sade's own help has no room for long descriptions, and shows every command all options. */
function printHelp(name: string | undefined): void {
	const { columns } = process.stdout;
	const isOfOne = name !== undefined && name !== "help" && name !== "version";
	console.log(
		isOfOne ? commandHelp(commandNamed(name), definitions, columns) : programHelp(commands, definitions, columns),
	);
}

/** Before the command is looked for: what follows an option that is misspelt may be its value. */
function checkOptions(options: readonly string[], name = "serve"): void {
	const own = commands.find((command) => nameOf(command) === name)?.options ?? [];
	const known = [...definitions, ...own].map(({ flag }) => `--${flag}`);
	for (const option of options) {
		const [given = ""] = option.split("=", 1);
		if (!known.includes(given)) fail(`${given}: there is no such option${didYouMean(given, known)}`);
	}
}

function didYouMean(name: string, known: readonly string[]): string {
	const meant = closest(name, known);
	return meant === undefined ? "; see llmw --help" : `; did you mean ${meant}?`;
}
