/** Content blocks of Anthropic's Messages: into the neutral model's parts, and out of them. */
import type { File, Image, Part, Source, Text, ToolCall } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { dropPart } from "../losses.js";
import { listIn, textIn } from "../openai/choice.js";
import { readCitations } from "./citations.js";
import type { Dropped } from "./losses.js";
import { dialectName } from "./name.js";

export function readContent(content: unknown): Part[] {
	if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
	return listIn(content).map(readBlock);
}

export function readBlock(block: unknown): Part {
	const opaque: Part = { type: "opaque", dialect: dialectName, value: block };
	if (!isObject(block)) return opaque;
	const hint = isObject(block.cache_control) ? { cache: block.cache_control } : {};
	switch (block.type) {
		case "text":
			return typeof block.text === "string" ? { ...readText(block, block.text), ...hint } : opaque;
		case "thinking":
			return { type: "reasoning", text: textIn(block.thinking), signature: textIn(block.signature) || undefined };
		case "redacted_thinking":
			return { type: "reasoning", text: "", encrypted: textIn(block.data) };
		case "image": {
			const source = readSource(block.source);
			return source === undefined ? opaque : { type: "image", source, ...hint };
		}
		case "document": {
			const source = readSource(block.source);
			if (source === undefined) return opaque;
			const isToBeCited = isObject(block.citations) && block.citations.enabled === true ? { isToBeCited: true } : {};
			return { type: "file", source, name: textIn(block.title) || undefined, ...isToBeCited, ...hint };
		}
		case "tool_use":
			return { ...readCall(block), ...hint };
		case "tool_result": {
			const isError = block.is_error === true ? { isError: true } : {};
			return {
				type: "tool_result",
				id: textIn(block.tool_use_id),
				parts: readContent(block.content),
				...isError,
				...hint,
			};
		}
		default:
			return opaque;
	}
}

function readText(block: Json, text: string): Text {
	const citations = readCitations(block.citations);
	return { type: "text", text, ...(citations.length > 0 ? { citations } : {}) };
}

function readCall({ id, name, input }: Json): ToolCall {
	const text = JSON.stringify(input ?? {});
	return { type: "tool_call", id: textIn(id), callType: "function", name: textIn(name), arguments: text };
}

/** Text documents become data, as all else that comes with its media type. */
function readSource(source: unknown): Source | undefined {
	if (!isObject(source)) return undefined;
	const { type, data, url, file_id: fileId, media_type: mediaType } = source;
	if (type === "base64" && typeof data === "string") return { data, mediaType: textIn(mediaType) };
	if (type === "text" && typeof data === "string")
		return { data: Buffer.from(data).toString("base64"), mediaType: textIn(mediaType) || "text/plain" };
	if (type === "url" && typeof url === "string") return { url };
	return type === "file" && typeof fileId === "string" ? { fileId } : undefined;
}

/** @returns undefined for what can't be written, which `dropped` gets, and for texts of white space, which Anthropic refuses */
export function writeBlock(part: Part, dropped: Dropped): Json | undefined {
	const hint = "cache" in part && part.cache !== undefined ? { cache_control: part.cache } : {};
	switch (part.type) {
		case "text":
		case "refusal":
			return part.text.trim() === "" ? undefined : { type: "text", text: part.text, ...hint };
		case "image": {
			const source = writeImage(part);
			if (source !== undefined) return { type: "image", source, ...hint };
			break;
		}
		case "file": {
			const source = writeDocument(part);
			const title = part.name === undefined ? {} : { title: part.name };
			const citations = part.isToBeCited ? { citations: { enabled: true } } : {};
			if (source !== undefined) return { type: "document", source, ...title, ...citations, ...hint };
			break;
		}
		case "reasoning":
			if (part.encrypted !== undefined) return { type: "redacted_thinking", data: part.encrypted };
			// Without its signature it would be refused.
			if (part.signature !== undefined) return { type: "thinking", thinking: part.text, signature: part.signature };
			break;
		case "tool_call":
			return { type: "tool_use", id: part.id, name: part.name, input: inputOf(part), ...hint };
		case "tool_result": {
			const content = part.parts.map((inner) => writeBlock(inner, dropped)).filter((block) => block !== undefined);
			const isError = part.isError ? { is_error: true } : {};
			return { type: "tool_result", tool_use_id: part.id, content, ...isError, ...hint };
		}
		case "opaque":
			if (part.dialect === dialectName && isObject(part.value)) return part.value;
			break;
	}
	return dropPart(part, dropped);
}

/** Arguments that are no JSON object stand in one, since Anthropic takes nothing else. */
export function inputOf({ arguments: text }: Pick<ToolCall, "arguments">): unknown {
	if (text.trim() === "") return {};
	try {
		const value: unknown = JSON.parse(text);
		return isObject(value) ? value : { input: value };
	} catch {
		return { input: text };
	}
}

function writeImage({ source }: Image): Json | undefined {
	if ("url" in source) return { type: "url", url: source.url };
	return "data" in source ? { type: "base64", media_type: source.mediaType, data: source.data } : undefined;
}

function writeDocument({ source }: File): Json | undefined {
	if ("url" in source) return source.url === "" ? undefined : { type: "url", url: source.url };
	if (!("data" in source)) return undefined;
	const { data, mediaType } = source;
	if (mediaType === "application/pdf") return { type: "base64", media_type: mediaType, data };
	if (!mediaType.startsWith("text/")) return undefined;
	return { type: "text", media_type: "text/plain", data: Buffer.from(data, "base64").toString() };
}
