/** The table of commands: what each is for, its options, and what it does. */

import { configOf } from "../settings/config/configOf.js";
import { inspectSettings, settingDefinitions, upstreamSettings } from "../settings/settings.js";
import {
	runAudit,
	runChat,
	runCompletions,
	runDiff,
	runHealth,
	runKeys,
	runPrompts,
	runReplay,
	runStatus,
	runUi,
	runUsage,
} from "./commandActions.js";
import { type Flags, fail, finish, lines, run, runOnce, settingsOf } from "./commandRun.js";
import { listenAddress } from "./commands/gatewayUrl.js";
import { serve } from "./commands/serve.js";
import type { HelpTopic } from "./help.js";

export interface Command extends HelpTopic {
	/** What sade calls with the command's own words, and then the flags. */
	action(...given: never[]): Promise<void>;
}

export const definitions = settingDefinitions();
/** The demo brings its own AI host. */
const ofHost = ["config", ...upstreamSettings];
/** And a store of its own, without keys: it keeps out of what the user's gateways have. */
const ofStore = ["data", "store", "redis", "require-keys", "admin-key"];
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

export const commands: Command[] = [
	{
		usage: "serve",
		description: "Run the gateway (what llmw does without a command)",
		examples: ["--bindip 127.0.0.1 --bindport 42069 --aihost 10.0.0.1 --aihostport 443 --verbose"],
		action: (flags: Flags) => run(flags, () => serve(settingsOf(flags))),
	},
	{
		usage: "demo",
		description: "Run it in front of an embedded demo AI host, and show a completion",
		settings: definitions
			.filter(({ name, flag }) => !ofHost.includes(name) && !ofStore.includes(flag))
			.map(({ name }) => name),
		action: (flags: Flags) => {
			for (const flag of ofHost) if (flags[flag] !== undefined) fail(`--${flag}: llmw demo has an AI host of its own`);
			const own = { ...flags };
			const environment = { ...process.env };
			for (const flag of [...ofHost, ...ofStore]) {
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
				flag: "permissions",
				placeholder: "LIST",
				description: "What it is for: api, metrics, keyless (what was stored without keys) (default api)",
			},
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
		note: "The secret alone goes to stdout, once. On the gateway's machine, as its user, no credential is needed. LLMW_URL is the variable of --url.",
		action: (action: string | undefined, key: string | undefined, flags: Flags) =>
			finish(() => runKeys([action, key, ...flags._], flags)),
	},
	{
		usage: "usage",
		description: "What a running gateway's requests have used and cost; with a key, that key's",
		options: [
			gatewayUrlOption,
			{ flag: "key", placeholder: "KEY", description: "A key, which sees its own (LLMW_KEY)" },
			{ flag: "since", placeholder: "TIME", description: "How far back: 12h, 7d, 90d (default 7d)" },
			{
				flag: "by",
				placeholder: "GROUPS",
				description:
					"Told apart by key, team, organisation, model, route, upstream, operation, day, hour, tag:NAME (default model)",
			},
			{ flag: "chart", placeholder: "", description: "Draw a bar for each day" },
			{ flag: "csv", placeholder: "", description: "Print CSV, by the day or, with --by hour, the hour" },
			{ flag: "json", placeholder: "", description: "Print JSON lines" },
		],
		settings: ["bindip", "bindport", "config", "adminKey"],
		examples: [
			"usage --by model,key --since 30d",
			"usage --chart --since 14d",
			"usage --by team,model --csv > usage.csv",
		],
		note: "Hours and days are whole ones, in UTC. LLMW_URL is the variable of --url.",
		action: (flags: Flags) => finish(() => runUsage("usage", flags)),
	},
	{
		usage: "requests",
		description: "The latest requests of a running gateway, with what each has used and cost",
		options: [
			gatewayUrlOption,
			{ flag: "limit", placeholder: "N", description: "Most to list (default 20)" },
			{ flag: "of-key", placeholder: "KEY", description: "Only of the key with this id or name" },
			{ flag: "team", placeholder: "TEXT", description: "Only of this team" },
			{ flag: "model", placeholder: "NAME", description: "Only for this model" },
			{ flag: "route", placeholder: "NAME", description: "Only by this route" },
			{ flag: "upstream", placeholder: "NAME", description: "Only from this AI host" },
			{ flag: "outcome", placeholder: "WORD", description: "Only completed, failed, cancelled or refused" },
			{ flag: "csv", placeholder: "", description: "Print CSV" },
			{ flag: "json", placeholder: "", description: "Print JSON lines" },
		],
		settings: ["bindip", "bindport", "config", "adminKey"],
		examples: ["requests --outcome failed", "requests --limit 1000 --csv > requests.csv"],
		note: "Needs the administrator's credential, but on the gateway's machine, as its user. LLMW_URL is the variable of --url.",
		action: (flags: Flags) => finish(() => runUsage("requests", flags)),
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
				const variables = definitions.flatMap(({ environment, defaultEnvironment }) => [
					environment,
					defaultEnvironment,
				]);
				const file = await configOf(flags, process.env);
				// A file's variables are its author's, whatever they are called.
				noteVariables(process.env, [...variables, ...otherVariables, ...(file?.variables ?? [])]);
				await check(inspectSettings(flags, process.env, file));
			}),
	},
	{
		usage: "ui",
		description:
			"Print a link to the dashboard of the gateway that runs at --bindip and --bindport, which signs in once",
		settings: ["bindip", "bindport", "config"],
		note: "It works as the user that the gateway runs as, on its machine.",
		action: (flags: Flags) => runOnce(flags, () => runUi(flags)),
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
		usage: "health",
		description: "Ask the gateway that runs here whether it is alive; exit code 1 where it is not (for containers)",
		settings: ["bindip", "bindport", "config"],
		note: "Without --bindip and --bindport it asks the one gateway of this user that runs, wherever it listens.",
		action: (flags: Flags) => runOnce(flags, () => runHealth(flags)),
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
		note: "Of two files, flags and variables given here hold for both; a running gateway is asked what it would read itself. Secrets are compared and not shown. Exit code 2 when a file is wrong.",
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
