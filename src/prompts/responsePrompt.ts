/** The member `prompt` of a response's request: which prompt of the gateway's it means, and the request with that prompt in it. */
import type { Json } from "../dialects/dialect.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import { newId } from "../store/newId.js";
import type { PromptReference } from "./promptLibrary.js";
import type { Rendering } from "./render.js";

/** A request's reference, and the values of its prompt's variables. */
export interface ResponsePrompt {
	readonly reference: PromptReference;
	readonly variables: Record<string, unknown>;
	/** Pictures and files, by the text that stands for each in the rendered prompt. */
	readonly media: ReadonlyMap<string, Json>;
}

/** @throws GatewayError 400 for what is no reference */
export function readResponsePrompt(prompt: unknown): ResponsePrompt {
	const { id, version = undefined, label, variables } = isObject(prompt) ? prompt : {};
	if (typeof id !== "string" || id === "") throw invalid("prompt must have an id.", "prompt.id");
	if ((variables ?? undefined) !== undefined && !isObject(variables))
		throw invalid("prompt.variables must be an object of values by name.", "prompt.variables");
	const media = new Map<string, Json>();
	const values = Object.entries((variables ?? {}) as Json).map(([name, value]) => [name, valueFor(value, media)]);
	const reference = { id, ...versionOf(version), ...(typeof label === "string" ? { label } : {}) };
	return { reference, variables: Object.fromEntries(values) as Record<string, unknown>, media };
}

/** The vendor's SDKs write a number as a text; any other text is a label. */
function versionOf(version: unknown): { version?: number; label?: string } {
	if (version === undefined || version === null) return {};
	const text = String(version);
	return /^[1-9]\d{0,8}$/.test(text) ? { version: Number(text) } : { label: text };
}

function valueFor(value: unknown, media: Map<string, Json>): unknown {
	if (!isObject(value)) return value;
	if (value.type === "input_text") return typeof value.text === "string" ? value.text : "";
	if (value.type !== "input_image" && value.type !== "input_file") return value;
	const mark = newId("\u0000llmgw:", 24);
	media.set(mark, value);
	return mark;
}

/**
 * The prompt's messages come before the request's own input; a parameter of the request replaces the prompt's.
 *
 * @throws GatewayError 400 for a picture where the prompt has instructions, or words of the model's
 */
export function expandResponse(request: Json, { messages, parameters }: Rendering, { media }: ResponsePrompt): Json {
	const { prompt: _used, input, ...own } = request;
	const { store: _store, input: written, ...defaults } = asResponse({ ...parameters, messages });
	const items = media.size === 0 ? (written as Json[]) : (written as Json[]).map((item) => withMedia(item, media));
	const asked = typeof input === "string" ? [{ type: "message", role: "user", content: input }] : (input ?? []);
	return { ...defaults, ...own, input: [...items, ...(asked as Json[])] };
}

/** A chat completion's request in the words of responses. */
function asResponse(chat: Json): Json {
	const { readRequest } = openaiChat.translation as NonNullable<typeof openaiChat.translation>;
	const { writeRequest } = openaiResponses.translation as NonNullable<typeof openaiResponses.translation>;
	return writeRequest(readRequest(chat), new Set());
}

const marks = /(\u0000llmgw:\w{24})/;

function withMedia(item: Json, media: ReadonlyMap<string, Json>): Json {
	if (!Array.isArray(item.content)) return item;
	const content = (item.content as Json[]).flatMap((part) => splitAtMedia(part, media));
	if (item.role !== "user" && content.some(({ type }) => type === "input_image" || type === "input_file"))
		throw invalid("A picture or file can only stand in a message of the user's.", "prompt.variables");
	return { ...item, content };
}

function splitAtMedia(part: Json, media: ReadonlyMap<string, Json>): Json[] {
	if (typeof part.text !== "string" || !marks.test(part.text)) return [part];
	return part.text
		.split(marks)
		.filter((text) => text !== "")
		.map((text) => media.get(text) ?? { ...part, text });
}

function invalid(message: string, param: string): GatewayError {
	return new GatewayError(400, message, { code: "invalid_type", param });
}
