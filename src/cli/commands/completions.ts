/** `llmw completions`: lists, shows, removes and exports what a running gateway has stored. */
import { Problems } from "../../errors/problem.js";
import { terminalJson } from "../../logging/terminalText.js";
import type { GatewayApi } from "./gatewayApi.js";
import { allOf, apiOf, pages, pairsOf, removeEach, timeOf } from "./keptRecords.js";
import { textOf } from "./messageText.js";
import { listedAtMost, type Output, printList } from "./output.js";
import { optionReader, wholeNumber } from "./ownOptions.js";
import { parseWhere, type Selection, type StoredCompletion, select } from "./selection.js";

type Flags = Readonly<Record<string, unknown>>;
type Json = Record<string, unknown>;

const path = "/chat/completions";

/**
 * @param words the words after `completions`: `list`, `get ID`, `rm ID…` or `export`
 * @param gatewayUrl asked where there is no `--url`
 * @throws Problems
 */
export async function completions(
	words: readonly string[],
	flags: Flags,
	gatewayUrl: string,
	output: Output,
): Promise<void> {
	const own = optionReader(flags, {});
	const where = own("where", parseWhere) ?? { metadata: {} };
	const limit = own("limit", wholeNumber);
	const api = apiOf(flags, gatewayUrl, output.note);
	const [action = "list", ...ids] = words;
	if (action === "list" && ids.length === 0) {
		const most = limit ?? listedAtMost;
		const found = await allOf(select(api, where, { order: "desc", limit: most, withRequest: false }));
		return printList(found, { ...columns, asJson: flags.json === "true" }, output);
	}
	if (action === "get" && ids.length === 1) return get(api, ids[0] as string, output);
	if (action === "rm" && ids.length > 0) return removeEach(api, path, ids, output);
	if (action === "export" && ids.length === 0) return exportAll(api, where, limit, flags.eval === "true", output);
	throw new Problems([
		{ where: "completions", message: "is followed by list, get ID, rm ID… or export; see llmw completions --help" },
	]);
}

const columns = {
	heads: ["ID", "CREATED", "STATUS", "MODEL", "TOKENS", "METADATA"],
	row: ({ id, created, status, model, usage, metadata }: StoredCompletion) => {
		const tokens = usage ? `${usage.prompt_tokens ?? "?"} + ${usage.completion_tokens ?? "?"}` : "–";
		return [id, timeOf(created), status, model, tokens, pairsOf(metadata)];
	},
	nothing: "nothing is stored that fits",
};

/** With its messages. */
async function get(api: GatewayApi, id: string, { print }: Output): Promise<void> {
	const own = `${path}/${encodeURIComponent(id)}`;
	const completion = await api.ask<StoredCompletion>("GET", own);
	const messages = await allOf(pages<Json>(api, `${own}/messages`, {}));
	print(terminalJson({ ...completion, messages }, 2));
}

/** One line of JSON each, the oldest first; answers that were cut are no examples. */
async function exportAll(
	api: GatewayApi,
	where: Selection,
	limit: number | undefined,
	forEvaluation: boolean,
	{ print, note }: Output,
): Promise<void> {
	let count = 0;
	for await (const completion of select(
		api,
		{ status: "completed", ...where },
		{ order: "asc", limit, withRequest: true },
	)) {
		print(terminalJson(forEvaluation ? evaluationLine(completion) : trainingLine(completion)));
		count += 1;
	}
	note(`${count} exported`);
}

/** A line of a file for fine-tuning. https://platform.openai.com/docs/guides/supervised-fine-tuning */
export function trainingLine({ request = {}, choices }: StoredCompletion): Json {
	const { messages, tools, parallel_tool_calls, functions } = request as Json;
	const answer = choices[0]?.message ?? { role: "assistant" };
	return withoutNothing({
		messages: [...((messages as unknown[]) ?? []), assistantMessage(answer as Json)],
		tools,
		parallel_tool_calls,
		functions,
	});
}

/**
 * A line of a file for evaluations, with `item` for what was asked and `sample` for what was answered.
 * https://platform.openai.com/docs/guides/evals
 */
export function evaluationLine({ id, request = {}, choices, metadata, model, usage }: StoredCompletion): Json {
	const { messages, tools, response_format } = request as Json;
	const [choice] = choices;
	const { content = null, tool_calls } = (choice?.message ?? {}) as Json;
	return {
		item: withoutNothing({ id, input: messages, tools, response_format, metadata }),
		sample: withoutNothing({
			model,
			output_text: content === null ? null : textOf(content),
			output_tools: tool_calls ?? [],
			finish_reason: choice?.finish_reason,
			choices,
			usage,
		}),
	};
}

/** What training takes; reasoning and what hosts add to it is none of that. */
function assistantMessage({ content = null, refusal, tool_calls, function_call }: Json): Json {
	return {
		role: "assistant",
		content: content === null ? null : textOf(content),
		...withoutNothing({ refusal, tool_calls, function_call }),
	};
}

function withoutNothing(members: Json): Json {
	return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
}
