#!/usr/bin/env node
/** The command line: commands and flags, and nothing else. Flags come from `Settings` in openapi.yaml. */
import sade from "sade";
import { addressOf, reportProblems, serve } from "./commands/serve.js";
import { Problems } from "./contract/problem.js";
import { readSettings, type Settings, settingDefinitions } from "./contract/settings.js";
import { version } from "./version.js";

type Flags = Record<string, unknown> & { _: string[] };

const definitions = settingDefinitions();
const program = sade("llmw").version(version);

for (const { flag, description, default: byDefault, environment } of definitions) {
	const standard = byDefault === undefined ? "" : `  (default ${byDefault})`;
	program.option(`--${flag}`, `${description}${standard}  [${environment}]`);
}

program
	.command("serve", "Run the gateway (what llmw does without a command)", { default: true })
	.example("--bindip 127.0.0.1 --bindport 42069 --aihost 10.0.0.1 --aihostport 443 --verbose")
	.action((flags: Flags) => run(flags, () => serve(settingsOf(flags))));

program
	.command("demo", "Run it in front of an embedded demo AI host, and show a completion")
	.action((flags: Flags) => run(flags, async () => (await import("./commands/demo.js")).demo(settingsOf(flags))));

program
	.command("chat [prompt]", "Ask a running gateway, and stream its answer; reads stdin when piped")
	.option("--url", "Base URL of the gateway, with /v1 (default: where --bindip and --bindport say)")
	.option("--model", "Model to ask (default: the gateway's)")
	.option("--key", "Credential to send as a bearer token")
	.example('chat "Hello AI"')
	.example('chat "Summarise this:" < report.txt')
	.action((prompt: string | undefined, flags: Flags) => finish(() => runChat(prompt, flags)));

program
	.command("check", "Find what is wrong with settings, overlays and plugins, without starting")
	.action((flags: Flags) => runOnce(flags, async () => (await import("./commands/check.js")).check(settingsOf(flags))));

program
	.command("openapi", "Print the contract in force, as YAML")
	.option("--json", "As JSON")
	.action((flags: Flags) =>
		runOnce(flags, async () =>
			(await import("./commands/openapi.js")).printContract(settingsOf(flags)(), flags.json === true),
		),
	);

program
	.command("chain", "Print the plugins that a request passes, in their order")
	.action((flags: Flags) =>
		runOnce(flags, async () => (await import("./commands/check.js")).printChain(settingsOf(flags)())),
	);

program.parse(process.argv, {
	string: [...definitions.filter(({ type }) => type !== "boolean").map(({ flag }) => flag), "url", "model", "key", "_"],
	boolean: [...definitions.filter(({ type }) => type === "boolean").map(({ flag }) => flag), "json"],
	unknown: (flag) => fail(`${flag}: there is no such option; see llmw --help`),
});

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
	await run(flags, action);
	await finish(async () => {});
}

/** Ends the process when stdout has taken everything. */
async function finish(action: () => Promise<unknown>): Promise<void> {
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
		(piece) => void process.stdout.write(piece),
	);
}
