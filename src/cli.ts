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
		usage: "prompts [action] [dir]",
		description: "Keep a gateway's prompts as YAML files: pull, push or diff DIR",
		options: [
			{ flag: "url", description: "Base URL of the gateway, with /v1 (default: where --bindip and --bindport say)" },
			{ flag: "key", description: "Credential to send as a bearer token" },
			{ flag: "comment", description: "What is new in the versions that push adds" },
			{ flag: "dry-run", description: "Only say what pull or push would do" },
			{ flag: "force", description: "Overwrite what has changed on the other side" },
		],
		settings: ["bindip", "bindport"],
		examples: ["prompts pull prompts/", 'prompts push prompts/ --comment "Shorter answers"', "prompts diff prompts/"],
		action: (action: string | undefined, dir: string | undefined, flags: Flags) =>
			finish(() => runPrompts([action, dir, ...flags._], flags)),
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
const switches = [
	...definitions.filter(({ type }) => type === "boolean").map(({ flag }) => flag),
	"json",
	"dry-run",
	"force",
];
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
	string: [
		...definitions.filter(({ type }) => type !== "boolean").map(({ flag }) => flag),
		"url",
		"model",
		"key",
		"comment",
		"_",
	],
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
	await chat(
		{
			baseUrl: baseUrlOf(flags),
			prompt: text,
			model: flags.model as string | undefined,
			key: flags.key as string | undefined,
		},
		(piece) => void process.stdout.write(process.stdout.isTTY ? harmless(piece) : piece),
	);
}

async function runPrompts([action = "", folder = "", ...more]: (string | undefined)[], flags: Flags): Promise<void> {
	const { prompts } = await import("./commands/prompts.js");
	if (more.length > 0) fail(`${more[0]}: prompts takes an action and one folder`);
	const request = {
		action,
		folder,
		baseUrl: baseUrlOf(flags),
		key: flags.key as string | undefined,
		comment: String(flags.comment ?? ""),
		dryRun: flags["dry-run"] === true,
		force: flags.force === true,
	};
	await prompts(request, (line) => console.log(process.stdout.isTTY ? harmless(line) : line));
}

/** The gateway that a command asks. */
function baseUrlOf(flags: Flags): string {
	const settings = settingsOf(flags)();
	return String(flags.url ?? `${addressOf(settings, settings.bindport)}/v1`).replace(/\/+$/, "");
}

/** Without what would move a terminal's cursor or change its colours: the model's words are not to be trusted. */
function harmless(text: string): string {
	return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd");
}
