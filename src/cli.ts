#!/usr/bin/env node
/** The command line: commands and flags, and nothing else. Flags come from `Settings` in openapi.yaml. */
import sade from "sade";
import { type CommandLine, readCommandLine } from "./commandLine.js";
import { gatewayUrl, listenAddress } from "./commands/gatewayUrl.js";
import { reportProblems, serve } from "./commands/serve.js";
import { closest } from "./contract/closest.js";
import { configOf } from "./contract/config/configOf.js";
import { Problems } from "./contract/problem.js";
import {
	inspectSettings,
	readSettings,
	type Settings,
	settingDefinitions,
	upstreamSettings,
} from "./contract/settings.js";
import { commandHelp, type HelpTopic, programHelp } from "./help.js";
import { version } from "./version.js";

type Flags = Record<string, unknown> & { _: string[] };

interface Command extends HelpTopic {
	/** What sade calls with the command's own words, and then the flags. */
	action(...given: never[]): Promise<void>;
}

const definitions = settingDefinitions();
/** The demo brings its own AI host. */
const ofHost = ["config", ...upstreamSettings];
/** Of `llmw chat`, and what the primary tells its workers. */
const otherVariables = ["LLMW_URL", "LLMW_MODEL", "LLMW_KEY", "LLMW_MAX_TOKENS", "LLMW_COLOR"];

const gatewayUrlOption = {
	flag: "url",
	placeholder: "URL",
	description: "Base URL of the gateway, with /v1 (default: where --bindip and --bindport say)",
};

