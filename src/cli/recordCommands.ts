/** The commands for what a running gateway keeps of its callers: completions, responses, conversations and files. */
import { runCompletions, runConversations, runFiles, runResponses } from "./commandActions.js";
import { type Flags, finish } from "./commandRun.js";
import { gatewayOptions } from "./gatewayOptions.js";
import type { Command } from "./help.js";

export const recordCommands: readonly Command[] = [
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
		usage: "responses [list|get|rm|export]",
		description: "Kept responses of a running gateway: list, get ID, rm ID…, or export as JSON lines",
		options: [
			...gatewayOptions,
			{ flag: "thread", placeholder: "ID", description: "Only those of the thread that began with this response" },
			{ flag: "model", placeholder: "NAME", description: "Only those that were asked of this model" },
			{ flag: "limit", placeholder: "N", description: "Most to list (default 20) or to export (default all)" },
			{ flag: "json", placeholder: "", description: "List as JSON lines" },
		],
		settings: ["bindip", "bindport", "config"],
		examples: ["responses list", "responses export > threads.jsonl"],
		action: (word: string | undefined, flags: Flags) => finish(() => runResponses(word, flags)),
	},
	{
		usage: "conversations [list|get|rm]",
		description: "Conversations of a running gateway: list, get ID, or rm ID…",
		options: [
			...gatewayOptions,
			{ flag: "limit", placeholder: "N", description: "Most to list (default 20)" },
			{ flag: "json", placeholder: "", description: "List as JSON lines" },
		],
		settings: ["bindip", "bindport", "config"],
		examples: ["conversations list", "conversations get conv_0VcO1WZPjI9EzhVmIeLnKKhH"],
		action: (word: string | undefined, flags: Flags) => finish(() => runConversations(word, flags)),
	},
	{
		usage: "files [list|get|put|rm]",
		description: "Files of a running gateway: list, get ID, put FILE…, or rm ID…",
		options: [
			...gatewayOptions,
			{ flag: "purpose", placeholder: "WORD", description: "What files are sent for (default user_data), or listed" },
			{
				flag: "output",
				placeholder: "FILE",
				description: "Write the content that is got to this file, or to - for stdout",
			},
			{ flag: "limit", placeholder: "N", description: "Most to list (default 20)" },
			{ flag: "json", placeholder: "", description: "List as JSON lines" },
		],
		settings: ["bindip", "bindport", "config"],
		examples: ["files put lines.jsonl --purpose batch", "files get file-4fYxKp0qV7mTz2WcR9uLbJd6 --output lines.jsonl"],
		action: (word: string | undefined, flags: Flags) => finish(() => runFiles(word, flags)),
	},
];
