/** Requests of OpenAI's responses, into the neutral model. */
import type { ChatRequest, Message, Part, Reasoning, ResponseFormat, Tool, ToolChoice } from "../../chat/request.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn } from "../openai/members.js";
import { dialectName } from "./name.js";
import { readParts } from "./parts.js";
import { readTools } from "./tools.js";

/** Members that the neutral model has, and those that mean nothing to an upstream without memory; all others are extensions. */
const known = new Set([
	"model",
	"input",
	"instructions",
	"tools",
	"tool_choice",
	"parallel_tool_calls",
	"text",
	"top_logprobs",
	"max_output_tokens",
	"temperature",
	"top_p",
	"reasoning",
	"stream",
	"stream_options",
	"metadata",
	"user",
]);

/** Among those of `include`. */
export const logprobsName = "message.output_text.logprobs";

/** Items that bring tools along: those that a search of the client's has found are among them. */
const addsTools = new Set<unknown>(["additional_tools", "tool_search_output"]);

/** What only an upstream with a memory of its own can serve. */
const ofMemory = ["previous_response_id", "conversation", "prompt"] as const;

export function readRequest(body: Json): ChatRequest {
	const input = typeof body.input === "string" ? [{ role: "user", content: body.input }] : listIn(body.input);
	const items = input.filter(isObject);
	const { text, reasoning, instructions } = body;
	const added = items.filter(({ type }) => addsTools.has(type)).flatMap((item) => listIn(item.tools));
	const tools = readTools([...listIn(body.tools), ...added]);
	const choice = readChoice(body.tool_choice, tools);
	return {
		dialect: dialectName,
		model: textIn(body.model) || undefined,
		messages: [...systemOf(instructions), ...readItems(items)],
		tools: choice.tools,
		toolChoice: choice.toolChoice,
		mayCallInParallel: typeof body.parallel_tool_calls === "boolean" ? body.parallel_tool_calls : undefined,
		responseFormat: isObject(text) ? readFormat(text.format) : undefined,
		maxOutputTokens: numberIn(body.max_output_tokens),
		sampling: { temperature: numberIn(body.temperature), topP: numberIn(body.top_p) },
		stop: [],
		reasoning: isObject(reasoning)
			? { effort: textIn(reasoning.effort) || undefined, isShown: typeof reasoning.summary === "string" }
			: undefined,
		logprobs: readLogprobs(body),
		n: 1,
		isStream: body.stream === true,
		wantsUsage: true,
		metadata: isObject(body.metadata) ? (body.metadata as Record<string, string>) : undefined,
		user: textIn(body.user) || undefined,
		extensions: extensionsOf(body),
	};
}

/** @throws GatewayError 400 for a request that needs an upstream that remembers */
export function refuseMemory(body: Json): void {
	const member = ofMemory.find((name) => (body[name] ?? undefined) !== undefined);
	if (member !== undefined) throw needsMemory(member, "send the whole conversation in 'input'");
	if (body.background === true) throw needsMemory("background", "leave it out");
	const isReference = (item: unknown) => isObject(item) && item.type === "item_reference";
	if (listIn(body.input).some(isReference)) throw needsMemory("input", "send items whole, not as an 'item_reference'");
	if (listIn(body.input).some(isCompaction)) throw foreignCompaction();
}

/** One that the gateway has made is opened before. */
function isCompaction(item: unknown): boolean {
	return isObject(item) && item.type === "compaction";
}

/** Without what it stands for, the rest makes no sense. */
function foreignCompaction(): GatewayError {
	const message = "'input' has a compaction item of another vendor's, which only that vendor's own models can read.";
	return new GatewayError(400, message, { code: "unsupported_by_upstream", param: "input" });
}

function needsMemory(param: string, advice: string): GatewayError {
	const message = `'${param}' needs an upstream that keeps responses, and this one does not: ${advice}.`;
	return new GatewayError(400, message, { code: "unsupported_by_upstream", param });
}

function systemOf(instructions: unknown): Message[] {
	if (typeof instructions !== "string" || instructions === "") return [];
	return [{ role: "system", parts: [{ type: "text", text: instructions }] }];
}

interface OpenMessage extends Message {
	readonly parts: Part[];
	/** Results of the calls in it. */
	results?: Part[];
}

/**
 * What the model has put out stands in one message up to the next of somebody else, and so do results that follow each other.
 * Results stand right after the message with their calls, as other dialects demand: here anything may come between.
 */
function readItems(items: readonly Json[]): Message[] {
	const messages: OpenMessage[] = [];
	const byCall = new Map<string, OpenMessage>();
	for (const item of items) {
		const message = readItem(item);
		if (message === undefined) continue;
		const [part] = message.parts;
		const called = part?.type === "tool_result" ? byCall.get(part.id) : undefined;
		if (part !== undefined && called !== undefined) {
			called.results ??= [];
			called.results.push(part);
			continue;
		}
		const last = append(message, messages);
		if (part?.type === "tool_call") byCall.set(part.id, last);
	}
	return messages.flatMap(({ results, ...message }) =>
		results === undefined ? [message] : [message, { role: "tool", parts: results }],
	);
}

