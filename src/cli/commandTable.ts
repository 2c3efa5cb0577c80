/** The table of commands: what each is for, its options, and what it does. */

import { configOf } from "../settings/config/configOf.js";
import { settingDefinitions, upstreamSettings } from "../settings/settingDefinitions.js";
import { inspectSettings } from "../settings/settings.js";
import { agentCommands } from "./agentCommands.js";
import { clientCommands } from "./clientCommands.js";
import { runDiff, runHealth, runStatus, runUi, wordsOf } from "./commandActions.js";
import { type Flags, fail, finish, lines, run, runOnce, settingsOf } from "./commandRun.js";
import { listenAddress } from "./commands/gatewayUrl.js";
import { serve } from "./commands/serve.js";
import type { Command } from "./help.js";

export const definitions = settingDefinitions();
/** The demo has an upstream of its own. */
const upstreamFlags = ["config", ...upstreamSettings];
/** And a store of its own, without keys: it stays away from the data of the user's gateways. */
const storeFlags = ["data", "store", "redis", "require-keys", "admin-key"];
/** Set by the primary for its workers. */
const ownVariables = ["LLMW_COLOR"];

export const commands: Command[] = [
	{
		usage: "serve",
		description: "Run the gateway (what llmw does without a command)",
		examples: ["--bindip 127.0.0.1 --bindport 42069 --aihost 10.0.0.1 --aihostport 443 --verbose"],
		action: (flags: Flags) => run(flags, () => serve(settingsOf(flags))),
	},
	{
		usage: "demo",
		description: "Run the gateway in front of a built-in demo upstream, and show a completion",
		settings: definitions
			.filter(({ name, flag }) => !upstreamFlags.includes(name) && !storeFlags.includes(flag))
			.map(({ name }) => name),
		action: (flags: Flags) => {
			for (const flag of upstreamFlags)
				if (flags[flag] !== undefined) fail(`--${flag}: llmw demo has an upstream of its own`);
			const own = { ...flags };
			const environment = { ...process.env };
			for (const flag of [...upstreamFlags, ...storeFlags]) {
				if (flags[flag] !== undefined)
					lines.note(`--${flag} is left out: llmw demo stores in a folder of its own, which is removed at its end`);
				delete own[flag];
				delete environment[`LLMW_${flag.replaceAll("-", "_").toUpperCase()}`];
			}
			return run(own, async () => (await import("./commands/demo.js")).demo(settingsOf(own, environment)));
		},
	},
	{
		usage: "lab",
		description: "Run an upstream that breaks on purpose, as the model's name says, to test a gateway with",
		options: [
			{ flag: "bindip", placeholder: "IP", description: "IP address to listen at (default 127.0.0.1)" },
			{ flag: "bindport", placeholder: "PORT", description: "Port to listen at; 0 takes a free one (default 8089)" },
		],
		settings: [],
		examples: ["lab --bindip 127.0.0.1 --bindport 8089"],
		note: "It lists the faults there are when it starts.",
		action: (flags: Flags) =>
			run(flags, async () => {
				const { lab, readLabAddress } = await import("./commands/lab.js");
				await lab(readLabAddress(flags), lines.print);
			}),
	},
	...agentCommands,
	...clientCommands,
	{
		usage: "check",
		description: "Find what is wrong with settings, overlays and plugins, without starting",
		options: [
			{
				flag: "live",
				placeholder: "",
				description: "Also ask each upstream who it is, for its models, and whether it takes the key",
			},
			{ flag: "json", placeholder: "", description: "With --live: print what was found as JSON" },
		],
		action: (flags: Flags) =>
			runOnce(flags, async () => {
				const { check, note, noteVariables } = await import("./commands/check.js");
				const optionVariables = commands.flatMap(({ options = [] }) =>
					options.flatMap(({ variable }) => variable ?? []),
				);
				const variables = definitions.flatMap(({ environment, defaultEnvironment }) => [
					environment,
					defaultEnvironment,
				]);
				const file = await configOf(flags, process.env);
				// A file's variables have names of their author's choice.
				noteVariables(process.env, [...variables, ...optionVariables, ...ownVariables, ...(file?.variables ?? [])]);
				const inspected = inspectSettings(flags, process.env, file);
				const json = flags.json === "true";
				if (json && flags.live !== "true") fail("--json is for --live");
				await check(inspected, json ? () => {} : lines.print);
				if (flags.live === "true")
					await (await import("./commands/checkLive.js")).checkLive(inspected.settings.routing, {
						...lines,
						note,
						json,
					});
			}),
	},
	{
		usage: "ui",
		description: "Print a link that signs in once to the dashboard of the gateway at --bindip and --bindport",
		settings: ["bindip", "bindport", "config"],
		note: "Works only on the gateway's machine, as the user that it runs as.",
		action: (flags: Flags) => runOnce(flags, () => runUi(flags)),
	},
	{
		usage: "status",
		description: "Show the workers and upstreams of the gateway at --bindip and --bindport",
		options: [
			{ flag: "json", placeholder: "", description: "As JSON" },
			{ flag: "watch", placeholder: "", description: "Repeat every second, until the gateway ends" },
		],
		settings: ["bindip", "bindport", "config"],
		action: (flags: Flags) => runOnce(flags, () => runStatus(flags)),
	},
	{
		usage: "health",
		description: "Ask the gateway that runs here whether it is alive, as containers do",
		exits: [[1, "it is not alive"]],
		settings: ["bindip", "bindport", "config"],
		note: "Without --bindip and --bindport it asks the only gateway that this user runs, wherever it listens.",
		action: (flags: Flags) => runOnce(flags, () => runHealth(flags)),
	},
	{
		usage: "reload",
		description: "Make the gateway at --bindip and --bindport read its settings and files again, as SIGHUP does",
		settings: ["bindip", "bindport", "config"],
		action: (flags: Flags) =>
			runOnce(flags, async () =>
				(await import("./commands/control.js")).reload(await listenAddress(flags, process.env), lines.print),
			),
	},
	{
		usage: "routes [model]",
		description: "Print what each model, or one, resolves to: upstreams, weights, conditions, fallbacks",
		options: [{ flag: "json", placeholder: "", description: "As JSON" }],
		examples: ["routes --config llmw.yaml", "routes gpt-4o --config llmw.yaml"],
		action: (model: string | undefined, flags: Flags) =>
			runOnce(flags, async () => {
				const { describeRoutes } = await import("./commands/routes.js");
				lines.print(describeRoutes(await settingsOf(flags)(), model, flags.json === "true"));
			}),
	},
	{
		usage: "config [action]",
		description: "Print the JSON Schema of the configuration file, for editors: config schema",
		settings: [],
		examples: ["config schema > llmw.schema.json"],
		note: "A file that opens with # yaml-language-server: $schema=llmw.schema.json is then checked and completed as it is written.",
		action: (action: string | undefined, flags: Flags) =>
			finish(async () => lines.print((await import("./commands/config.js")).config(wordsOf([action, ...flags._])))),
	},
	{
		usage: "diff [old] [new]",
		description: "Print what another configuration file would change, or without files what a reload would",
		examples: ["diff llmw.yaml new.yaml", "diff --config llmw.yaml"],
		note: "With two files, flags and variables given here hold for both; a running gateway is asked what it would read itself. Secrets are compared and not shown.",
		exits: [
			[1, "something would change"],
			[2, "a file is wrong"],
		],
		action: (before: string | undefined, after: string | undefined, flags: Flags) =>
			finish(() => runDiff([before, after, ...flags._], flags)),
	},
	{
		usage: "openapi",
		description: "Print the contract in force, as YAML",
		options: [{ flag: "json", placeholder: "", description: "As JSON" }],
		settings: ["config", "contract", "overlay", "plugin"],
		action: (flags: Flags) =>
			runOnce(flags, async () =>
				(await import("./commands/openapi.js")).printContract(await settingsOf(flags)(), flags.json === "true"),
			),
	},
	{
		usage: "chain",
		description: "Print the plugins that a request passes, in their order",
		settings: ["config", "contract", "overlay", "plugin", "verbose", "corsOrigin"],
		action: (flags: Flags) =>
			runOnce(flags, async () => (await import("./commands/check.js")).printChain(await settingsOf(flags)())),
	},
];
