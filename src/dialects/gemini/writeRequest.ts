/** Requests of Gemini's generateContent, out of the neutral model. */
import { instructs } from "../../chat/instructions.js";
import type { ChatRequest, Part, ResponseFormat, Tool, ToolChoice } from "../../chat/request.js";
import type { Json } from "../dialect.js";
import { dropCitable, dropMembers, dropVendors } from "../losses.js";
import { withoutUndefined } from "../openai/members.js";
import { dialectName as openaiChat } from "../openaiChat/name.js";
import type { Dropped } from "./losses.js";
import { carried, writeModalities } from "./modalities.js";
import { dialectName } from "./name.js";
import { noSignature, writePart, writeResult } from "./parts.js";
import { configPrefix } from "./request.js";
import { toGoogle } from "./schema.js";
import { writeThinking } from "./thinking.js";

/** Models that refuse calls without a signature in the history. */
const signing = /gemini-([3-9]|\d\d)/;

/** Google takes no more. */
const mostStops = 5;

/** The body alone: the model, and whether the answer is a stream, stand in the path. */
export function writeRequest(request: ChatRequest, dropped: Dropped): Json {
	const { model = "" } = request;
	const isOwn = request.dialect === dialectName;
	if (!isOwn) dropMembers(request, dropped, carried);
	dropCitable(request, dropped);
	if (request.metadata !== undefined) dropped.add("metadata");
	if (request.user !== undefined) dropped.add("user");
	if (request.mayCallInParallel === false && request.tools.length > 0) dropped.add("mayCallInParallel");
	const { system, contents } = writeContents(request, signing.test(model), dropped);
	const own = isOwn ? splitExtensions(request.extensions) : { body: {}, config: {} };
	const config = writeConfig(request, own.config, dropped);
	const tools = writeTools(request.tools, dropped);
	const calling = tools === undefined ? undefined : writeToolChoice(request.toolChoice);
	return withoutUndefined({
		contents,
		systemInstruction: system.length > 0 ? { parts: system } : undefined,
		tools,
		toolConfig: calling && { functionCallingConfig: calling },
		generationConfig: Object.keys(config).length > 0 ? config : undefined,
		...own.body,
	});
}

function splitExtensions(extensions: Readonly<Json>): { body: Json; config: Json } {
	const all = Object.entries(extensions);
	const config = all
		.filter(([name]) => name.startsWith(configPrefix))
		.map(([name, value]) => [name.slice(configPrefix.length), value]);
	return {
		body: Object.fromEntries(all.filter(([name]) => !name.startsWith(configPrefix))),
		config: Object.fromEntries(config),
	};
}

function writeConfig(request: ChatRequest, own: Json, dropped: Dropped): Json {
	const { sampling, stop, n, logprobs, responseFormat } = request;
	const stops = stop.filter((sequence) => sequence !== "");
	if (stops.length > mostStops) dropped.add("stop");
	return withoutUndefined({
		temperature: sampling.temperature,
		topP: sampling.topP,
		topK: sampling.topK,
		frequencyPenalty: sampling.frequencyPenalty || undefined,
		presencePenalty: sampling.presencePenalty || undefined,
		seed: sampling.seed,
		maxOutputTokens: request.maxOutputTokens,
		stopSequences: stops.length > 0 ? stops.slice(0, mostStops) : undefined,
		candidateCount: n === 1 ? undefined : n,
		responseLogprobs: logprobs && true,
		logprobs: logprobs?.top || undefined,
		...writeFormat(responseFormat),
		...(request.dialect === openaiChat ? writeModalities(request.extensions, dropped) : {}),
		thinkingConfig: writeThinking(request.reasoning, request.model ?? "", dropped),
		...own,
	});
}

function writeFormat(format: ResponseFormat | undefined): Json {
	if (format === undefined || format.type === "text") return {};
	const responseMimeType = "application/json";
	if (format.type === "json") return { responseMimeType };
	const responseSchema = toGoogle(format.schema);
	return responseSchema === undefined
		? { responseMimeType, responseJsonSchema: format.schema }
		: { responseMimeType, responseSchema };
}