/** @returns the message that has its parts now */
function append({ role, parts }: Message, messages: OpenMessage[]): OpenMessage {
	const last = messages.at(-1);
	if (last?.role === role && last.results === undefined && (role === "assistant" || role === "tool")) {
		for (const part of parts) last.parts.push(part);
		return last;
	}
	const begun = { role, parts: [...parts] };
	messages.push(begun);
	return begun;
}

function readItem(item: Json): Message | undefined {
	const { type = "message", role } = item;
	const id = textIn(item.call_id);
	switch (type) {
		case "message":
			return { role: roleOf(role), parts: readParts(item.content) };
		case "function_call":
			return ofAssistant({
				type: "tool_call",
				id,
				callType: "function",
				...namespaceIn(item),
				name: textIn(item.name),
				arguments: textIn(item.arguments),
			});
		case "custom_tool_call":
			return ofAssistant({
				type: "tool_call",
				id,
				callType: "custom",
				...namespaceIn(item),
				name: textIn(item.name),
				arguments: textIn(item.input),
			});
		case "function_call_output":
		case "custom_tool_call_output":
			return { role: "tool", parts: [{ type: "tool_result", id, parts: readParts(item.output) }] };
		case "reasoning":
			return ofAssistant(readReasoning(item));
		case "additional_tools":
			return undefined;
		default:
			return ofAssistant({ type: "opaque", dialect: dialectName, value: item });
	}
}

function namespaceIn({ namespace }: Json): { namespace?: string } {
	return typeof namespace === "string" && namespace !== "" ? { namespace } : {};
}

function ofAssistant(part: Message["parts"][number]): Message {
	return { role: "assistant", parts: [part] };
}

function roleOf(role: unknown): Message["role"] {
	return role === "system" || role === "developer" || role === "assistant" ? role : "user";
}

/** A summary is what is left of thoughts that only the vendor may read. */
export function readReasoning({ summary, content, encrypted_content: encrypted }: Json): Reasoning {
	const texts = (list: unknown) =>
		listIn(list)
			.filter(isObject)
			.map(({ text }) => textIn(text));
	const shown = texts(content).join("") || texts(summary).join("\n\n");
	return { type: "reasoning", text: shown, ...(typeof encrypted === "string" ? { encrypted } : {}) };
}

interface Choice {
	readonly tools: readonly Tool[];
	readonly toolChoice: ToolChoice | undefined;
}

/** Tools that are not among those allowed are left out. A tool that OpenAI runs has its type for a name. */
function readChoice(choice: unknown, tools: readonly Tool[]): Choice {
	if (choice === "auto" || choice === "none" || choice === "required") return { tools, toolChoice: { type: choice } };
	if (!isObject(choice)) return { tools, toolChoice: undefined };
	if (choice.type === "allowed_tools") {
		const allowed = listIn(choice.tools).filter(isObject);
		const toolChoice = { type: choice.mode === "required" ? "required" : "auto" } as const;
		return { tools: tools.filter((tool) => allowed.some((one) => isNamed(tool, one))), toolChoice };
	}
	const name = textIn(choice.name) || textIn(choice.type);
	return { tools, toolChoice: { type: "tool", ...namespaceIn(choice), name } };
}

/** A whole namespace may be named. */
function isNamed(tool: Tool, given: Json): boolean {
	const name = textIn(given.name) || textIn(given.type);
	if (given.type === "namespace") return tool.namespace === name;
	return tool.name === name && tool.namespace === namespaceIn(given).namespace;
}

function readFormat(format: unknown): ResponseFormat | undefined {
	if (!isObject(format)) return undefined;
	if (format.type === "text") return { type: "text" };
	if (format.type === "json_object") return { type: "json" };
	if (format.type !== "json_schema") return undefined;
	return {
		type: "schema",
		name: textIn(format.name) || "answer",
		schema: isObject(format.schema) ? format.schema : {},
		...(typeof format.strict === "boolean" ? { isStrict: format.strict } : {}),
		...(typeof format.description === "string" ? { description: format.description } : {}),
	};
}

function readLogprobs({ include, top_logprobs: top }: Json): ChatRequest["logprobs"] {
	return listIn(include).includes(logprobsName) || numberIn(top) ? { top: numberIn(top) ?? 0 } : undefined;
}

/** Without those that say no more than is done anyway. */
function extensionsOf(body: Json): Json {
	const { text, store, background, include, ...rest } = body;
	const extensions: Json = {};
	for (const [name, value] of Object.entries(rest))
		if (!known.has(name) && (value ?? undefined) !== undefined) extensions[name] = value;
	if (store === true) extensions.store = store;
	// Reasoning that comes back is given in any case.
	const included = listIn(include).filter((name) => name !== "reasoning.encrypted_content" && name !== logprobsName);
	if (included.length > 0) extensions.include = included;
	if (isObject(text) && (text.verbosity ?? undefined) !== undefined) extensions["text.verbosity"] = text.verbosity;
	return extensions;
}
