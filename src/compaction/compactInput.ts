/** Compaction by the model itself: what it is asked to sum up, and what stays beside its summary. */
import { conversationItem } from "../conversations/newItems.js";
import type { Json } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import { estimateTokens } from "../upstream/routing/estimateTokens.js";
import type { Compacted } from "./compactionItems.js";
import { isMessage, isResultItem, unitsOf } from "./inputUnits.js";

const question = [
	"Sum up this conversation, so that it can be gone on with from your summary alone, by somebody who sees nothing else of it.",
	"Keep what the user wants and has decided; constraints and preferences; facts, names, numbers, paths, identifiers and code that are",
	"still needed; what has been done, with which tools and results; what failed, and why; and what is to be done next.",
	"Leave out what doesn't matter any more. Answer with the summary alone, in the conversation's language, and call no tools.",
].join(" ");

/** What concerns the answer to the client, or the gateway, and not the summary. */
const leftOut = [
	"background",
	"context_management",
	"conversation",
	"include",
	"max_output_tokens",
	"max_tool_calls",
	"previous_response_id",
	"prompt",
	"stream_options",
	"text",
	"tool_choice",
	"top_logprobs",
	"truncation",
];

/** The request that has the model sum up these items. Its beginning is the conversation's, which may be in a prompt cache. */
export function summaryRequest(json: Json, items: readonly unknown[], isStream: boolean): Json {
	const rest = Object.fromEntries(Object.entries(json).filter(([name]) => !leftOut.includes(name)));
	const asked = { type: "message", role: "user", content: [{ type: "input_text", text: question }] };
	const hasTools = Array.isArray(json.tools) && json.tools.length > 0;
	return {
		...rest,
		...(hasTools ? { tool_choice: "none" } : {}),
		input: [...items, asked],
		store: false,
		stream: isStream,
	};
}

/** @throws GatewayError 502 if the model has not summed up */
export function summaryIn(response: Json): string {
	const { status, output } = response;
	const texts = (Array.isArray(output) ? output : [])
		.filter((item) => isMessage(item))
		.flatMap(({ content }) => (Array.isArray(content) ? content : []))
		.map((part) => (isObject(part) && part.type === "output_text" ? String(part.text ?? "") : ""));
	const summary = texts.join("\n\n").trim();
	if (summary !== "" && (status === undefined || status === "completed")) return summary;
	const why = status === "incomplete" ? "its summary was cut off" : "it said nothing";
	throw new GatewayError(502, `The model could not sum up the conversation: ${why}.`, { code: "compaction_failed" });
}

/** All of the vendor's form of a compacted conversation: what the user and the system have said, and then the summary. */
export function keptMessages(items: readonly unknown[]): Json[] {
	const kept = items.filter(isMessage).filter(({ role }) => role !== "assistant");
	return kept.map((item) => JSON.parse(conversationItem(item).item) as Json);
}

/** Tokens of the user's messages that are kept word for word; more of them are in the summary alone. */
const mostKeptTokens = 20_000;

/** What stays of items as it is. */
export type Kept = Omit<Compacted, "summary">;

/**
 * What stays of the conversation beside a summary of all of it: instructions, the user's latest messages, and what the model is
 * about to answer.
 *
 * @param isGoingOn the model answers right after the summary
 * @param tokens of the user's messages
 */
export function keptOf(
	items: readonly unknown[],
	summaries: ReadonlySet<unknown>,
	isGoingOn: boolean,
	tokens = mostKeptTokens,
): Kept {
	const units = unitsOf(items);
	const last = units.at(-1);
	const isAsked = last?.kind === "asked";
	const isAnswering = last !== undefined && isResultItem(last.items.at(-1));
	const after = isGoingOn && last !== undefined && (isAsked || isAnswering) ? last.items : [];
	const earlier = after.length > 0 ? units.slice(0, -1) : units;
	let left = Math.min(tokens, mostKeptTokens);
	const before: unknown[] = [];
	for (const { items: own, kind } of earlier.toReversed()) {
		if (kind === "told") before.unshift(...own);
		if (kind !== "asked" || own.some((item) => summaries.has(item))) continue;
		left -= estimateTokens({ input: own });
		if (left >= 0) before.unshift(...own);
	}
	return { before, after, isWhole: true };
}
