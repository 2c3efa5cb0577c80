/** The commands about agents: `connect` and `doctor`. */
import { runConnect, runDoctor } from "./commandActions.js";
import { type Flags, finish } from "./commandRun.js";
import { gatewayOptions, gatewayUrlOption, keyMemberOptions } from "./gatewayOptions.js";
import type { Command } from "./help.js";

export const agentCommands: readonly Command[] = [
	{
		usage: "connect [agent]",
		description:
			"Set up an agent for a running gateway: claude-code, codex, gemini, opencode, cline, continue, zed or aider; without one, list them",
		options: [
			...gatewayOptions,
			{
				flag: "model",
				placeholder: "NAME",
				description: "Model to ask (default: the one that suits the agent best)",
				variable: "LLMW_MODEL",
			},
			{
				flag: "small-model",
				placeholder: "NAME",
				description: "Model for titles and summaries (default: a small one, else the same)",
			},
			{
				flag: "write",
				placeholder: "",
				description: "Write its files, after showing what changes, with a copy of what was there",
			},
			{ flag: "yes", placeholder: "", description: "Don't ask before writing" },
			{ flag: "undo", placeholder: "", description: "Put the newest copies of its files back" },
			{ flag: "skip-test", placeholder: "", description: "Take no turn through the gateway" },
			{ flag: "name", placeholder: "NAME", description: "Name of the key that is made (default: the agent's)" },
			...keyMemberOptions,
		],
		settings: ["bindip", "bindport", "config", "adminKey"],
		exits: [[1, "something doesn't work, or wasn't agreed to"]],
		examples: [
			"connect codex",
			"connect claude-code --write",
			"connect opencode --model qwen3-coder --tokens-per-day 5000000 --write --yes",
			"connect codex --undo",
		],
		note: "It makes a key, with the limits that are given, if the gateway has keys, and none if --key names one or the agent has one that works.",
		action: (agent: string | undefined, flags: Flags) => finish(() => runConnect([agent, ...flags._], flags)),
	},
	{
		usage: "doctor",
		description:
			"Find what keeps agents from working: their configuration, the way to the gateway, the key, the model, a turn",
		options: [
			gatewayUrlOption,
			{
				flag: "client",
				placeholder: "AGENT",
				description: "Only this one, by the names of llmw connect (default: all that are here)",
			},
			{ flag: "skip-turn", placeholder: "", description: "Take no turn through the gateway, which costs a few tokens" },
			{ flag: "json", placeholder: "", description: "Print JSON lines" },
		],
		settings: ["bindip", "bindport", "config", "adminKey"],
		exits: [[1, "something is wrong"]],
		examples: ["doctor", "doctor --client codex"],
		note: "It asks the gateway that the agent is set up for, with the agent's own key. Programs are looked for, and never run.",
		action: (flags: Flags) => finish(() => runDoctor(flags)),
	},
];