const ofGateway = [
	gatewayUrlOption,
	{ flag: "key", placeholder: "KEY", description: "Credential to send as a bearer token" },
];

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
			const environment = { ...process.env, LLMW_CONFIG: "" };
			return run(flags, async () => (await import("./commands/demo.js")).demo(settingsOf(flags, environment)));
		},
	},
	{
		usage: "lab",
		description: "Run an AI host that breaks on purpose, as the model's name says, to try a gateway with",
		options: [
			{ flag: "bindip", placeholder: "IP", description: "IP address to bind it to (default 127.0.0.1)" },
			{ flag: "bindport", placeholder: "PORT", description: "Port to bind it to; 0 takes a free one (default 8089)" },
		],
		settings: [],
		examples: ["lab --bindip 127.0.0.1 --bindport 8089"],
		note: "Its options are no variables. When it runs, it says which faults there are.",
		action: (flags: Flags) =>
			run(flags, async () => {
				const { lab, readLabAddress } = await import("./commands/lab.js");
				await lab(readLabAddress(flags), lines.print);
			}),
	},
	{
		usage: "chat [prompt]",
		description: "Ask a running gateway, and stream its answer; reads stdin when piped",
		options: [
			...ofGateway,
			{ flag: "model", placeholder: "NAME", description: "Model to ask (default: the gateway's)" },
			{ flag: "max-tokens", placeholder: "N", description: "Longest answer, in tokens (default: the gateway's)" },
		],
		settings: ["bindip", "bindport", "config"],
		examples: ['chat "Hello AI"', 'chat "Summarise this:" < report.txt'],
		note: "Its own options are variables too, such as LLMW_URL. A prompt with the word - waits for stdin, however long.",
		action: (prompt: string | undefined, flags: Flags) => finish(() => runChat(prompt, flags)),
	},
	{
		usage: "completions [list|get|rm|export]",
		description: "Look at what a running gateway has stored: list, get ID, rm ID…, or export it as JSON lines",
		options: [
			...ofGateway,
			{ flag: "where", placeholder: "CONDITIONS", description: "Only these: model=NAME,metadata.KEY=VALUE" },
			{ flag: "limit", placeholder: "N", description: "Most to list (default 20) or to export (default all)" },
			{ flag: "json", placeholder: "", description: "List as JSON lines" },
			{ flag: "eval", placeholder: "", description: "Export for evaluations instead of fine-tuning" },
		],
		settings: ["bindip", "bindport", "config"],
		examples: ["completions list --where metadata.team=blue", "completions export > training.jsonl"],
		note: "LLMW_URL and LLMW_KEY are variables of --url and --key.",
		action: (word: string | undefined, flags: Flags) => finish(() => runCompletions(word, flags)),
	},
	{
		usage: "replay",
		description: "Send stored requests to another model, and compare its answers; fails below the threshold",
		options: [
			...ofGateway,
			{ flag: "where", placeholder: "CONDITIONS", description: "Only these: model=NAME,metadata.KEY=VALUE" },
			{ flag: "limit", placeholder: "N", description: "Only the newest so many" },
			{ flag: "to", placeholder: "MODEL", description: "Model to ask (default the one that was asked before)" },
			{ flag: "to-url", placeholder: "URL", description: "Base URL of another gateway or AI host to ask" },
			{ flag: "to-key", placeholder: "KEY", description: "Credential for --to-url" },
			{
				flag: "judge",
				placeholder: "JUDGE",
				description:
					"exact: same text and calls; schema: fits the request's schemas; diff: share of equal words (default exact)",
			},
			{ flag: "threshold", placeholder: "SHARE", description: "Least mean score for success (default 0.9)" },
			{ flag: "concurrency", placeholder: "N", description: "Requests at a time (default 4)" },
			{
				flag: "price",
				placeholder: "IN/OUT",
				description: "Dollars for a million tokens of the model asked, for costs",
			},
			{ flag: "price-before", placeholder: "IN/OUT", description: "The same of the model asked before" },
			{ flag: "keep", placeholder: "", description: "Store the replays too, with replay_of in their metadata" },
		],
		settings: ["bindip", "bindport", "config"],
		examples: ["replay --where metadata.team=blue --to Qwen/Qwen3-8B --judge diff --threshold 0.8"],
		note: "LLMW_URL and LLMW_KEY are variables of --url and --key.",
		action: (flags: Flags) => finish(() => runReplay(flags)),
	},
	{
		usage: "prompts [action] [dir]",
		description: "Keep a gateway's prompts as YAML files: pull, push or diff DIR",
		options: [
			...ofGateway,
			{ flag: "comment", placeholder: "TEXT", description: "What is new in the versions that push adds" },
			{ flag: "dry-run", placeholder: "", description: "Only say what pull or push would do" },
			{ flag: "force", placeholder: "", description: "Overwrite what has changed on the other side" },
		],
		settings: ["bindip", "bindport", "config"],
		note: "LLMW_URL and LLMW_KEY say the same as --url and --key.",
		examples: ["prompts pull prompts/", 'prompts push prompts/ --comment "Shorter answers"', "prompts diff prompts/"],
		action: (action: string | undefined, dir: string | undefined, flags: Flags) =>
			finish(() => runPrompts([action, dir, ...flags._], flags)),
	},
	{
		usage: "keys [action] [key]",
		description:
			"Administer a running gateway's keys: create NAME, list, show KEY, update KEY, rotate KEY or revoke KEY",
		options: [
			gatewayUrlOption,
			{ flag: "owner", placeholder: "TEXT", description: "Whose key it is" },
			{ flag: "team", placeholder: "TEXT", description: "Whose stored completions and prompts it sees" },
			{ flag: "organisation", placeholder: "TEXT", description: "What the team belongs to" },
			{ flag: "metadata", placeholder: "PAIRS", description: "Notes: ticket=OPS-7,stage=test" },
			{ flag: "expires", placeholder: "WHEN", description: "90d from now, or 2030-01-31 (default never)" },
			{ flag: "models", placeholder: "PATTERNS", description: "Models it may ask for: qwen-*,gpt-4o (default all)" },
			{ flag: "routes", placeholder: "PATTERNS", description: "Routes it may use (default all)" },
			{
				flag: "addresses",
				placeholder: "NETS",
				description: "Where it may be used: 10.0.0.0/8,::1 (default anywhere)",
			},
			{ flag: "requests-per-minute", placeholder: "N", description: "Most requests in any 60 seconds" },
			{ flag: "requests-per-day", placeholder: "N", description: "Most requests a day (UTC)" },
			{ flag: "tokens-per-minute", placeholder: "N", description: "Most tokens, of prompts and answers" },
			{ flag: "tokens-per-day", placeholder: "N", description: "Most tokens a day" },
			{ flag: "concurrent-requests", placeholder: "N", description: "Most requests at a time" },
			{ flag: "budget-per-day", placeholder: "DOLLARS", description: "Most that it may cost a day" },
			{ flag: "budget-per-month", placeholder: "DOLLARS", description: "Most that it may cost a month" },
			{ flag: "priority", placeholder: "N", description: "Where requests wait for a limit: higher first (default 0)" },
			{
				flag: "grace",
				placeholder: "TIME",
				description: "How long rotate leaves the secret before at work (default 24h)",
			},
			{ flag: "limit", placeholder: "N", description: "Most to list (default all)" },
			{ flag: "json", placeholder: "", description: "Print JSON" },
		],
		settings: ["bindip", "bindport", "config", "adminKey"],
		examples: [
			"keys create support-bot --team support --expires 90d",
			"keys create trial --tokens-per-minute 10000 --budget-per-month 5",
			"keys update trial --tokens-per-minute none --budget-per-month 20",
			"keys rotate support-bot --grace 1h",
		],
		note: "The secret alone goes to stdout, once. LLMW_URL is the variable of --url.",
		action: (action: string | undefined, key: string | undefined, flags: Flags) =>
			finish(() => runKeys([action, key, ...flags._], flags)),
	},
	{
		usage: "audit [action]",
		description: "List what administrators of a running gateway did, or verify that nobody has changed that list",
		options: [
			gatewayUrlOption,
			{ flag: "limit", placeholder: "N", description: "Most to list (default 20)" },
			{ flag: "json", placeholder: "", description: "List as JSON lines" },
		],
		settings: ["bindip", "bindport", "config", "adminKey"],
		examples: ["audit verify", "audit list --limit 100"],
		note: "verify ends with exit code 1 where an entry was changed or is missing. LLMW_URL is the variable of --url.",
		action: (action: string | undefined, flags: Flags) => finish(() => runAudit([action, ...flags._], flags)),
	},
	{
		usage: "check",
		description: "Find what is wrong with settings, overlays and plugins, without starting",
		action: (flags: Flags) =>
			runOnce(flags, async () => {
				const { check, noteVariables } = await import("./commands/check.js");
				noteVariables(process.env, [...definitions.map(({ environment }) => environment), ...otherVariables]);
				await check(inspectSettings(flags, process.env, await configOf(flags, process.env)));
			}),
	},
	{
		usage: "status",
		description: "Show the workers and AI hosts of the gateway that runs at --bindip and --bindport",
		options: [
			{ flag: "json", placeholder: "", description: "As JSON" },
			{ flag: "watch", placeholder: "", description: "Again each second, until the gateway ends" },
		],
		settings: ["bindip", "bindport", "config"],
		action: (flags: Flags) => runOnce(flags, () => runStatus(flags)),
	},
	{
		usage: "reload",
		description:
			"Have the gateway that runs at --bindip and --bindport read its settings and files anew (also: SIGHUP)",
		settings: ["bindip", "bindport", "config"],
		action: (flags: Flags) =>
			runOnce(flags, async () =>
				(await import("./commands/control.js")).reload(await listenAddress(flags, process.env), lines.print),
			),
	},
	{
		usage: "routes [model]",
		description: "Print what each model resolves to, or one: upstreams, weights, conditions, fallbacks",
		options: [{ flag: "json", placeholder: "", description: "As JSON" }],
		examples: ["routes --config llmw.yaml", "routes gpt-4o --config llmw.yaml"],
		action: (model: string | undefined, flags: Flags) =>
			runOnce(flags, async () => {
				const { describeRoutes } = await import("./commands/routes.js");
				lines.print(describeRoutes((await settingsOf(flags)()).routing, model, flags.json === "true"));
			}),
	},
	{
		usage: "diff [old] [new]",
		description:
			"Say what another configuration file would change, or without files what a reload would; exit code 1 if anything",
		examples: ["diff llmw.yaml new.yaml", "diff --config llmw.yaml"],
		note: "Flags and variables hold for both. Secrets are compared and not shown. Exit code 2 when a file is wrong.",
		action: (before: string | undefined, after: string | undefined, flags: Flags) =>
			finish(() => runDiff([before, after, ...flags._], flags)),
	},
	{
		usage: "openapi",
		description: "Print the contract in force, as YAML",
		options: [{ flag: "json", placeholder: "", description: "As JSON" }],
		settings: ["config", "overlay", "plugin"],
		action: (flags: Flags) =>
			runOnce(flags, async () =>
				(await import("./commands/openapi.js")).printContract(await settingsOf(flags)(), flags.json === "true"),
			),
	},
	{
		usage: "chain",
		description: "Print the plugins that a request passes, in their order",
		settings: ["config", "overlay", "plugin", "verbose", "corsOrigin"],
		action: (flags: Flags) =>
			runOnce(flags, async () => (await import("./commands/check.js")).printChain(await settingsOf(flags)())),
	},
];

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

