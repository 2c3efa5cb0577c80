/** The catalogue of models that Codex asks for: `GET /v1/models?client_version=…`. */
import { createHash } from "node:crypto";
import type { GatewayContext } from "../middleware/link.js";
import { canChatByName } from "../upstream/listedModels/chatModels.js";
import { known, type ListedModel } from "../upstream/listedModels/modelsIn.js";
import { modalitiesOf } from "./knownModels.js";

/** Models that reason, as they are named by whoever serves them; of others the catalogue has to say it. */
const reasoning =
	/(^|[/.:])(gpt-5|gpt-oss|o[134]|codex-|claude-(?!3-[05]|instant|2)|gemini-(2\.5|[3-9])|grok-[4-9]|deepseek-r)/i;
/** They take a verbosity. */
const verbose = /(^|[/.:])gpt-(5|[6-9])/i;

const effortDescriptions: Readonly<Record<string, string>> = {
	minimal: "Hardly any reasoning, for the fastest answers",
	low: "Short reasoning, for quick answers",
	medium: "Balances speed and depth",
	high: "Deep reasoning, for hard problems",
	xhigh: "Deeper still, for the hardest problems",
	max: "As much reasoning as the model can do",
};
const usualEfforts = ["low", "medium", "high"];

/** Codex sends these to the model in place of its own, so they have to say all that matters. */
const baseInstructions = `You are a coding agent. You run in Codex CLI, in a terminal on the user's computer, and work together with the user in their workspace.

# How to work
- Go on until the task is done: find out what is needed, change the files, and check the result. Ask only if you can't find out yourself.
- Read before you write. Follow the conventions of the code around, and keep changes small and to the point.
- Fix causes, not symptoms. Leave unrelated faults alone, and mention them at the end.
- Follow AGENTS.md files. One holds for the folder that it is in and all below; a deeper one wins, and what the user says wins over all.
- Never undo or overwrite changes that you did not make. Make no commits and no branches unless you are asked to.
- Use no command that destroys data, such as \`git reset --hard\` or \`rm -rf\`, unless the user has asked for it.

# Tools
- Run commands with the shell tool. Search with \`rg\` and \`rg --files\` where they exist, since they are fast.
- Change files with \`apply_patch\` if it is there. Don't print whole files for the user to copy.
- Where commands run in a sandbox and one fails because of it, ask for permission by the means that the tool offers.
- With the plan tool, keep a short plan for work of several steps, and update it as you go.

# Checking
- Run the tests that are closest to what you have changed, then wider ones. Format the code as the project does.
- If you could not check something, say so.

# Answers
- Say before a group of commands in one short sentence what you are about to do.
- End with what you have done and where, briefly and in plain text. Name files by their paths, such as \`src/app.ts:42\`.
`;

/** Codex takes no longer answer than 1 MiB. */
const maxBytes = 1_000_000;

/** Sends nothing but 304 to a client that has the same already. */
export function codexModels(ctx: GatewayContext, models: readonly ListedModel[]): object | undefined {
	const catalogue = { models: fitting(models.filter(({ id }) => canChatByName(id)).map(codexModel)) };
	const digest = createHash("sha256").update(JSON.stringify(catalogue)).digest("base64url").slice(0, 27);
	const etag = `"${digest}"`;
	ctx.set("etag", etag);
	if (!ctx.get("if-none-match").includes(etag)) return catalogue;
	ctx.status = 304;
	return undefined;
}

/** The first ones: names that routes list come before those of upstreams' lists. */
function fitting(models: readonly object[]): readonly object[] {
	let bytes = 0;
	const end = models.findIndex((model) => {
		bytes += Buffer.byteLength(JSON.stringify(model)) + 1;
		return bytes > maxBytes;
	});
	return end === -1 ? models : models.slice(0, end);
}

/** All members that some version of Codex demands. */
function codexModel(model: ListedModel, place: number): object {
	const { id, display_name: name, description, [known]: facts = {} } = model;
	const reasons = facts.reasoning ?? reasoning.test(id);
	const efforts = reasons ? (facts.efforts ?? usualEfforts) : [];
	const isVerbose = verbose.test(id);
	const context = facts.contextWindow;
	return {
		slug: id,
		display_name: name ?? facts.displayName ?? id,
		description: typeof description === "string" ? description.slice(0, 300) : null,
		default_reasoning_level: efforts.includes("medium") ? "medium" : (efforts[0] ?? null),
		supported_reasoning_levels: efforts.map((effort) => ({
			effort,
			description: effortDescriptions[effort] ?? effort,
		})),
		shell_type: "shell_command",
		visibility: "list",
		supported_in_api: true,
		priority: place,
		additional_speed_tiers: [],
		service_tiers: [],
		availability_nux: null,
		upgrade: null,
		base_instructions: baseInstructions,
		supports_reasoning_summaries: reasons,
		default_reasoning_summary: "auto",
		support_verbosity: isVerbose,
		default_verbosity: isVerbose ? "low" : null,
		apply_patch_tool_type: "freeform",
		web_search_tool_type: "text",
		truncation_policy: { mode: "tokens", limit: 10_000 },
		supports_parallel_tool_calls: facts.tools !== false,
		supports_image_detail_original: false,
		...(context === undefined ? {} : { context_window: context, max_context_window: context }),
		auto_compact_token_limit: null,
		effective_context_window_percent: 95,
		experimental_supported_tools: [],
		input_modalities: (modalitiesOf(facts) ?? ["text", "image"]).filter((kind) => kind === "text" || kind === "image"),
		supports_search_tool: false,
	};
}