function writeTools(tools: readonly Tool[], dropped: Dropped): Json[] | undefined {
	const written: Json[] = [];
	const functions: Json[] = [];
	for (const tool of tools) {
		const { opaque, cache } = tool;
		if (cache !== undefined) dropped.add("cache");
		if (dropVendors(tool, dialectName, dropped) === undefined) continue;
		if (opaque?.dialect === dialectName) written.push(opaque.value as Json);
		else functions.push(writeFunction(tool));
	}
	if (functions.length > 0) written.unshift({ functionDeclarations: functions });
	return written.length > 0 ? written : undefined;
}

function writeFunction({ name, description, parameters }: Tool): Json {
	if (parameters === undefined || isEmpty(parameters)) return withoutUndefined({ name, description });
	const schema = toGoogle(parameters);
	return withoutUndefined({
		name,
		description,
		...(schema === undefined ? { parametersJsonSchema: parameters } : { parameters: schema }),
	});
}

/** It takes nothing, which Google wants to be left unsaid. */
function isEmpty({ properties = {}, type = "object", ...others }: Json): boolean {
	const isPlain = !Object.keys(others).some((name) => !["$schema", "additionalProperties", "required"].includes(name));
	return type === "object" && isPlain && Object.keys(properties as Json).length === 0;
}

function writeToolChoice(choice: ToolChoice | undefined): Json | undefined {
	if (choice === undefined) return undefined;
	switch (choice.type) {
		case "tool":
			return { mode: "ANY", allowedFunctionNames: [choice.name] };
		case "required":
			return { mode: "ANY" };
		default:
			return { mode: choice.type.toUpperCase() };
	}
}

interface Turn {
	readonly role: "user" | "model";
	readonly results: Json[];
	readonly parts: Json[];
}

/** Says that something comes before an answer that stands first, since the user must begin. */
const opening = "(The conversation begins.)";

interface Contents {
	readonly system: Json[];
	readonly contents: Json[];
}

/** Instructions from anywhere go before the conversation; neighbours of one role become one content, results of tools first. */
function writeContents({ messages }: ChatRequest, isSigned: boolean, dropped: Dropped): Contents {
	const system: Json[] = [];
	const turns: Turn[] = [];
	const names = new Map<string, string>();
	for (const { role, parts, name } of messages) {
		if (name !== undefined) dropped.add("name");
		const own = role === "assistant" ? "model" : "user";
		if (instructs({ role })) {
			for (const part of parts) push(system, writePart(noted(part, dropped), dropped));
			continue;
		}
		if (turns.at(-1)?.role !== own) turns.push({ role: own, results: [], parts: [] });
		const turn = turns.at(-1) as Turn;
		for (const part of parts) writeInto(turn, noted(part, dropped), names, dropped);
	}
	const contents = turns
		.map(({ role, results, parts }) => ({ role, parts: [...results, ...parts] }))
		.filter(({ parts }) => parts.length > 0);
	if (contents[0]?.role !== "user") contents.unshift({ role: "user", parts: [{ text: opening }] });
	if (isSigned) for (const { role, parts } of contents) if (role === "model") sign(parts);
	return { system, contents };
}

function noted(part: Part, dropped: Dropped): Part {
	if ("cache" in part && part.cache !== undefined) dropped.add("cache");
	return part;
}

/** @param names of the calls so far, by their ids: a result has to name its function */
function writeInto(turn: Turn, part: Part, names: Map<string, string>, dropped: Dropped): void {
	if (part.type === "tool_result") {
		const [result, ...shown] = writeResult(part, names.get(part.id) || part.id || "function", dropped);
		push(turn.results, result);
		turn.parts.push(...shown);
		return;
	}
	if (part.type === "tool_call") names.set(part.id, part.name);
	push(turn.parts, writePart(part, dropped));
}

function push(list: Json[], part: Json | undefined): void {
	if (part !== undefined) list.push(part);
}

/** Of the calls of one turn the first has to be signed. */
function sign(parts: Json[]): void {
	const first = parts.findIndex(({ functionCall }) => functionCall !== undefined);
	const part = parts[first];
	if (part !== undefined && part.thoughtSignature === undefined)
		parts[first] = { ...part, thoughtSignature: noSignature };
}