/** Files are read anew each time. */
function settingsOf(flags: Flags, environment: NodeJS.ProcessEnv = process.env): () => Promise<Settings> {
	return async () => readSettings(flags, environment, await configOf(flags, environment));
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

/**
 * Ends the process when stdout has taken everything, or wants no more (`llmw openapi | head`), with the code that the
 * action gives, if any.
 */
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
		const code = await action();
		process.exitCode = typeof code === "number" ? code : 0;
	} catch (error) {
		process.exitCode = reportProblems(error);
	}
	isDone = true;
}

async function runChat(prompt: string | undefined, flags: Flags): Promise<void> {
	const { chat, readChatOptions, readPrompt } = await import("./commands/chat.js");
	const note = (line: string) => void process.stderr.write(`llmw: ${line}\n`);
	const options = readChatOptions(flags, process.env, await gatewayUrl(flags, process.env));
	const words = [prompt, ...flags._].filter((word): word is string => word !== undefined);
	const text = await readPrompt(words, note);
	if (text === "") throw new Problems([{ where: "chat", message: 'nothing to say; try llmw chat "Hello AI"' }]);
	const ending = await chat(
		{ ...options, prompt: text },
		(piece) => void process.stdout.write(process.stdout.isTTY ? harmless(piece) : piece),
	);
	if (ending !== undefined) note(ending);
}

