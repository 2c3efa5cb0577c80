/** Parts of Gemini's contents: into the neutral model, and out of it. */
import type { Audio, File, Image, Part, Source, ToolCall, ToolResult } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { argumentsOf } from "../callArguments.js";
import type { CallIds } from "../callIds.js";
import type { Json } from "../dialect.js";
import { dropPart } from "../losses.js";
import { reasoningOfCall } from "../sealedReasoning.js";
import { isSeal } from "../seals.js";
import type { Dropped } from "./losses.js";
import { memberIn, objectMember, objectsMember, textMember } from "./members.js";
import { dialectName } from "./name.js";

/** In place of a signature: the call is not the model's own, and is not to be checked. Google alone knows it. */
export const noSignature = "skip_thought_signature_validator";

export function readParts(content: Json, ids: CallIds): Part[] {
	const parts = objectsMember(content, "parts").map((part) => readPart(part, ids));
	if (!parts.some(Array.isArray)) return parts as Part[];
	// Some clients give thoughts back beside the call that carries them.
	return parts.flatMap((part) => (Array.isArray(part) || !isRepeated(part) ? part : []));
}

function isRepeated(part: Part): boolean {
	return part.type === "reasoning" && (part.signature === undefined || isSeal(part.signature));
}

/** @returns several parts for a call that carries reasoning */
function readPart(part: Json, ids: CallIds): Part | Part[] {
	const given = textMember(part, "thoughtSignature");
	const signature = given === "" || given === noSignature ? {} : { signature: given };
	if (typeof part.text === "string")
		return part.thought === true
			? { type: "reasoning", text: part.text, ...signature }
			: { type: "text", text: part.text };
	const call = memberIn(part, "functionCall");
	const carried = reasoningOfCall(given);
	if (isObject(call)) {
		if (carried === undefined) return { ...readCall(call, ids), ...signature };
		return carried.length === 0 ? readCall(call, ids) : [...carried, readCall(call, ids)];
	}
	const result = memberIn(part, "functionResponse");
	if (isObject(result)) return readResult(result, ids);
	return readMedia(part) ?? { type: "opaque", dialect: dialectName, value: part };
}

function readCall(call: Json, ids: CallIds): ToolCall {
	const name = textMember(call, "name");
	const id = ids.ofCall(textMember(call, "id"), name);
	return { type: "tool_call", id, callType: "function", name, arguments: JSON.stringify(call.args ?? {}) };
}

function readResult(result: Json, ids: CallIds): ToolResult {
	const name = textMember(result, "name");
	const response = objectMember(result, "response");
	const { error, text } = saidIn(response);
	return {
		type: "tool_result",
		id: ids.ofResult(textMember(result, "id"), name),
		parts: [{ type: "text", text }, ...readParts(result, ids)],
		...(error === undefined ? {} : { isError: true }),
	};
}

/** By convention `output` or `error` holds what is said; AI SDKs have `name` and `content`. Other objects say it themselves. */
function saidIn(response: Json): { text: string; error: unknown } {
	const { error, output, content, name: _name, ...others } = response;
	const values = [error, output, content].filter((value) => value !== undefined);
	const said = values.length === 1 && Object.keys(others).length === 0 ? values[0] : response;
	const text = typeof said === "string" ? said : (textOfParts(said) ?? JSON.stringify(said));
	return { text, error: said === error ? error : undefined };
}

function textOfParts(said: unknown): string | undefined {
	if (!Array.isArray(said) || said.length === 0) return undefined;
	const texts = said.map((part) => (isObject(part) && Object.keys(part).length === 1 ? part.text : undefined));
	return texts.every((text) => typeof text === "string") ? texts.join("\n") : undefined;
}

