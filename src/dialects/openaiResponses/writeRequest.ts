/** Requests out of the neutral model, as requests of OpenAI's responses. */
import type { ChatRequest, Message, Part, ResponseFormat, ToolChoice } from "../../chat/request.js";
import type { Json } from "../dialect.js";
import { withoutUndefined } from "../openai/members.js";
import { dialectName } from "./name.js";
import { writeInputParts } from "./parts.js";
import { writeTools } from "./tools.js";

/** Members that OpenAI's chat completions have under the same name. */
const shared = new Set(["prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier"]);

export function writeRequest(request: ChatRequest, dropped: Set<string>): Json {
	const { sampling, reasoning, responseFormat, isStream } = request;
	noteLosses(request, dropped);
	const tools = writeTools(request.tools, dropped);
	const verbosity = request.extensions.verbosity ?? request.extensions["text.verbosity"];
	const isAsked = tools.length > 0;
	return withoutUndefined({
		model: request.model,
		input: writeItems(request.messages, dropped),
		tools: isAsked ? tools : undefined,
		tool_choice: isAsked ? writeToolChoice(request.toolChoice, tools) : undefined,
		parallel_tool_calls: isAsked ? request.mayCallInParallel : undefined,
		text:
			responseFormat || verbosity ? withoutUndefined({ format: writeFormat(responseFormat), verbosity }) : undefined,
		max_output_tokens: request.maxOutputTokens,
		temperature: sampling.temperature,
		top_p: sampling.topP,
		reasoning:
			reasoning?.effort || reasoning?.isShown
				? withoutUndefined({ effort: reasoning.effort, summary: reasoning.isShown ? "auto" : undefined })
				: undefined,
		stream: isStream || undefined,
		// The client's dialect keeps nothing unless it is asked to.
		store: false,
		metadata: request.metadata,
		user: request.user,
		...carriedOf(request),
	});
}

function carriedOf({ dialect, extensions }: ChatRequest): Json {
	const entries = Object.entries(extensions).filter(([name]) => name !== "text.verbosity");
	return Object.fromEntries(entries.filter(([name]) => dialect === dialectName || shared.has(name)));
}

function noteLosses({ dialect, extensions, sampling, stop, n, reasoning }: ChatRequest, dropped: Set<string>): void {
	if (dialect !== dialectName)
		for (const name in extensions) if (!shared.has(name) && name !== "verbosity") dropped.add(name);
	const { topK, frequencyPenalty, presencePenalty, seed } = sampling;
	const lost = { topK, frequencyPenalty, presencePenalty, seed };
	for (const [name, value] of Object.entries(lost)) if (value !== undefined) dropped.add(name);
	if (stop.length > 0) dropped.add("stop");
	if (n > 1) dropped.add("n");
	if (reasoning?.budgetTokens !== undefined && reasoning.effort === undefined) dropped.add("reasoning.budgetTokens");
}

function writeItems(messages: readonly Message[], dropped: Set<string>): Json[] {
	/** Ids of calls of custom tools, whose results have a type of their own. */
	const custom = new Set<string>();
	return messages.flatMap(({ role, parts }) =>
		role === "assistant" ? writeAnswer(parts, custom, dropped) : writeOthers(role, parts, custom, dropped),
	);
}

function writeOthers(
	role: Message["role"],
	parts: readonly Part[],
	custom: ReadonlySet<string>,
	dropped: Set<string>,
): Json[] {
	const items: Json[] = [];
	const content: Part[] = [];
	for (const part of parts) {
		if (part.type !== "tool_result") content.push(part);
		else {
			const type = custom.has(part.id) ? "custom_tool_call_output" : "function_call_output";
			items.push({ type, call_id: part.id, output: writeOutput(part.parts, dropped) });
		}
	}
	const written = writeInputParts(content, dropped);
	if (written.length > 0) items.push({ type: "message", role: role === "tool" ? "user" : role, content: written });
	return items;
}

function writeOutput(parts: readonly Part[], dropped: Set<string>): unknown {
	const isText = parts.every(({ type }) => type === "text");
	return isText
		? parts.map((part) => (part.type === "text" ? part.text : "")).join("")
		: writeInputParts(parts, dropped);
}

/** The model's own output, item by item. */
function writeAnswer(parts: readonly Part[], custom: Set<string>, dropped: Set<string>): Json[] {
	const items: Json[] = [];
	for (const part of parts) {
		switch (part.type) {
			case "text":
				items.push({ type: "message", role: "assistant", content: [{ type: "output_text", text: part.text }] });
				break;
			case "refusal":
				items.push({ type: "message", role: "assistant", content: [{ type: "refusal", refusal: part.text }] });
				break;
			case "tool_call": {
				const { id, name } = part;
				if (part.callType === "custom") {
					custom.add(id);
					items.push({ type: "custom_tool_call", call_id: id, name, input: part.arguments });
				} else items.push({ type: "function_call", call_id: id, name, arguments: part.arguments });
				break;
			}
			case "reasoning": {
				// Without the vendor's own proof it is no reasoning to it.
				if (part.encrypted === undefined) dropped.add("reasoning");
				else {
					const summary = part.text === "" ? [] : [{ type: "summary_text", text: part.text }];
					items.push({ type: "reasoning", summary, encrypted_content: part.encrypted });
				}
				break;
			}
			case "opaque":
				if (part.dialect === dialectName) items.push(part.value as Json);
				else dropped.add(part.type);
				break;
			default:
				dropped.add(part.type);
		}
	}
	return items;
}

export function writeToolChoice(choice: ToolChoice | undefined, tools: readonly unknown[]): unknown {
	if (choice?.type !== "tool") return choice?.type;
	const isCustom = tools.some((tool) => {
		const { type, name } = tool as Json;
		return type === "custom" && name === choice.name;
	});
	return { type: isCustom ? "custom" : "function", name: choice.name };
}

export function writeFormat(format: ResponseFormat | undefined): Json | undefined {
	if (format === undefined) return undefined;
	if (format.type !== "schema") return { type: format.type === "json" ? "json_object" : "text" };
	const { name, schema, isStrict, description } = format;
	return withoutUndefined({ type: "json_schema", name, description, schema, strict: isStrict });
}