async function runCompletions(word: string | undefined, flags: Flags): Promise<void> {
	const { completions } = await import("./commands/completions.js");
	const words = [word, ...flags._].filter((given): given is string => given !== undefined);
	await completions(words, flags, await gatewayUrl(flags, process.env), lines);
}

async function runKeys(given: (string | undefined)[], flags: Flags): Promise<void> {
	const { keys } = await import("./commands/keys.js");
	await keys(given.filter(isGiven), flags, await gatewayUrl(flags, process.env), lines);
}

async function runAudit(given: (string | undefined)[], flags: Flags): Promise<void> {
	const { audit } = await import("./commands/audit.js");
	await audit(given.filter(isGiven), flags, await gatewayUrl(flags, process.env), lines);
}

function isGiven(word: string | undefined): word is string {
	return word !== undefined;
}

async function runStatus(flags: Flags): Promise<void> {
	const { status } = await import("./commands/control.js");
	const [json, watch] = ["json", "watch"].map((name) => flags[name] === "true") as [boolean, boolean];
	const clear = process.stdout.isTTY ? "\u001b[2J\u001b[H" : "";
	await status(await listenAddress(flags, process.env), { json, watch, clear }, (text) => console.log(text));
}

async function runReplay(flags: Flags): Promise<void> {
	if (flags._.length > 0) fail(`${flags._[0]}: unexpected argument; see llmw replay --help`);
	const { replay } = await import("./commands/replay.js");
	await replay(flags, await gatewayUrl(flags, process.env), { ...lines, progress });
}

const lines = {
	print: (text: string) => void process.stdout.write(`${process.stdout.isTTY ? harmless(text) : text}\n`),
	note: (line: string) => void process.stderr.write(`llmw: ${line}\n`),
};

/** On a terminal one line that changes, else one for each tenth. */
function progress(done: number, of: number): void {
	const text = `replayed ${done} of ${of}`;
	if (process.stderr.isTTY) process.stderr.write(`\r${text}${done === of ? "\n" : ""}`);
	else if (done === of || Math.floor((done * 10) / of) > Math.floor(((done - 1) * 10) / of)) lines.note(text);
}

async function runDiff(given: (string | undefined)[], flags: Flags): Promise<number> {
	const [before, after, more] = given.filter((word) => word !== undefined);
	if (more !== undefined) fail(`${more}: unexpected argument; see llmw diff --help`);
	if (before !== undefined && after === undefined) fail("diff: say llmw diff OLD.yaml NEW.yaml");
	try {
		const { diffFiles, diffRunning } = await import("./commands/diff.js");
		if (before === undefined || after === undefined) return await diffRunning(flags, process.env, lines.print);
		return await diffFiles([before, after], flags, process.env, lines.print);
	} catch (error) {
		reportProblems(error);
		return 2;
	}
}

async function runPrompts([action = "", folder = "", ...more]: (string | undefined)[], flags: Flags): Promise<void> {
	if (more.length > 0) fail(`${more[0]}: unexpected argument; see llmw prompts --help`);
	const [{ prompts }, { readChatOptions }] = await Promise.all([
		import("./commands/prompts.js"),
		import("./commands/chat.js"),
	]);
	const { baseUrl, key } = readChatOptions(flags, process.env, await gatewayUrl(flags, process.env));
	const comment = String([flags.comment ?? ""].flat().at(-1));
	const [dryRun, force] = ["dry-run", "force"].map((name) => flags[name] === "true") as [boolean, boolean];
	await prompts({ action, folder, baseUrl, key, comment, dryRun, force }, (line) =>
		console.log(process.stdout.isTTY ? harmless(line) : line),
	);
}

/** Without what would move a terminal's cursor or change its colours: the model's words are not to be trusted. */
function harmless(text: string): string {
	return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd");
}
