#!/usr/bin/env node
/** The command line: commands and flags, and nothing else. Flags come from `Settings` in openapi.yaml. */
import sade from "sade";
import { addressOf, reportProblems, serve } from "./commands/serve.js";
import { Problems } from "./contract/problem.js";
import { inspectSettings, readSettings, type Settings, settingDefinitions } from "./contract/settings.js";
import { commandHelp, type HelpTopic, programHelp } from "./help.js";
import { version } from "./version.js";

type Flags = Record<string, unknown> & { _: string[] };

interface Command extends HelpTopic {
	/** What sade calls with the command's own words, and then the flags. */
	action(...given: never[]): Promise<void>;
}

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
		action: (flags: Flags) => run(flags, async () => (await import("./commands/demo.js")).demo(settingsOf(flags))),
	},
	{
		usage: "chat [prompt]",
		description: "Ask a running gateway, and stream its answer; reads stdin when piped",
		options: [
			{ flag: "url", description: "Base URL of the gateway, with /v1 (default: where --bindip and --bindport say)" },
			{ flag: "model", description: "Model to ask (default: the gateway's)" },
			{ flag: "key", description: "Credential to send as a bearer token" },
		],
		settings: ["bindip", "bindport"],
		examples: ['chat "Hello AI"', 'chat "Summarise this:" < report.txt'],
		action: (prompt: string | undefined, flags: Flags) => finish(() => runChat(prompt, flags)),
	},
	{
		usage: "check",
		description: "Find what is wrong with settings, overlays and plugins, without starting",
		action: (flags: Flags) =>
			runOnce(flags, async () => (await import("./commands/check.js")).check(inspectSettings(flags, process.env))),
	},
	{
		usage: "openapi",
		description: "Print the contract in force, as YAML",
		options: [{ flag: "json", description: "As JSON" }],
		action: (flags: Flags) =>
			runOnce(flags, async () =>
				(await import("./commands/openapi.js")).printContract(settingsOf(flags)(), flags.json === true),
			),
	},
	{
		usage: "chain",
		description: "Print the plugins that a request passes, in their order",
		action: (flags: Flags) =>
			runOnce(flags, async () => (await import("./commands/check.js")).printChain(settingsOf(flags)())),
	},
];

const definitions = settingDefinitions();
const switches = [...definitions.filter(({ type }) => type === "boolean").map(({ flag }) => flag), "json"];
const program = sade("llmw").version(version);
for (const { flag } of definitions) program.option(`--${flag}`);
for (const { usage, description, options = [], action } of commands) {
	program.command(usage, description, { default: usage === "serve" });
	for (const { flag } of options) program.option(`--${flag}`);
	program.action(action as (...given: unknown[]) => Promise<void>);
}
// sade's own has no room for long descriptions, and shows every command all options.
program.help = (name) => {
	const topic = commands.find(({ usage }) => usage.split(" ", 1)[0] === name);
	const { columns } = process.stdout;
	console.log(topic ? commandHelp(topic, definitions, columns) : programHelp(commands, definitions, columns));
};

program.parse(process.argv.map(closeSwitch), {
	string: [...definitions.filter(({ type }) => type !== "boolean").map(({ flag }) => flag), "url", "model", "key", "_"],
	boolean: switches,
	unknown: (flag) => fail(`${flag}: there is no such option; see llmw --help`),
});

/** `--verbose demo` as `--verbose=true demo`: sade looks for the command before it knows which flags take no value. */
function closeSwitch(word: string, index: number, words: readonly string[]): string {
	const isSwitch = word.startsWith("--") && switches.includes(word.slice(2));
	return isSwitch && !/^(true|false)$/.test(words[index + 1] ?? "") ? `${word}=true` : word;
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
	if (flags._.length > 0) fail(`${flags._[0]}: there is no such command; see llmw --help`);
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
	process.stdout.on("error", () => process.exit(0));
	try {
		await action();
		process.exitCode = 0;
	} catch (error) {
		process.exitCode = reportProblems(error);
	}
}

async function runChat(prompt: string | undefined, flags: Flags): Promise<void> {
	const { chat, readPrompt } = await import("./commands/chat.js");
	const text = await readPrompt([prompt, ...flags._].filter((word): word is string => word !== undefined));
	if (text === "") throw new Problems([{ where: "chat", message: 'nothing to say; try llmw chat "Hello AI"' }]);
	const settings = settingsOf(flags)();
	const baseUrl = String(flags.url ?? `${addressOf(settings, settings.bindport)}/v1`).replace(/\/+$/, "");
	await chat(
		{ baseUrl, prompt: text, model: flags.model as string | undefined, key: flags.key as string | undefined },
		(piece) => void process.stdout.write(process.stdout.isTTY ? harmless(piece) : piece),
	);
}

/** Without what would move a terminal's cursor or change its colours: the model's words are not to be trusted. */
function harmless(text: string): string {
	return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd");
}
