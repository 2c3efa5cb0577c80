/** `llmw completions`: lists, shows, removes and exports what a running gateway has stored. */

import { headerSafe } from "../../errors/headerSafe.js";
import { Problems } from "../../errors/problem.js";
import { terminalJson } from "../../logging/terminalText.js";
import { type GatewayApi, gatewayApi } from "./gatewayApi.js";
import { textOf } from "./messageText.js";
import { optionReader, readBaseUrl, wholeNumber } from "./ownOptions.js";
import { parseWhere, type Selection, type StoredCompletion, select } from "./selection.js";
import { table } from "./table.js";

type Flags = Readonly<Record<string, unknown>>;
type Json = Record<string, unknown>;

interface Output {
	/** One or more lines for stdout. */
	print(text: string): void;
	/** A line for the person at the terminal. */
	note(line: string): void;
}

const listedAtMost = 20;

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
	const read = optionReader(flags, process.env);
	const address = { baseUrl: read("url", readBaseUrl) ?? readBaseUrl(gatewayUrl), key: read("key", headerSafe) };
	const own = optionReader(flags, {});
	const where = own("where", parseWhere) ?? { metadata: {} };
	const limit = own("limit", wholeNumber);
	const api = gatewayApi(address, output.note);
	const [action = "list", ...ids] = words;
	if (action === "list" && ids.length === 0)
		return list(api, where, limit ?? listedAtMost, flags.json === "true", output);
	if (action === "get" && ids.length === 1) return get(api, ids[0] as string, output);
	if (action === "rm" && ids.length > 0) return remove(api, ids, output);
	if (action === "export" && ids.length === 0) return exportAll(api, where, limit, flags.eval === "true", output);
	throw new Problems([
		{ where: "completions", message: "is followed by list, get ID, rm ID… or export; see llmw completions --help" },
	]);
}

/** The newest first. */
async function list(api: GatewayApi, where: Selection, limit: number, asJson: boolean, output: Output): Promise<void> {
	const found: StoredCompletion[] = [];
	for await (const completion of select(api, where, { order: "desc", limit, withRequest: false }))
		found.push(completion);
	if (asJson) for (const completion of found) output.print(terminalJson(completion));
	else if (found.length === 0) output.note("nothing is stored that fits");
	else output.print(table([["ID", "CREATED", "STATUS", "MODEL", "TOKENS", "METADATA"], ...found.map(row)]));
}

function row({ id, created, status, model, usage, metadata }: StoredCompletion): string[] {
	const pairs = Object.entries(metadata ?? {}).map(([key, value]) => `${key}=${value}`);
	const tokens = usage ? `${usage.prompt_tokens ?? "?"} + ${usage.completion_tokens ?? "?"}` : "–";
	return [id, new Date(created * 1000).toISOString().slice(0, 19), status, model, tokens, pairs.join(" ")];
}

/** With its messages. */
async function get(api: GatewayApi, id: string, { print }: Output): Promise<void> {
	const path = `/chat/completions/${encodeURIComponent(id)}`;
	const completion = await api.ask<StoredCompletion>("GET", path);
	const messages: Json[] = [];
	for (let after = ""; ; ) {
		const page = await api.ask<{ data: Json[]; has_more: boolean; last_id: string | null }>(
			"GET",
			`${path}/messages?limit=100${after}`,
		);
		messages.push(...page.data);
		if (!page.has_more) break;
		after = `&after=${encodeURIComponent(page.last_id ?? "")}`;
	}
	print(terminalJson({ ...completion, messages }, 2));
}

async function remove(api: GatewayApi, ids: readonly string[], { print }: Output): Promise<void> {
	for (const id of ids) {
		await api.ask("DELETE", `/chat/completions/${encodeURIComponent(id)}`);
		print(`removed ${id}`);
	}
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
