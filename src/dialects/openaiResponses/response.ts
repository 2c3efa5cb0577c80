/** Whole answers of OpenAI's responses: into the neutral model, and out of it. */
import { type Citation, placedIn } from "../../chat/citations.js";
import type { FinishReason } from "../../chat/event.js";
import type { TokenProbability } from "../../chat/logProbabilities.js";
import type { Image, Part, ToolCall } from "../../chat/request.js";
import type { ChatResponse } from "../../chat/response.js";
import { type TokenCounts, textTokens } from "../../chat/tokenCounts.js";
import { isObject } from "../../json/isObject.js";
import type { Json, WriteContext } from "../dialect.js";
import { writeAnnotations } from "../openai/annotations.js";
import { listIn, textIn } from "../openai/choice.js";
import { readTokens, writeTokens } from "../openai/logProbabilities.js";
import { urlOf } from "../openai/source.js";
import { tokensOf } from "../usageCounts.js";
import { dialectName } from "./name.js";
import { readParts } from "./parts.js";
import { readReasoning } from "./request.js";
import { writeTools } from "./tools.js";
import { writeFormat, writeToolChoice } from "./writeRequest.js";

export function readWhole(body: Json): ChatResponse {
	const items = listIn(body.output).filter(isObject);
	const raw = isObject(body.usage) ? body.usage : undefined;
	const logprobs = items.filter(({ type }) => type === "message").flatMap(({ content }) => listIn(content));
	const tokens = logprobs.flatMap((part) => (isObject(part) ? readTokens(part.logprobs) : []));
	return {
		id: textIn(body.id) || undefined,
		created: typeof body.created_at === "number" ? body.created_at : undefined,
		model: textIn(body.model) || undefined,
		choices: [
			{
				parts: items.flatMap(readItem),
				finish: finishOf(body, items.some(isCall)),
				...(tokens.length > 0 ? { logprobs: tokens } : {}),
			},
		],
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
	const image = readImage(item);
	if (image !== undefined) return [image];
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
	if (choice?.logprobs !== undefined) addTokens(output, choice.logprobs);
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

/** Members of a request that its response repeats. */
const repeated = [
	"instructions",
	"max_output_tokens",
	"max_tool_calls",
	"metadata",
	"parallel_tool_calls",
	"previous_response_id",
	"prompt",
	"prompt_cache_key",
	"reasoning",
	"safety_identifier",
	"temperature",
	"text",
	"tool_choice",
	"tools",
	"top_logprobs",
	"top_p",
	"truncation",
	"user",
];

/** What the response to a request says as the request has said it. */
export function repeatedIn(request: Json): Json {
	return Object.fromEntries(
		repeated.flatMap((name) => ((request[name] ?? undefined) === undefined ? [] : [[name, request[name]]])),
	);
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
		input_tokens_details: { cached_tokens: cached, ...(written === 0 ? {} : { cache_write_tokens: written }) },
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
			const written =
				part.type === "text" ? textPart(part.text, part.citations) : { type: "refusal", refusal: part.text };
			const last = items.at(-1);
			if (last?.type === "message") (last.content as Json[]).push(written);
			else items.push(messageItem(id("msg"), "completed", [written]));
		} else if (part.type === "reasoning")
			items.push(reasoningItem(id("rs"), part.text, part.signature ?? part.encrypted));
		else if (part.type === "image") items.push(imageItem(id("ig"), part));
		else if (part.type === "tool_call") items.push(callItem(part, items.length, "completed", context));
	}
	return items;
}

/** All of them are those of the first text, where there are several. */
function addTokens(output: readonly Json[], tokens: readonly TokenProbability[]): void {
	const parts = output.flatMap(({ type, content }) => (type === "message" ? (content as Json[]) : []));
	const text = parts.find(({ type }) => type === "output_text");
	if (text !== undefined) text.logprobs = writeTokens(tokens);
}

/** A picture that was made for the answer. */
export function readImage({ type, result, output_format: format }: Json): Image | undefined {
	if (type !== "image_generation_call" || textIn(result) === "") return undefined;
	return { type: "image", source: { data: textIn(result), mediaType: `image/${textIn(format) || "png"}` } };
}

export function imageItem(id: string, { source }: Image): Json {
	const [result, mediaType] = "data" in source ? [source.data, source.mediaType] : [urlOf(source) ?? null, ""];
	const format = /^image\/(\w+)/.exec(mediaType)?.[1] ?? "png";
	return { id, type: "image_generation_call", status: "completed", result, output_format: format };
}

/** @param index the item's place in the output */
export function itemId(kind: string, index: number, { requestId }: WriteContext): string {
	return `${kind}_${requestId}_${index}`;
}

export function textPart(text: string, citations: readonly Citation[] = []): Json {
	return { type: "output_text", annotations: writeAnnotations(placedIn(text, citations)), logprobs: [], text };
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
