/** Whole answers of OpenAI's responses: into the neutral model, and out of it. */
import type { FinishReason } from "../../chat/event.js";
import type { Part, ToolCall } from "../../chat/request.js";
import type { ChatResponse } from "../../chat/response.js";
import { type TokenCounts, textTokens } from "../../chat/tokenCounts.js";
import { isObject } from "../../json/isObject.js";
import type { Json, WriteContext } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { tokensOf } from "../usageCounts.js";
import { dialectName } from "./name.js";
import { readParts } from "./parts.js";
import { readReasoning } from "./request.js";
import { writeTools } from "./tools.js";
import { writeFormat, writeToolChoice } from "./writeRequest.js";

export function readWhole(body: Json): ChatResponse {
	const items = listIn(body.output).filter(isObject);
	const raw = isObject(body.usage) ? body.usage : undefined;
	return {
		id: textIn(body.id) || undefined,
		created: typeof body.created_at === "number" ? body.created_at : undefined,
		model: textIn(body.model) || undefined,
		choices: [{ parts: items.flatMap(readItem), finish: finishOf(body, items.some(isCall)) }],
		usage: raw && { tokens: tokensOf(raw), raw },
	};
}

/** How a response ended, by its status. @returns undefined while it is under way */
export function finishOf(
	{ status, incomplete_details: details }: Json,
	hasCalls: boolean,
): { reason: FinishReason; vendorReason: string } | undefined {
	const vendorReason = textIn(isObject(details) ? details.reason : undefined) || textIn(status);
	if (status === "in_progress" || status === "queued") return undefined;
	if (vendorReason === "max_output_tokens") return { reason: "length", vendorReason };
	if (vendorReason === "content_filter") return { reason: "content_filter", vendorReason };
	if (status !== undefined && status !== "completed") return { reason: "other", vendorReason };
	return { reason: hasCalls ? "tool_calls" : "stop", vendorReason: vendorReason || "completed" };
}

export function isCall({ type }: Json): boolean {
	return type === "function_call" || type === "custom_tool_call";
}

function readItem(item: Json): Part[] {
	if (item.type === "message") return readParts(item.content);
	if (item.type === "reasoning") return [readReasoning(item)];
	return isCall(item) ? [readCall(item)] : [{ type: "opaque", dialect: dialectName, value: item }];
}

/** An output item that calls a tool, as the model was told its name. */
export function readCall(item: Json): ToolCall {
	const isCustom = item.type === "custom_tool_call";
	return {
		type: "tool_call",
		id: textIn(item.call_id) || textIn(item.id),
		callType: isCustom ? "custom" : "function",
		...(typeof item.namespace === "string" ? { namespace: item.namespace } : {}),
		name: textIn(item.name),
		arguments: textIn(isCustom ? item.input : item.arguments),
	};
}

export function writeResponse(response: ChatResponse, context: WriteContext): Json {
	const [choice] = response.choices;
	const output = writeItems(choice?.parts ?? [], context);
	const base = responseBase(response.created ?? context.created, context);
	return { ...base, ...endOf(choice?.finish?.reason), output, usage: writeUsage(response.usage?.tokens) };
}

/** What a response says of itself and its request, while nothing of it is known. */
export function responseBase(created: number, context: WriteContext): Json {
	const { request } = context;
	const tools = request === undefined ? [] : writeTools(request.tools, new Set());
	return {
		id: `resp_${context.requestId}`,
		object: "response",
		created_at: created,
		status: "in_progress",
		background: false,
		error: null,
		incomplete_details: null,
		instructions: null,
		max_output_tokens: request?.maxOutputTokens ?? null,
		// The one that was asked for, as clients know it.
		model: context.model ?? "",
		output: [],
		parallel_tool_calls: request?.mayCallInParallel ?? true,
		previous_response_id: null,
		reasoning: { effort: request?.reasoning?.effort ?? null, summary: null },
		store: false,
		temperature: request?.sampling.temperature ?? null,
		text: { format: writeFormat(request?.responseFormat) ?? { type: "text" } },
		tool_choice: writeToolChoice(request?.toolChoice, request?.tools ?? []) ?? "auto",
		tools,
		top_p: request?.sampling.topP ?? null,
		truncation: "disabled",
		usage: null,
		user: request?.user ?? null,
		metadata: request?.metadata ?? {},
	};
}

/** The status of a response that has ended. */
export function endOf(reason: FinishReason | undefined): Json {
	if (reason === "length") return { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
	if (reason === "content_filter") return { status: "incomplete", incomplete_details: { reason: "content_filter" } };
	return { status: "completed" };
}

export function writeUsage(counts: TokenCounts | undefined): Json | null {
	if (counts === undefined) return null;
	const { input, output, cached, written, reasoning } = { ...textTokens(0, 0), ...counts };
	return {
		input_tokens: input,
		input_tokens_details: { cached_tokens: cached, ...(written === undefined ? {} : { cache_write_tokens: written }) },
		output_tokens: output,
		output_tokens_details: { reasoning_tokens: reasoning },
		total_tokens: input + output,
	};
}

/** The parts of a message that follow each other are one item. */
function writeItems(parts: readonly Part[], context: WriteContext): Json[] {
	const items: Json[] = [];
	for (const part of parts) {
		const id = (kind: string) => itemId(kind, items.length, context);
		if (part.type === "text" || part.type === "refusal") {
			const written = part.type === "text" ? textPart(part.text) : { type: "refusal", refusal: part.text };
			const last = items.at(-1);
			if (last?.type === "message") (last.content as Json[]).push(written);
			else items.push(messageItem(id("msg"), "completed", [written]));
		} else if (part.type === "reasoning")
			items.push(reasoningItem(id("rs"), part.text, part.signature ?? part.encrypted));
		else if (part.type === "tool_call") items.push(callItem(part, items.length, "completed", context));
	}
	return items;
}

/** @param index the item's place in the output */
export function itemId(kind: string, index: number, { requestId }: WriteContext): string {
	return `${kind}_${requestId}_${index}`;
}

export function textPart(text: string): Json {
	return { type: "output_text", annotations: [], logprobs: [], text };
}

export function messageItem(id: string, status: string, content: readonly Json[]): Json {
	return { id, type: "message", status, role: "assistant", content };
}

/** @param seal what has to come back with the text */
export function reasoningItem(id: string, text: string, seal?: string | undefined): Json {
	const summary = text === "" ? [] : [{ type: "summary_text", text }];
	return { id, type: "reasoning", summary, ...(seal === undefined ? {} : { encrypted_content: seal }) };
}

export function callItem(
	{ id: callId, callType, namespace, name, arguments: text }: Omit<ToolCall, "type">,
	index: number,
	status: string,
	context: WriteContext,
): Json {
	const isCustom = callType === "custom";
	return {
		id: itemId(isCustom ? "ctc" : "fc", index, context),
		type: isCustom ? "custom_tool_call" : "function_call",
		status,
		call_id: callId,
		...(namespace === undefined ? {} : { namespace }),
		name,
		[isCustom ? "input" : "arguments"]: text,
	};
}
