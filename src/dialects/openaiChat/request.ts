/** Requests of OpenAI's chat completions: into the neutral model, and out of it. */

import type { ChatRequest, Message, Part, ReasoningRequest, ResponseFormat, ToolCall } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { dropCitable, dropMembers, dropPart } from "../losses.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";
import { sourceOf, textOfFile, urlOf } from "../openai/source.js";
import { readToolCall } from "../openai/toolCall.js";
import { asOpenAiTakesIt } from "./foreign.js";
import type { Dropped } from "./losses.js";
import { dialectName } from "./name.js";
import { readTools, writeTool, writeToolChoice } from "./tools.js";

/** Members that the neutral model has; all others are extensions. */
const known = new Set([
	"model",
	"messages",
	"tools",
	"functions",
	"tool_choice",
	"function_call",
	"parallel_tool_calls",
	"response_format",
	"max_tokens",
	"max_completion_tokens",
	"temperature",
	"top_p",
	"top_k",
	"frequency_penalty",
	"presence_penalty",
	"seed",
	"stop",
	"reasoning_effort",
	"logprobs",
	"top_logprobs",
	"n",
	"stream",
	"stream_options",
	"metadata",
	"user",
]);

export function readRequest(body: Json): ChatRequest {
	const { stream_options: options } = body;
	return {
		dialect: dialectName,
		model: textIn(body.model) || undefined,
		messages: listIn(body.messages).filter(isObject).map(readMessage),
		...readTools(body),
		mayCallInParallel: typeof body.parallel_tool_calls === "boolean" ? body.parallel_tool_calls : undefined,
		responseFormat: readFormat(body.response_format),
		maxOutputTokens: numberIn(body.max_completion_tokens) ?? numberIn(body.max_tokens),
		sampling: {
			temperature: numberIn(body.temperature),
			topP: numberIn(body.top_p),
			topK: numberIn(body.top_k),
			frequencyPenalty: numberIn(body.frequency_penalty),
			presencePenalty: numberIn(body.presence_penalty),
			seed: numberIn(body.seed),
		},
		stop: typeof body.stop === "string" ? [body.stop] : listIn(body.stop).map(textIn),
		reasoning: readReasoning(body.reasoning_effort),
		logprobs: body.logprobs === true ? { top: numberIn(body.top_logprobs) ?? 0 } : undefined,
		n: numberIn(body.n) ?? 1,
		isStream: body.stream === true,
		wantsUsage: isObject(options) && options.include_usage === true,
		metadata: isObject(body.metadata) ? (body.metadata as Record<string, string>) : undefined,
		user: textIn(body.user) || undefined,
		extensions: Object.fromEntries(Object.entries(body).filter(([name]) => !known.has(name))),
	};
}

/** Members that OpenAI's own API and compatible servers take. */
export function writeRequest(given: ChatRequest, dropped: Dropped): Json {
	const request = given.dialect === dialectName ? given : asOpenAiTakesIt(given, dropped);
	const { sampling, isStream, wantsUsage } = request;
	if (request.dialect !== dialectName) dropMembers(request, dropped);
	dropCitable(request, dropped);
	const tools = request.tools.map((tool) => writeTool(tool, dropped)).filter((tool) => tool !== undefined);
	return withoutUndefined({
		model: request.model,
		messages: request.messages.flatMap((message) => writeMessage(message, dropped)),
		tools: tools.length > 0 ? tools : undefined,
		tool_choice: tools.length > 0 ? writeToolChoice(request.toolChoice, request.tools) : undefined,
		parallel_tool_calls: tools.length > 0 ? request.mayCallInParallel : undefined,
		response_format: writeFormat(request.responseFormat),
		max_tokens: request.maxOutputTokens,
		temperature: sampling.temperature,
		top_p: sampling.topP,
		top_k: sampling.topK,
		frequency_penalty: sampling.frequencyPenalty,
		presence_penalty: sampling.presencePenalty,
		seed: sampling.seed,
		stop: request.stop.length > 0 ? request.stop : undefined,
		reasoning_effort: request.reasoning?.effort,
		logprobs: request.logprobs && true,
		top_logprobs: request.logprobs?.top || undefined,
		n: request.n === 1 ? undefined : request.n,
		stream: isStream || undefined,
		stream_options: isStream && wantsUsage ? { include_usage: true } : undefined,
		metadata: request.metadata,
		user: request.user,
		...(request.dialect === dialectName ? request.extensions : {}),
	});
}

