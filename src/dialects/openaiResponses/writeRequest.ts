/** Requests out of the neutral model, as requests of OpenAI's responses. */
import type { ChatRequest, Message, Part, ResponseFormat, Tool, ToolChoice } from "../../chat/request.js";
import { isVendors } from "../../chat/tools/unfolding.js";
import type { Json } from "../dialect.js";
import { dropCitable, dropMembers, dropNames, dropPart } from "../losses.js";
import { listIn } from "../openai/choice.js";
import { withoutUndefined } from "../openai/members.js";
import type { Dropped } from "./losses.js";
import { dialectName } from "./name.js";
import { writeInputParts } from "./parts.js";
import { logprobsName } from "./request.js";
import { writeTools } from "./tools.js";

/** Members that OpenAI's chat completions have under the same name. */
const shared: ReadonlySet<string> = new Set([
	"prompt_cache_key",
	"prompt_cache_retention",
	"safety_identifier",
	"service_tier",
]);

const carried = new Set([...shared, "verbosity"]);

export function writeRequest(request: ChatRequest, dropped: Dropped): Json {
	const { sampling, reasoning, responseFormat, isStream } = request;
	noteLosses(request, dropped);
	const tools = writeTools(request.tools, dropped);
	const verbosity = request.extensions.verbosity ?? request.extensions["text.verbosity"];
	const isAsked = tools.length > 0;
	return withoutUndefined({
		model: request.model,
		input: writeItems(request.messages, dropped),
		tools: isAsked ? tools : undefined,
		tool_choice: isAsked ? writeToolChoice(request.toolChoice, request.tools) : undefined,
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
		...writeLogprobs(request),
	});
}

function writeLogprobs({ dialect, logprobs, extensions }: ChatRequest): Json {
	if (logprobs === undefined) return {};
	const include = [...(dialect === dialectName ? listIn(extensions.include) : []), logprobsName];
	return { include, ...(logprobs.top > 0 ? { top_logprobs: logprobs.top } : {}) };
}

function carriedOf({ dialect, extensions }: ChatRequest): Json {
	const entries = Object.entries(extensions).filter(([name]) => name !== "text.verbosity");
	return Object.fromEntries(entries.filter(([name]) => dialect === dialectName || shared.has(name)));
}

function noteLosses(request: ChatRequest, dropped: Dropped): void {
	const { sampling, stop, n } = request;
	if (request.dialect !== dialectName) dropMembers(request, dropped, carried);
	if (sampling.topK !== undefined) dropped.add("topK");
	if (sampling.seed !== undefined) dropped.add("seed");
	if (sampling.frequencyPenalty) dropped.add("frequencyPenalty");
	if (sampling.presencePenalty) dropped.add("presencePenalty");
	if (stop.length > 0) dropped.add("stop");
	if (n > 1) dropped.add("n");
	dropCitable(request, dropped);
	dropNames(request, dropped);
}

function writeItems(messages: readonly Message[], dropped: Dropped): Json[] {
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
	dropped: Dropped,
): Json[] {
	const items: Json[] = [];
	const content: Part[] = [];
	for (const part of parts) {
		if (part.type !== "tool_result") content.push(part);
		else {
			const type = custom.has(part.id) ? "custom_tool_call_output" : "function_call_output";
			if (part.isError) dropped.add("isError");
			if (part.cache !== undefined) dropped.add("cache");
			items.push({ type, call_id: part.id, output: writeOutput(part.parts, dropped) });
		}
	}
	const written = writeInputParts(content, dropped);
	if (written.length > 0) items.push({ type: "message", role: role === "tool" ? "user" : role, content: written });
	return items;
}

function writeOutput(parts: readonly Part[], dropped: Dropped): unknown {
	const isText = parts.every(({ type }) => type === "text");
	return isText
		? parts.map((part) => (part.type === "text" ? part.text : "")).join("")
		: writeInputParts(parts, dropped);
}

/** The model's own output, item by item. */
function writeAnswer(parts: readonly Part[], custom: Set<string>, dropped: Dropped): Json[] {
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
				const { id, name, namespace } = part;
				const named = namespace === undefined ? { call_id: id, name } : { call_id: id, namespace, name };
				if (part.callType === "custom") {
					custom.add(id);
					items.push({ type: "custom_tool_call", ...named, input: part.arguments });
				} else items.push({ type: "function_call", ...named, arguments: part.arguments });
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
				else dropPart(part, dropped);
				break;
			default:
				dropPart(part, dropped);
		}
	}
	return items;
}

export function writeToolChoice(choice: ToolChoice | undefined, tools: readonly Tool[]): unknown {
	if (choice?.type !== "tool") return choice?.type;
	const { name, namespace } = choice;
	const tool = tools.find((one) => one.name === name && one.namespace === namespace);
	if (tool !== undefined && isVendors(tool)) return { type: name };
	const type = tool?.custom === undefined ? "function" : "custom";
	return { type, ...(namespace === undefined ? {} : { namespace }), name };
}

export function writeFormat(format: ResponseFormat | undefined): Json | undefined {
	if (format === undefined) return undefined;
	if (format.type !== "schema") return { type: format.type === "json" ? "json_object" : "text" };
	const { name, schema, isStrict, description } = format;
	return withoutUndefined({ type: "json_schema", name, description, schema, strict: isStrict });
}
