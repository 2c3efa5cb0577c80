/** Requests of Ollama's chat, out of the neutral model. */
import type { ChatRequest, Message, Part, ReasoningRequest, ResponseFormat, Tool } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { Json } from "../dialect.js";
import { dropCitable, dropNames } from "../losses.js";
import { optionPrefix } from "../ollama/members.js";
import { writeFunctionTool } from "../openai/functionTool.js";
import { withoutUndefined } from "../openai/members.js";
import { textOfFile } from "../openai/source.js";
import { dialectName } from "./name.js";

export function writeRequest(request: ChatRequest, dropped: Set<string>): Json {
	const { sampling, stop, toolChoice, extensions, n, logprobs } = request;
	const { options: given, keep_alive: keepAlive, ...others } = extensions;
	const named = Object.entries(others).filter(([name]) => name.startsWith(optionPrefix));
	for (const name in others) if (!name.startsWith(optionPrefix)) dropped.add(name);
	if (n > 1) dropped.add("n");
	dropCitable(request, dropped);
	dropNames(request, dropped);
	for (const name of ["user", "metadata"] as const) if (request[name] !== undefined) dropped.add(name);
	if (toolChoice?.type === "required" || toolChoice?.type === "tool") dropped.add("toolChoice");
	if (request.mayCallInParallel === false) dropped.add("mayCallInParallel");
	const tools = offered(request)
		.map((tool) => writeFunctionTool(tool, dialectName, dropped))
		.filter((tool) => tool !== undefined);
	const options = withoutUndefined({
		num_predict: request.maxOutputTokens,
		temperature: sampling.temperature,
		top_p: sampling.topP,
		top_k: sampling.topK,
		frequency_penalty: sampling.frequencyPenalty,
		presence_penalty: sampling.presencePenalty,
		seed: sampling.seed,
		stop: stop.length > 0 ? stop : undefined,
		...(isObject(given) ? given : {}),
		...Object.fromEntries(named.map(([name, value]) => [name.slice(optionPrefix.length), value])),
	});
	return withoutUndefined({
		model: request.model,
		messages: request.messages.flatMap((message) => writeMessage(message, request, dropped)),
		tools: tools.length > 0 ? tools : undefined,
		format: writeFormat(request.responseFormat),
		logprobs: logprobs && true,
		top_logprobs: logprobs?.top || undefined,
		think: writeThink(request.reasoning),
		// Ollama streams where it is not told otherwise.
		stream: request.isStream,
		keep_alive: keepAlive,
		options: Object.keys(options).length > 0 ? options : undefined,
	});
}

/** No tool may be called where none is offered, and a forced one is one among one. */
function offered({ tools, toolChoice }: ChatRequest): readonly Tool[] {
	if (toolChoice?.type === "none") return [];
	return toolChoice?.type === "tool" ? tools.filter(({ name }) => name === toolChoice.name) : tools;
}

function writeThink(reasoning: ReasoningRequest | undefined): boolean | string | undefined {
	const { effort, budgetTokens } = reasoning ?? {};
	if (effort === "none") return false;
	if (effort === "minimal") return "low";
	if (effort === "low" || effort === "medium" || effort === "high") return effort;
	return effort !== undefined ? "high" : budgetTokens !== undefined ? true : undefined;
}

function writeFormat(format: ResponseFormat | undefined): unknown {
	if (format?.type === "json") return "json";
	return format?.type === "schema" ? format.schema : undefined;
}

function writeMessage({ role, parts }: Message, { messages }: ChatRequest, dropped: Set<string>): Json[] {
	const results = parts.filter((part) => part.type === "tool_result");
	const others = parts.filter((part) => part.type !== "tool_result");
	const written: Json[] = results.map((result) => {
		if (result.isError) dropped.add("isError");
		const name = nameOfCall(result.id, messages);
		return { role: "tool", ...withoutUndefined({ tool_name: name }), ...contentOf(result.parts, dropped) };
	});
	if (others.length === 0 && results.length > 0) return written;
	const own = role === "developer" ? "system" : role === "tool" ? "user" : role;
	const calls = others.filter((part) => part.type === "tool_call");
	const thoughts = others.filter((part) => part.type === "reasoning").map(({ text }) => text);
	const message = {
		role: own,
		...contentOf(
			others.filter(({ type }) => type !== "tool_call" && type !== "reasoning"),
			dropped,
		),
		...(thoughts.some((text) => text !== "") ? { thinking: thoughts.join("") } : {}),
		...(calls.length === 0
			? {}
			: {
					tool_calls: calls.map(({ name, arguments: text }) => ({
						function: { name, arguments: parseObject(text) ?? {} },
					})),
				}),
	};
	return [...written, message];
}

function contentOf(parts: readonly Part[], dropped: Set<string>): Json {
	const texts: string[] = [];
	const images: string[] = [];
	for (const part of parts) {
		if (part.type === "text" || part.type === "refusal") texts.push(part.text);
		else if (part.type === "file" && textOfFile(part) !== undefined) texts.push(textOfFile(part) ?? "");
		else if (part.type === "image" && "data" in part.source) images.push(part.source.data);
		else dropped.add(part.type);
	}
	return { content: texts.join(""), ...(images.length > 0 ? { images } : {}) };
}

/** Results name their tool, whose name stands with the call. */
function nameOfCall(id: string, messages: readonly Message[]): string | undefined {
	for (const { parts } of messages)
		for (const part of parts) if (part.type === "tool_call" && part.id === id) return part.name;
	return undefined;
}
