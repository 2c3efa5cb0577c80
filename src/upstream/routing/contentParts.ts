/** The prompt of Google's requests: `contents` with their `parts`, in camelCase or in snake_case. */
import { isObject } from "../../json/isObject.js";

type Json = Readonly<Record<string, unknown>>;

export type MediaKind = "image" | "video" | "audio" | "file";

/** A request for a count of tokens may hold a whole request in place of contents. */
function wholeOf(json: Json): Json {
	const inner = json.generateContentRequest ?? json.generate_content_request;
	return isObject(inner) ? inner : json;
}

/** Lists of contents: of a conversation, or of what is to become vectors. */
export function contentsIn(json: Json): unknown[] {
	const { contents, content, requests } = wholeOf(json);
	const lists: unknown[] = [];
	if (contents != null) lists.push(isObject(contents) ? [contents] : contents);
	if (isObject(content)) lists.push([content]);
	if (Array.isArray(requests)) lists.push(requests.map((request) => (isObject(request) ? request.content : undefined)));
	return lists;
}

/** Parts of the instructions that stand beside the contents. */
export function instructionsIn(json: Json): unknown[] {
	const whole = wholeOf(json);
	const instruction = whole.systemInstruction ?? whole.system_instruction;
	if (!isObject(instruction)) return instruction == null ? [] : [instruction];
	return Array.isArray(instruction.parts) ? instruction.parts : [];
}

/** What else of a request is part of the prompt. */
export function besidesContents(json: Json): unknown[] {
	const whole = wholeOf(json);
	const config = configIn(whole);
	return [...(whole === json ? [] : [whole.tools]), ...schemasIn(config)];
}

/** @param config of `configIn` */
export function schemasIn(config: Json): unknown[] {
	return schemaMembers.map((name) => config[name]).filter((schema) => schema != null);
}

const schemaMembers = ["responseSchema", "response_schema", "responseJsonSchema", "response_json_schema"];

export function configIn(json: Json): Json {
	const config = json.generationConfig ?? json.generation_config;
	return isObject(config) ? config : {};
}

/** @returns undefined for a part that is none */
export function mediaInPart(part: Json): MediaKind | undefined {
	const media = part.inlineData ?? part.inline_data ?? part.fileData ?? part.file_data;
	if (!isObject(media)) return undefined;
	const type = String(media.mimeType ?? media.mime_type ?? "");
	const kind = /^(image|video|audio)\//.exec(type)?.[1];
	return (kind as MediaKind | undefined) ?? "file";
}

/** What a function has returned, with the pictures and files that it shows; undefined where it shows none. */
export function shownByFunction(part: Json): unknown[] | undefined {
	const result = part.functionResponse ?? part.function_response;
	if (!isObject(result) || !Array.isArray(result.parts)) return undefined;
	const { parts, ...rest } = result;
	return [rest, ...parts];
}

/** A proof of thoughts is no part of the prompt's text. */
export function withoutSignature({ thoughtSignature: _own, thought_signature: _snake, ...rest }: Json): Json {
	return rest;
}
