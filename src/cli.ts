#!/usr/bin/env node
/** The command line: commands and flags, and nothing else. Flags come from `Settings` in openapi.yaml. */
import sade from "sade";
import { type CommandLine, readCommandLine } from "./commandLine.js";
import { addressOf, reportProblems, serve } from "./commands/serve.js";
import { closest } from "./contract/closest.js";
import { Problems } from "./contract/problem.js";
import { inspectSettings, readSettings, type Settings, settingDefinitions } from "./contract/settings.js";
import { commandHelp, type HelpTopic, programHelp } from "./help.js";
import { version } from "./version.js";

type Flags = Record<string, unknown> & { _: string[] };

interface Command extends HelpTopic {
	/** What sade calls with the command's own words, and then the flags. */
	action(...given: never[]): Promise<void>;
}

const definitions = settingDefinitions();
/** The demo brings its own AI host. */
const ofHost = ["aihost", "aihostport", "aikey", "cacert", "insecure"];
/** Of `llmw chat`, and what the primary tells its workers. */
const otherVariables = ["LLMW_URL", "LLMW_MODEL", "LLMW_KEY", "LLMW_MAX_TOKENS", "LLMW_COLOR"];

const commands: Command[] = [
	{
		usage: "serve",
		description: "Run the gateway (what llmw does without a command)",
		examples: ["--bindip 127.0.0.1 --bindport 42069 --aihost 10.0.0.1 --aihostport 443 --verbose"],
		action: (flags: Flags) => run(flags, () => serve(settingsOf(flags))),
	},
	{
		usage: "demo",
		description: "Run it in front of an embedded demo AI host, and show a completion",
		settings: definitions.map(({ name }) => name).filter((name) => !ofHost.includes(name)),
		action: (flags: Flags) => {
			for (const flag of ofHost) if (flags[flag] !== undefined) fail(`--${flag}: llmw demo has an AI host of its own`);
			return run(flags, async () => (await import("./commands/demo.js")).demo(settingsOf(flags)));
		},
	},
	{
		usage: "chat [prompt]",
		description: "Ask a running gateway, and stream its answer; reads stdin when piped",
		options: [
			{
				flag: "url",
				placeholder: "URL",
				description: "Base URL of the gateway, with /v1 (default: where --bindip and --bindport say)",
			},
			{ flag: "model", placeholder: "NAME", description: "Model to ask (default: the gateway's)" },
			{ flag: "key", placeholder: "KEY", description: "Credential to send as a bearer token" },
			{ flag: "max-tokens", placeholder: "N", description: "Longest answer, in tokens (default: the gateway's)" },
		],
		settings: ["bindip", "bindport"],
		examples: ['chat "Hello AI"', 'chat "Summarise this:" < report.txt'],
		note: "Its own options are variables too, such as LLMW_URL. A prompt with the word - waits for stdin, however long.",
		action: (prompt: string | undefined, flags: Flags) => finish(() => runChat(prompt, flags)),
	},
	{
		usage: "check",
		description: "Find what is wrong with settings, overlays and plugins, without starting",
		action: (flags: Flags) =>
			runOnce(flags, async () => {
				const { check, noteVariables } = await import("./commands/check.js");
				noteVariables(process.env, [...definitions.map(({ environment }) => environment), ...otherVariables]);
				await check(inspectSettings(flags, process.env));
			}),
	},
	{
		usage: "openapi",
		description: "Print the contract in force, as YAML",
		options: [{ flag: "json", placeholder: "", description: "As JSON" }],
		settings: ["overlay", "plugin"],
		action: (flags: Flags) =>
			runOnce(flags, async () =>
				(await import("./commands/openapi.js")).printContract(settingsOf(flags)(), flags.json === "true"),
			),
	},
	{
		usage: "chain",
		description: "Print the plugins that a request passes, in their order",
		settings: ["overlay", "plugin", "verbose", "corsOrigin"],
		action: (flags: Flags) =>
			runOnce(flags, async () => (await import("./commands/check.js")).printChain(settingsOf(flags)())),
	},
];

const ownOptions = commands.flatMap(({ options = [] }) => options.map(({ flag }) => flag));
const flagNames = [...definitions.map(({ flag }) => flag), ...ownOptions];
const switches = [...definitions.filter(({ type }) => type === "boolean").map(({ flag }) => flag), "json"];
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

function settingsOf(flags: Flags): () => Settings {
	return () => readSettings(flags, process.env);
}

function fail(message: string): never {
	process.stderr.write(`llmw: ${message}\n`);
	process.exit(2);
}

/** For commands that go on running. */
async function run(flags: Flags, action: () => Promise<unknown>): Promise<void> {
	if (flags._.length > 0) fail(`${flags._[0]}: unexpected argument; see llmw --help`);
	try {
		await action();
	} catch (error) {
		process.exit(reportProblems(error));
	}
}

/** For commands that do one thing. */
async function runOnce(flags: Flags, action: () => Promise<unknown>): Promise<void> {
	await finish(() => run(flags, action));
}

/** Ends the process when stdout has taken everything, or wants no more (`llmw openapi | head`). */
async function finish(action: () => Promise<unknown>): Promise<void> {
	let isDone = false;
	process.stdout.on("error", () => {
		isDone = true;
		process.exit(0);
	});
	// A plugin that ends the process must not look like success.
	process.once("exit", (code) => {
		if (isDone || code !== 0) return;
		process.stderr.write("llmw: the process was ended before the command was done; a plugin may have done that\n");
		process.exitCode = 1;
	});
	try {
		await action();
		process.exitCode = 0;
	} catch (error) {
		process.exitCode = reportProblems(error);
	}
	isDone = true;
}

async function runChat(prompt: string | undefined, flags: Flags): Promise<void> {
	const { chat, readChatOptions, readPrompt } = await import("./commands/chat.js");
	const note = (line: string) => void process.stderr.write(`llmw: ${line}\n`);
	const settings = settingsOf(flags)();
	const options = readChatOptions(flags, process.env, addressOf(settings, settings.bindport));
	const words = [prompt, ...flags._].filter((word): word is string => word !== undefined);
	const text = await readPrompt(words, note);
	if (text === "") throw new Problems([{ where: "chat", message: 'nothing to say; try llmw chat "Hello AI"' }]);
	const ending = await chat(
		{ ...options, prompt: text },
		(piece) => void process.stdout.write(process.stdout.isTTY ? harmless(piece) : piece),
	);
	if (ending !== undefined) note(ending);
}

/** Without what would move a terminal's cursor or change its colours: the model's words are not to be trusted. */
function harmless(text: string): string {
	return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd");
}
