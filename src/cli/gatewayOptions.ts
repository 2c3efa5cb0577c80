/** Options that several commands have which ask a running gateway. */
import type { CommandOption } from "./help.js";

export const gatewayUrlOption: CommandOption = {
	flag: "url",
	placeholder: "URL",
	description: "Base URL of the gateway, with /v1 (default: the address of --bindip and --bindport)",
	variable: "LLMW_URL",
};

export const keyOption: CommandOption = {
	flag: "key",
	placeholder: "KEY",
	description: "Credential to send as a bearer token",
	variable: "LLMW_KEY",
};

export const gatewayOptions: readonly CommandOption[] = [gatewayUrlOption, keyOption];

/** What a key is made with. */
export const keyMemberOptions: readonly CommandOption[] = [
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
	{ flag: "requests-per-session", placeholder: "N", description: "Most requests in an agent's session" },
	{ flag: "tokens-per-session", placeholder: "N", description: "Most tokens in a session" },
	{ flag: "minutes-per-session", placeholder: "N", description: "How long a session may last" },
	{ flag: "budget-per-session", placeholder: "DOLLARS", description: "Most that a session may cost" },
	{
		flag: "equal-tool-calls",
		placeholder: "N",
		description: "Turns in a row that may call the same tools with the same arguments",
	},
	{
		flag: "priority",
		placeholder: "N",
		description: "Order among requests that wait for a limit: higher first (default 0)",
	},
	{
		flag: "permissions",
		placeholder: "LIST",
		description:
			"What it permits: api, metrics, passthrough, which are the paths that routes let pass, keyless, which is what was stored without keys (default api)",
	},
];