function readMessage(message: Json): Message {
	const { role, content, refusal, name } = message;
	const parts = readContent(content);
	const named = typeof name === "string" ? { name } : {};
	if (role === "tool" || role === "function") {
		const id = textIn(message.tool_call_id) || textIn(name);
		return { role: "tool", parts: [{ type: "tool_result", id, parts }] };
	}
	if (role !== "assistant") return { role: role === "system" || role === "developer" ? role : "user", parts, ...named };
	const reasoning = textIn(message.reasoning_content) || textIn(message.reasoning);
	return {
		role,
		parts: [
			...(reasoning === "" ? [] : [{ type: "reasoning", text: reasoning } as const]),
			...parts,
			...(typeof refusal === "string" && refusal !== "" ? [{ type: "refusal", text: refusal } as const] : []),
			...listIn(message.tool_calls).filter(isObject).map(readToolCall),
			// Its result names the function in place of an id.
			...(isObject(message.function_call)
				? [readToolCall({ id: message.function_call.name, function: message.function_call })]
				: []),
		],
		...named,
	};
}

function readContent(content: unknown): Part[] {
	if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
	return listIn(content).map(readPart);
}

function readPart(part: unknown): Part {
	if (typeof part === "string") return { type: "text", text: part };
	const opaque: Part = { type: "opaque", dialect: dialectName, value: part };
	if (!isObject(part)) return opaque;
	const hint = isObject(part.cache_control) ? { cache: part.cache_control } : {};
	switch (part.type) {
		case "text":
			return typeof part.text === "string" ? { type: "text", text: part.text, ...hint } : opaque;
		case "refusal":
			return { type: "refusal", text: textIn(part.refusal) };
		case "image_url": {
			const image = isObject(part.image_url) ? part.image_url : { url: part.image_url };
			if (typeof image.url !== "string") return opaque;
			return { type: "image", source: sourceOf(image.url), detail: textIn(image.detail) || undefined, ...hint };
		}
		case "input_audio": {
			const audio = isObject(part.input_audio) ? part.input_audio : {};
			return { type: "audio", data: textIn(audio.data), format: textIn(audio.format), ...hint };
		}
		case "file": {
			const file = isObject(part.file) ? part.file : {};
			const source = typeof file.file_id === "string" ? { fileId: file.file_id } : sourceOf(textIn(file.file_data));
			return { type: "file", source, name: textIn(file.filename) || undefined, ...hint };
		}
		default:
			return opaque;
	}
}

function readFormat(format: unknown): ResponseFormat | undefined {
	if (!isObject(format)) return undefined;
	if (format.type === "text") return { type: "text" };
	if (format.type === "json_object") return { type: "json" };
	const { json_schema: described } = format;
	if (!isObject(described)) return undefined;
	return {
		type: "schema",
		name: textIn(described.name) || "answer",
		schema: isObject(described.schema) ? described.schema : {},
		...(typeof described.strict === "boolean" ? { isStrict: described.strict } : {}),
		...(typeof described.description === "string" ? { description: described.description } : {}),
	};
}

function readReasoning(effort: unknown): ReasoningRequest | undefined {
	return typeof effort === "string" ? { effort } : undefined;
}

