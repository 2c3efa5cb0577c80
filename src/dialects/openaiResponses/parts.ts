/** Parts of content in OpenAI's responses: into the neutral model, and out of it. */
import type { File, Part, Source } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { dropPart } from "../losses.js";
import { readAnnotations } from "../openai/annotations.js";
import { listIn, textIn } from "../openai/choice.js";
import { sourceOf, urlOf } from "../openai/source.js";
import type { Dropped } from "./losses.js";
import { dialectName } from "./name.js";

/** @param content a text, or a list of parts */
export function readParts(content: unknown): Part[] {
	if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
	return listIn(content).map(readPart);
}

function readPart(part: unknown): Part {
	const opaque: Part = { type: "opaque", dialect: dialectName, value: part };
	if (!isObject(part)) return opaque;
	switch (part.type) {
		case "input_text":
		case "output_text":
		case "text":
			return typeof part.text === "string" ? readText(part, part.text) : opaque;
		case "refusal":
			return { type: "refusal", text: textIn(part.refusal) };
		case "input_image": {
			const detail = textIn(part.detail) || undefined;
			if (typeof part.image_url === "string") return { type: "image", source: sourceOf(part.image_url), detail };
			return typeof part.file_id === "string" ? { type: "image", source: { fileId: part.file_id }, detail } : opaque;
		}
		case "input_file":
			return readFile(part) ?? opaque;
		default:
			return opaque;
	}
}

function readText({ annotations }: Json, text: string): Part {
	const citations = readAnnotations(annotations);
	return { type: "text", text, ...(citations.length > 0 ? { citations } : {}) };
}

function readFile({ file_id: fileId, file_url: url, file_data: data, filename }: Json): File | undefined {
	const name = textIn(filename) || undefined;
	let source: Source | undefined;
	if (typeof fileId === "string") source = { fileId };
	else if (typeof url === "string") source = { url };
	else if (typeof data === "string")
		source = data.startsWith("data:") ? sourceOf(data) : { data, mediaType: "application/pdf" };
	return source && { type: "file", source, name };
}

/** Parts of what a user or a tool shows. What can't be written goes to `dropped`. */
export function writeInputParts(parts: readonly Part[], dropped: Dropped): Json[] {
	return parts.map((part) => writeInputPart(part, dropped)).filter((part) => part !== undefined);
}

function writeInputPart(part: Part, dropped: Dropped): Json | undefined {
	if ("cache" in part && part.cache !== undefined) dropped.add("cache");
	switch (part.type) {
		case "text":
			return { type: "input_text", text: part.text };
		case "image": {
			const detail = part.detail ?? "auto";
			if ("fileId" in part.source) return { type: "input_image", file_id: part.source.fileId, detail };
			return { type: "input_image", image_url: urlOf(part.source), detail };
		}
		case "file": {
			const { source, name } = part;
			if ("fileId" in source) return { type: "input_file", file_id: source.fileId };
			if ("url" in source) return { type: "input_file", file_url: source.url };
			return { type: "input_file", filename: name ?? "file", file_data: urlOf(source) };
		}
		case "opaque":
			if (part.dialect === dialectName) return part.value as Json;
			break;
	}
	return dropPart(part, dropped);
}
