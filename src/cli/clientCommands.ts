/** The commands that ask a running gateway over HTTP: what each is for, its options, and what it does. */
import { runAudit, runChat, runCompletions, runKeys, runPrompts, runReplay, runUsage } from "./commandActions.js";
import { type Flags, finish } from "./commandRun.js";
import type { Command } from "./help.js";

const gatewayUrlOption = {
	flag: "url",
	placeholder: "URL",
	description: "Base URL of the gateway, with /v1 (default: the address of --bindip and --bindport)",
	variable: "LLMW_URL",
};

const keyOption = {
	flag: "key",
	placeholder: "KEY",
	description: "Credential to send as a bearer token",
	variable: "LLMW_KEY",
};

const gatewayOptions = [gatewayUrlOption, keyOption];

export const clientCommands: readonly Command[] = [
	{
		usage: "chat [prompt]",
		description: "Ask a running gateway, and stream its answer; reads stdin when piped",
		options: [
			...gatewayOptions,
			{
				flag: "model",
				placeholder: "NAME",
				description: "Model to ask (default: the gateway's)",
				variable: "LLMW_MODEL",
			},
			{
				flag: "max-tokens",
				placeholder: "N",
				description: "Longest answer, in tokens (default: the gateway's)",
				variable: "LLMW_MAX_TOKENS",
			},
		],
		settings: ["bindip", "bindport", "config"],
		examples: ['chat "Hello AI"', 'chat "Summarise this:" < report.txt'],
		note: "With - as the prompt it waits for stdin, however long.",
		action: (prompt: string | undefined, flags: Flags) => finish(() => runChat(prompt, flags)),
	},
	{
		usage: "completions [list|get|rm|export]",
		description: "Stored completions of a running gateway: list, get ID, rm ID…, or export as JSON lines",
		options: [
			...gatewayOptions,
			{ flag: "where", placeholder: "CONDITIONS", description: "Only these: model=NAME,metadata.KEY=VALUE" },
			{ flag: "limit", placeholder: "N", description: "Most to list (default 20) or to export (default all)" },
			{ flag: "json", placeholder: "", description: "List as JSON lines" },
			{ flag: "eval", placeholder: "", description: "Export for evaluations instead of fine-tuning" },
		],
		settings: ["bindip", "bindport", "config"],
		examples: ["completions list --where metadata.team=blue", "completions export > training.jsonl"],
		action: (word: string | undefined, flags: Flags) => finish(() => runCompletions(word, flags)),
	},
	{
		usage: "replay",
		description: "Send stored requests to another model, and compare the answers",
		options: [
			...gatewayOptions,
			{ flag: "where", placeholder: "CONDITIONS", description: "Only these: model=NAME,metadata.KEY=VALUE" },
			{ flag: "limit", placeholder: "N", description: "Only so many, the newest" },
			{ flag: "to", placeholder: "MODEL", description: "Model to ask (default the one that answered before)" },
			{ flag: "to-url", placeholder: "URL", description: "Base URL of another gateway or upstream to ask" },
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
				description: "Dollars for a million tokens of the model that is asked, to show costs",
			},
			{ flag: "price-before", placeholder: "IN/OUT", description: "The same for the model that answered before" },
			{ flag: "keep", placeholder: "", description: "Store the replays too, with replay_of in their metadata" },
		],
		settings: ["bindip", "bindport", "config"],
		exits: [[1, "the mean score is below the threshold"]],
		examples: ["replay --where metadata.team=blue --to Qwen/Qwen3-8B --judge diff --threshold 0.8"],
		action: (flags: Flags) => finish(() => runReplay(flags)),
	},
	{
		usage: "prompts [action] [dir]",
		description: "Keep a gateway's prompts as YAML files: pull, push or diff DIR",
		options: [
			...gatewayOptions,
			{ flag: "comment", placeholder: "TEXT", description: "Comment on the versions that push adds" },
			{ flag: "dry-run", placeholder: "", description: "Only print what pull or push would do" },
			{ flag: "force", placeholder: "", description: "Overwrite what has changed on the other side" },
		],
		settings: ["bindip", "bindport", "config"],
		exits: [[1, "diff found a difference"]],
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
			{
				flag: "priority",
				placeholder: "N",
				description: "Order among requests that wait for a limit: higher first (default 0)",
			},
			{
				flag: "permissions",
				placeholder: "LIST",
				description: "What it permits: api, metrics, keyless, which is what was stored without keys (default api)",
			},
			{
				flag: "grace",
				placeholder: "TIME",
				description: "How long the old secret still works after rotate (default 24h)",
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
		note: "The secret alone goes to stdout, once. On the gateway's machine, as its user, no credential is needed.",
		action: (action: string | undefined, key: string | undefined, flags: Flags) =>
			finish(() => runKeys([action, key, ...flags._], flags)),
	},
	{
		usage: "usage",
		description: "Tokens and cost of a running gateway's requests; with a key, of that key's",
		options: [
			gatewayUrlOption,
			{ flag: "key", placeholder: "KEY", description: "A key, which sees its own usage", variable: "LLMW_KEY" },
			{ flag: "since", placeholder: "TIME", description: "How far back: 12h, 7d, 90d (default 7d)" },
			{
				flag: "by",
				placeholder: "GROUPS",
				description:
					"Grouped by key, team, organisation, model, route, upstream, operation, day, hour, tag:NAME (default model)",
			},
			{ flag: "chart", placeholder: "", description: "Draw a bar for each day" },
			{ flag: "csv", placeholder: "", description: "Print CSV, by day, or with --by hour by hour" },
			{ flag: "json", placeholder: "", description: "Print JSON lines" },
		],
		settings: ["bindip", "bindport", "config", "adminKey"],
		examples: [
			"usage --by model,key --since 30d",
			"usage --chart --since 14d",
			"usage --by team,model --csv > usage.csv",
		],
		note: "Hours and days are whole ones, in UTC.",
		action: (flags: Flags) => finish(() => runUsage("usage", flags)),
	},
	{
		usage: "requests",
		description: "The latest requests of a running gateway, with tokens and cost",
		options: [
			gatewayUrlOption,
			{ flag: "limit", placeholder: "N", description: "Most to list (default 20)" },
			{ flag: "of-key", placeholder: "KEY", description: "Only of the key with this id or name" },
			{ flag: "team", placeholder: "TEXT", description: "Only of this team" },
			{ flag: "model", placeholder: "NAME", description: "Only for this model" },
			{ flag: "route", placeholder: "NAME", description: "Only by this route" },
			{ flag: "upstream", placeholder: "NAME", description: "Only from this upstream" },
			{ flag: "outcome", placeholder: "WORD", description: "Only completed, failed, cancelled or refused" },
			{ flag: "csv", placeholder: "", description: "Print CSV" },
			{ flag: "json", placeholder: "", description: "Print JSON lines" },
		],
		settings: ["bindip", "bindport", "config", "adminKey"],
		examples: ["requests --outcome failed", "requests --limit 1000 --csv > requests.csv"],
		note: "Needs the administrator's credential, except on the gateway's machine, as its user.",
		action: (flags: Flags) => finish(() => runUsage("requests", flags)),
	},
	{
		usage: "audit [action]",
		description: "List what administrators of a running gateway did, or verify that the list is unchanged",
		options: [
			gatewayUrlOption,
			{ flag: "limit", placeholder: "N", description: "Most to list (default 20)" },
			{ flag: "json", placeholder: "", description: "List as JSON lines" },
		],
		settings: ["bindip", "bindport", "config", "adminKey"],
		examples: ["audit verify", "audit list --limit 100"],
		exits: [[1, "verify found that an entry was changed or is missing"]],
		action: (action: string | undefined, flags: Flags) => finish(() => runAudit([action, ...flags._], flags)),
	},
];