function writeMessage({ role, parts: given, name }: Message, dropped: Dropped): Json[] {
	const parts = given.filter((part) => isWritable(part, dropped));
	if (parts.length === 0 && given.length > 0) return [];
	const named = name === undefined ? {} : { name };
	if (role === "assistant") return [{ role, ...writeAnswer(parts, dropped), ...named }];
	const results = parts.filter((part) => part.type === "tool_result");
	const others = parts.filter((part) => part.type !== "tool_result");
	const messages: Json[] = [];
	const shown: Part[] = [];
	for (const result of results) {
		const texts = result.parts.filter(({ type }) => type === "text");
		messages.push({ role: "tool", tool_call_id: result.id, content: writeContent(texts, dropped) });
		// A tool's message holds text alone; what it has shown is said by the user.
		shown.push(...result.parts.filter(({ type }) => type !== "text"));
	}
	if (others.length + shown.length > 0 || results.length === 0)
		messages.push({
			role: role === "tool" ? "user" : role,
			content: writeContent([...shown, ...others], dropped),
			...named,
		});
	return messages;
}

/** Another dialect's own part is left out, and a message of nothing else with it. */
function isWritable(part: Part, dropped: Dropped): boolean {
	const isForeign = part.type === "opaque" && part.dialect !== dialectName;
	if (isForeign) dropPart(part, dropped);
	return !isForeign;
}

/** The members of an assistant's message. */
export function writeAnswer(parts: readonly Part[], dropped: Dropped): Json {
	const calls = parts.filter((part) => part.type === "tool_call");
	const reasoning = parts.filter((part) => part.type === "reasoning").map(({ text }) => text);
	const refusal = parts.filter((part) => part.type === "refusal").map(({ text }) => text);
	const own = new Set(["tool_call", "reasoning", "refusal"]);
	const said = parts.filter((part) => !own.has(part.type) && isWritable(part, dropped));
	const isAllText = said.every((part) => part.type === "text" && part.cache === undefined);
	const text = said.map((part) => (part.type === "text" ? part.text : "")).join("");
	return {
		content: said.length === 0 ? null : isAllText ? text : writeContent(said, dropped),
		...(refusal.length > 0 ? { refusal: refusal.join("") } : {}),
		...(reasoning.some((thought) => thought !== "") ? { reasoning_content: reasoning.join("") } : {}),
		...(calls.length > 0 ? { tool_calls: calls.map(writeCall) } : {}),
	};
}

function writeCall({ id, callType, name, arguments: text }: ToolCall): Json {
	return callType === "custom"
		? { id, type: "custom", custom: { name, input: text } }
		: { id, type: "function", function: { name, arguments: text } };
}

function writeContent(parts: readonly Part[], dropped: Dropped): unknown {
	const [only] = parts;
	if (parts.length === 0) return "";
	if (parts.length === 1 && only?.type === "text" && only.cache === undefined) return only.text;
	return parts.map((part) => writePart(part, dropped)).filter((part) => part !== undefined);
}

function writePart(part: Part, dropped: Dropped): unknown {
	const hint = "cache" in part && part.cache !== undefined ? { cache_control: part.cache } : {};
	switch (part.type) {
		case "text":
			return { type: "text", text: part.text, ...hint };
		case "image": {
			const url = urlOf(part.source);
			if (url === undefined) break;
			const detail = part.detail === undefined ? {} : { detail: part.detail };
			return { type: "image_url", image_url: { url, ...detail }, ...hint };
		}
		case "audio":
			return { type: "input_audio", input_audio: { data: part.data, format: part.format }, ...hint };
		case "file": {
			const { source, name } = part;
			if ("url" in source) break;
			const text = textOfFile(part);
			if (text !== undefined) return { type: "text", text, ...hint };
			const named = name === undefined ? {} : { filename: name };
			const file = "fileId" in source ? { file_id: source.fileId } : { file_data: urlOf(source), ...named };
			return { type: "file", file, ...hint };
		}
		case "opaque":
			return isWritable(part, dropped) ? part.value : undefined;
	}
	return dropPart(part, dropped);
}

function writeFormat(format: ResponseFormat | undefined): Json | undefined {
	if (format === undefined) return undefined;
	if (format.type !== "schema") return { type: format.type === "json" ? "json_object" : "text" };
	const { name, schema, isStrict, description } = format;
	return { type: "json_schema", json_schema: withoutUndefined({ name, description, schema, strict: isStrict }) };
}
