/** Messages of Bedrock's Converse, out of the neutral model: by turns of user and assistant, each of blocks. */
import { instructs } from "../../chat/instructions.js";
import type { Message, Part } from "../../chat/request.js";
import { parseObject } from "../../json/parseObject.js";
import type { Json } from "../dialect.js";

const cachePoint = { cachePoint: { type: "default" } };
/** Bedrock's own bound. */
const maxCachePoints = 4;

interface Turn {
	role: "user" | "assistant";
	content: Json[];
}

/** Wherever instructions stand, they come first. */
export function writeSystem(messages: readonly Message[], dropped: Set<string>): Json[] {
	const blocks: Json[] = [];
	for (const { role, parts } of messages)
		if (instructs({ role })) for (const part of parts) blocks.push(...writePart(part, dropped));
	return blocks;
}

export function writeMessages(messages: readonly Message[], dropped: Set<string>): Json[] {
	const turns: Turn[] = [];
	for (const { role, parts } of messages) {
		if (instructs({ role })) continue;
		const own = role === "assistant" ? "assistant" : "user";
		const content = parts.flatMap((part) => writePart(part, dropped));
		if (content.length === 0) continue;
		const last = turns.at(-1);
		if (last?.role === own) last.content.push(...content);
		else turns.push({ role: own, content });
	}
	for (const { content } of turns) sort(content);
	keepLastCachePoints(turns);
	return turns.map(({ role, content }) => ({ role, content }));
}

/** Reasoning stands before what it led to, and results before what the user says besides. */
function sort(content: Json[]): void {
	const rank = (block: Json) => ("reasoningContent" in block || "toolResult" in block ? 0 : 1);
	const isMixed = content.some((block, place) => place > 0 && rank(block) < rank(content[place - 1] as Json));
	if (!isMixed || content.some((block) => "cachePoint" in block)) return;
	content.sort((one, other) => rank(one) - rank(other));
}

function keepLastCachePoints(turns: readonly Turn[]): void {
	let left = maxCachePoints;
	for (const turn of [...turns].reverse())
		turn.content = turn.content
			.reverse()
			.filter((block) => !("cachePoint" in block) || left-- > 0)
			.reverse();
}

function writePart(part: Part, dropped: Set<string>): Json[] {
	const blocks = writeBlock(part, dropped);
	return "cache" in part && part.cache !== undefined && blocks.length > 0 ? [...blocks, cachePoint] : blocks;
}

function writeBlock(part: Part, dropped: Set<string>): Json[] {
	switch (part.type) {
		case "text":
		case "refusal":
			// Blank ones are refused.
			return part.text.trim() === "" ? [] : [{ text: part.text }];
		case "image":
		case "file":
			return writeMedia(part, dropped);
		case "tool_call": {
			const { id, name, arguments: text } = part;
			return [{ toolUse: { toolUseId: id, name, input: parseObject(text) ?? {} } }];
		}
		case "tool_result": {
			const content = part.parts.flatMap((inner) => writeBlock(inner, dropped));
			const status = part.isError ? { status: "error" } : {};
			return [
				{
					toolResult: { toolUseId: part.id, content: content.length > 0 ? content : [{ text: "(empty)" }], ...status },
				},
			];
		}
		case "reasoning": {
			const { text, signature, encrypted } = part;
			if (encrypted !== undefined) return [{ reasoningContent: { redactedContent: encrypted } }];
			// Without its proof it is refused.
			if (signature !== undefined) return [{ reasoningContent: { reasoningText: { text, signature } } }];
			break;
		}
	}
	dropped.add(part.type);
	return [];
}

const formats: Readonly<Record<string, string>> = {
	"application/pdf": "pdf",
	"text/csv": "csv",
	"text/html": "html",
	"text/plain": "txt",
	"text/markdown": "md",
	"application/msword": "doc",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
	"application/vnd.ms-excel": "xls",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
};

/** Bedrock fetches nothing by its URL. */
function writeMedia(part: Extract<Part, { type: "image" | "file" }>, dropped: Set<string>): Json[] {
	if (!("data" in part.source)) {
		dropped.add(part.type);
		return [];
	}
	const { data: bytes, mediaType } = part.source;
	const image = /^image\/(png|jpe?g|gif|webp)/.exec(mediaType)?.[1];
	if (image !== undefined) return [{ image: { format: image === "jpg" ? "jpeg" : image, source: { bytes } } }];
	const format = formats[mediaType.split(";")[0] ?? ""];
	if (part.type === "file" && format !== undefined)
		return [{ document: { format, name: nameOf(part.name), source: { bytes } } }];
	dropped.add(part.type);
	return [];
}

/** Letters, digits, single spaces, hyphens, parentheses and brackets are all that a document's name may have. */
function nameOf(name: string | undefined): string {
	const plain = (name ?? "")
		.replace(/\.[a-z0-9]{1,5}$/i, "")
		.replace(/[^a-zA-Z0-9()[\]-]+/g, " ")
		.trim();
	return plain === "" ? "document" : plain.slice(0, 200);
}