export function readMedia(part: Json): Image | Audio | File | undefined {
	const { inline, file } = { inline: memberIn(part, "inlineData"), file: memberIn(part, "fileData") };
	if (isObject(inline)) {
		const mediaType = textMember(inline, "mimeType");
		const data = textMember(inline, "data");
		const name = textMember(inline, "displayName") || undefined;
		if (mediaType.startsWith("audio/")) return { type: "audio", data, format: formatOf(mediaType) };
		return mediaOf(mediaType, { data, mediaType }, name);
	}
	if (!isObject(file)) return undefined;
	return mediaOf(textMember(file, "mimeType"), { url: textMember(file, "fileUri") });
}

function mediaOf(mediaType: string, source: Source, name?: string | undefined): Image | File {
	return mediaType.startsWith("image/")
		? { type: "image", source }
		: { type: "file", source, ...(name === undefined ? {} : { name }) };
}

const formats: Readonly<Record<string, string>> = {
	mpeg: "mp3",
	"x-wav": "wav",
	wave: "wav",
	"x-m4a": "m4a",
	L16: "pcm16",
};

/** Samples of 16 bits, 24,000 a second, as Google's models and OpenAI's speak. */
const pcm = "audio/L16;codec=pcm;rate=24000";

export function writeAudio({ data, format }: Audio): Json {
	return { inlineData: { mimeType: format === "pcm16" ? pcm : `audio/${format}`, data } };
}

function formatOf(mediaType: string): string {
	const subtype = mediaType.slice("audio/".length).split(";")[0]?.trim() ?? "";
	return formats[subtype] ?? subtype;
}

/** @returns undefined for what can't be written, which `dropped` gets */
export function writePart(part: Part, dropped: Dropped): Json | undefined {
	switch (part.type) {
		case "text":
		case "refusal":
			return part.text === "" ? undefined : { text: part.text };
		case "reasoning":
			return withSignature({ text: part.text, thought: true }, part);
		case "tool_call":
			return withSignature(
				{ functionCall: { id: part.id || undefined, name: part.name, args: argumentsOf(part) } },
				part,
			);
		case "audio":
			return writeAudio(part);
		case "image":
		case "file": {
			const written = writeMedia(part);
			if (written !== undefined) return written;
			break;
		}
		case "opaque":
			if (part.dialect === dialectName && isObject(part.value)) return part.value;
			break;
	}
	return dropPart(part, dropped);
}

function withSignature(written: Json, { signature }: { signature?: string | undefined }): Json {
	return signature === undefined ? written : { ...written, thoughtSignature: signature };
}

function writeMedia({ type, source }: Image | File): Json | undefined {
	if ("data" in source) return { inlineData: { mimeType: source.mediaType, data: source.data } };
	const fileUri = "url" in source ? source.url : source.fileId;
	if (!/^(https?:|gs:|files\/)/.test(fileUri)) return undefined;
	return { fileData: { mimeType: mediaTypeOf(fileUri, type), fileUri } };
}

const mediaTypes: Readonly<Record<string, string>> = {
	png: "image/png",
	jpg: "image/jpeg",
	jpeg: "image/jpeg",
	gif: "image/gif",
	webp: "image/webp",
	heic: "image/heic",
	pdf: "application/pdf",
	txt: "text/plain",
	html: "text/html",
	csv: "text/csv",
	mp4: "video/mp4",
	mp3: "audio/mp3",
	wav: "audio/wav",
};

/** By the ending of its path; Google demands one. */
function mediaTypeOf(url: string, type: "image" | "file"): string {
	const ending = /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(url)?.[1]?.toLowerCase() ?? "";
	return mediaTypes[ending] ?? (type === "image" ? "image/jpeg" : "application/pdf");
}

/** What a tool has put out: its texts as one, and all else beside it. */
export function writeResult({ id, parts, isError }: ToolResult, name: string, dropped: Dropped): Json[] {
	const text = parts
		.filter((part) => part.type === "text")
		.map((part) => part.text)
		.join("\n");
	const shown = parts.filter((part) => part.type !== "text").map((part) => writePart(part, dropped));
	const response = isError ? { error: text } : (parseObject(text) ?? { output: text });
	return [{ functionResponse: { id: id || undefined, name, response } }, ...shown.filter((part) => part !== undefined)];
}
