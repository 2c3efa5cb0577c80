/** Requests that are said in the same way in every dialect: text alone, and the usual options. */
import type { ChatRequest, Message } from "../chat/request.js";
import type { Dialect, Json } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import { canonical } from "./canonical.js";

/** What all dialects that can be translated read of a request, as far as it decides the answer. */
export interface PlainRequest {
	readonly messages: readonly PlainMessage[];
	/** Everything else. */
	readonly options: Json;
}

export interface PlainMessage {
	readonly role: Message["role"];
	readonly name: string | undefined;
	readonly texts: readonly string[];
}

const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Members that the neutral request has a place for, by where they stand. A request with any other is its own dialect's, since its
 * upstream may read what the neutral request leaves out.
 */
const options = names(`
	temperature top_p top_k topP topK max_tokens max_completion_tokens max_output_tokens maxOutputTokens stop stop_sequences
	stopSequences n candidateCount seed presence_penalty frequency_penalty presencePenalty frequencyPenalty num_predict
`);
const instructions = names("system instructions systemInstruction system_instruction");
const lists = names("messages input contents prompt");
const configs = names("generationConfig generation_config options");
const message = names("type role name content parts");
const part = names("type text");

/** Members that decide nothing of the answer, with all that is in them. */
const idle = names(`
	stream stream_options user metadata labels safety_identifier prompt_cache_key prompt_cache_retention cache_control store
	keep_alive
`);

/** @returns undefined for a request that says more, or can't be read */
export function plainRequest({ translation }: Dialect, json: Json): PlainRequest | undefined {
	if (translation === undefined || !hasKnownMembersOnly(json)) return undefined;
	const request = read(translation, json);
	if (request === undefined || !isPlain(request)) return undefined;
	const messages = request.messages.map(plainMessage);
	if (messages.some((message) => message === undefined)) return undefined;
	const { maxOutputTokens, sampling, stop, n } = request;
	return { messages: messages as PlainMessage[], options: { maxOutputTokens, sampling, stop, n } };
}

export function plainText({ messages, options }: PlainRequest): string {
	return canonical({ messages, options }).text;
}

function hasKnownMembersOnly(json: Json): boolean {
	return Object.entries(json).every(([name, value]) => {
		if (name === "model" || options.has(name) || idle.has(name)) return true;
		if (configs.has(name)) return isMadeOf(value, options);
		if (instructions.has(name)) return isMessage(value) || isContent(value);
		return lists.has(name) && (typeof value === "string" || (Array.isArray(value) && value.every(isMessage)));
	});
}

function isMessage(value: unknown): boolean {
	if (!isMadeOf(value, message)) return false;
	const { content, parts } = value as Json;
	return content === undefined ? isContent(parts) : parts === undefined && isContent(content);
}

function isContent(value: unknown): boolean {
	if (Array.isArray(value)) return value.every((item) => typeof item === "string" || isMadeOf(item, part));
	return typeof value === "string" || value === undefined || value === null;
}

function isMadeOf(value: unknown, known: ReadonlySet<string>): boolean {
	return isObject(value) && Object.keys(value).every((name) => known.has(name) || idle.has(name));
}

/** What a dialect can't read is refused elsewhere, if anywhere. */
function read(translation: NonNullable<Dialect["translation"]>, json: Json): ChatRequest | undefined {
	try {
		return translation.readRequest(json);
	} catch (thrown) {
		if (thrown instanceof GatewayError) return undefined;
		throw thrown;
	}
}

function isPlain({ tools, toolChoice, responseFormat, reasoning, logprobs, extensions }: ChatRequest): boolean {
	const isExtended = Object.keys(extensions).some((name) => !idle.has(name));
	return (
		tools.length === 0 &&
		[toolChoice, responseFormat, reasoning, logprobs].every((one) => one === undefined) &&
		!isExtended
	);
}

function plainMessage({ role, parts, name }: Message): PlainMessage | undefined {
	const texts: string[] = [];
	for (const part of parts) {
		if (part.type !== "text" || (part.citations?.length ?? 0) > 0) return undefined;
		texts.push(part.text);
	}
	return { role: role === "developer" ? "system" : role, name, texts };
}
