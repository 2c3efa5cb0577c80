/** Requests of Cohere's chat, out of the neutral model. */
import { instructs } from "../../chat/instructions.js";
import type { ChatRequest, Message, Part, ReasoningRequest, ResponseFormat } from "../../chat/request.js";
import type { Json } from "../dialect.js";
import { dropCitable, dropNames, ownMembersOf } from "../losses.js";
import { writeFunctionTool } from "../openai/functionTool.js";
import { withoutUndefined } from "../openai/members.js";
import { textOfFile, urlOf } from "../openai/source.js";
import { dialectName } from "./name.js";

/** Cohere's own members, which a client of chat completions may send beside the usual ones. */
const ownMembers = new Set(["documents", "citation_options", "safety_mode", "strict_tools", "priority"]);

export function writeRequest(request: ChatRequest, dropped: Set<string>): Json {
	const { sampling, toolChoice, stop, n } = request;
	// A forced tool is one among one.
	const offered =
		toolChoice?.type === "tool" ? request.tools.filter(({ name }) => name === toolChoice.name) : request.tools;
	const tools = offered
		.map((tool) => writeFunctionTool(tool, dialectName, dropped))
		.filter((tool) => tool !== undefined);
	if (n > 1) dropped.add("n");
	if (request.user !== undefined) dropped.add("user");
	if (request.metadata !== undefined) dropped.add("metadata");
	if (request.logprobs?.top) dropped.add("topLogprobs");
	dropCitable(request, dropped);
	dropNames(request, dropped);
	if (request.mayCallInParallel === false) dropped.add("mayCallInParallel");
	const isStrict = offered.some((tool) => tool.isStrict) ? true : undefined;
	return withoutUndefined({
		model: request.model,
		messages: request.messages.flatMap((message) => writeMessage(message, dropped)),
		tools: tools.length > 0 ? tools : undefined,
		strict_tools: tools.length > 0 ? isStrict : undefined,
		tool_choice: tools.length > 0 ? writeToolChoice(toolChoice) : undefined,
		response_format: writeFormat(request.responseFormat),
		max_tokens: request.maxOutputTokens,
		temperature: sampling.temperature,
		p: sampling.topP,
		k: sampling.topK,
		frequency_penalty: sampling.frequencyPenalty,
		presence_penalty: sampling.presencePenalty,
		seed: sampling.seed,
		stop_sequences: stop.length > 0 ? stop : undefined,
		logprobs: request.logprobs && true,
		thinking: writeThinking(request.reasoning),
		// Cohere streams only where it is told to.
		stream: request.isStream,
		...ownMembersOf(request.extensions, ownMembers, dropped),
	});
}

function writeThinking(reasoning: ReasoningRequest | undefined): Json | undefined {
	if (reasoning?.effort === "none") return { type: "disabled" };
	if (reasoning?.budgetTokens !== undefined) return { type: "enabled", token_budget: reasoning.budgetTokens };
	return reasoning?.effort === undefined ? undefined : { type: "enabled" };
}

function writeToolChoice(choice: ChatRequest["toolChoice"]): string | undefined {
	if (choice === undefined || choice.type === "auto") return undefined;
	return choice.type === "none" ? "NONE" : "REQUIRED";
}

function writeFormat(format: ResponseFormat | undefined): Json | undefined {
	if (format === undefined || format.type === "text") return undefined;
	return { type: "json_object", ...(format.type === "schema" ? { json_schema: format.schema } : {}) };
}

function writeMessage({ role, parts }: Message, dropped: Set<string>): Json[] {
	if (role === "assistant") return [writeAssistant(parts, dropped)];
	const results = parts.filter((part) => part.type === "tool_result");
	const others = parts.filter((part) => part.type !== "tool_result");
	const messages: Json[] = [];
	/** A tool's message holds text alone; what it has shown is said by the user. */
	const shown: Part[] = [];
	for (const result of results) {
		const texts = result.parts.filter(({ type }) => type === "text");
		shown.push(...result.parts.filter(({ type }) => type !== "text"));
		messages.push({ role: "tool", tool_call_id: result.id, content: textOf(texts) });
		if (result.isError) dropped.add("isError");
	}
	const said = [...shown, ...others];
	if (said.length === 0 && results.length > 0) return messages;
	const isSystem = instructs({ role });
	messages.push({ role: isSystem ? "system" : "user", content: writeContent(said, dropped) });
	return messages;
}

/** Reasoning before calls is the plan for them. */
function writeAssistant(parts: readonly Part[], dropped: Set<string>): Json {
	const calls = parts.filter((part) => part.type === "tool_call");
	const thoughts = parts.filter((part) => part.type === "reasoning").map(({ text }) => text);
	const said = parts.filter(({ type }) => type !== "tool_call" && type !== "reasoning");
	const plan = calls.length > 0 ? thoughts.join("") : "";
	if (thoughts.length > 0 && plan === "") dropped.add("reasoning");
	const content = writeContent(said, dropped);
	return {
		role: "assistant",
		...(said.length > 0 || calls.length === 0 ? { content } : {}),
		...(plan === "" ? {} : { tool_plan: plan }),
		...(calls.length === 0
			? {}
			: {
					tool_calls: calls.map(({ id, name, arguments: text }) => ({
						id,
						type: "function",
						function: { name, arguments: text || "{}" },
					})),
				}),
	};
}

function writeContent(parts: readonly Part[], dropped: Set<string>): unknown {
	if (parts.every(({ type }) => type === "text" || type === "refusal")) return textOf(parts);
	return parts.map((part) => writePart(part, dropped)).filter((part) => part !== undefined);
}

function writePart(part: Part, dropped: Set<string>): Json | undefined {
	if (part.type === "text" || part.type === "refusal") return { type: "text", text: part.text };
	const text = part.type === "file" ? textOfFile(part) : undefined;
	if (text !== undefined) return { type: "text", text };
	const url = part.type === "image" ? urlOf(part.source) : undefined;
	if (part.type === "image" && url !== undefined)
		return { type: "image_url", image_url: withoutUndefined({ url, detail: part.detail }) };
	dropped.add(part.type);
	return undefined;
}

function textOf(parts: readonly Part[]): string {
	return parts.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join("");
}
