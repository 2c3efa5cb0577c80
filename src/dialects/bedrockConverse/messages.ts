/** Messages of Bedrock's Converse, out of the neutral model: by turns of user and assistant, each of blocks. */
import { instructs } from "../../chat/instructions.js";
import type { Message, Part, ToolResult } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import { inputOf } from "../anthropicMessages/blocks.js";
import type { Json } from "../dialect.js";
import { dropPart } from "../losses.js";
import { pointOf, sortWithPoints } from "./cachePoints.js";
import type { Dropped } from "./losses.js";
import { nameApart, writeAudio, writeMedia } from "./media.js";
import { dialectName } from "./name.js";

export interface Turn {
	readonly role: "user" | "assistant";
	content: Json[];
}

export interface ModelAbilities {
	/** It can be told that a tool's result is an error. */
	readonly knowsStatus: boolean;
}

/** Wherever instructions stand, they come first. They are texts. */
export function writeSystem(messages: readonly Message[], dropped: Dropped): Json[] {
	const blocks: Json[] = [];
	for (const { role, parts } of messages) {
		if (!instructs({ role })) continue;
		for (const part of parts) {
			if (part.type !== "text") dropPart(part, dropped);
			else if (part.text.trim() !== "") blocks.push({ text: part.text }, ...pointOf(part));
		}
	}
	return blocks;
}

export function writeTurns(messages: readonly Message[], model: ModelAbilities, dropped: Dropped): Turn[] {
	const turns: Turn[] = [];
	for (const { role, parts } of messages) {
		if (instructs({ role })) continue;
		const own = role === "assistant" ? "assistant" : "user";
		const content = parts.flatMap((part) => writePart(part, model, dropped));
		if (content.length === 0) continue;
		const last = turns.at(-1);
		if (last?.role === own) for (const block of content) last.content.push(block);
		else turns.push({ role: own, content });
	}
	for (const turn of turns) turn.content = sortWithPoints(turn.content, rank);
	nameApart(turns.flatMap(({ content }) => content.flatMap(documentsIn)));
	return turns;
}

/** Reasoning stands before what it led to, and results before what the user says besides. */
function rank(block: Json): number {
	return "reasoningContent" in block || "toolResult" in block ? 0 : 1;
}

function documentsIn({ document, toolResult }: Json): { name: string }[] {
	if (isObject(document)) return [document as { name: string }];
	return isObject(toolResult) ? (toolResult.content as Json[]).flatMap(documentsIn) : [];
}

function writePart(part: Part, model: ModelAbilities, dropped: Dropped): Json[] {
	const block = writeBlock(part, model, dropped);
	if (block === undefined) return [];
	return "cache" in part ? [block, ...pointOf(part)] : [block];
}

/** @returns undefined for what can't be written, which `dropped` gets, and for blank texts, which are refused */
function writeBlock(part: Part, model: ModelAbilities, dropped: Dropped): Json | undefined {
	switch (part.type) {
		case "text":
		case "refusal":
			return part.text.trim() === "" ? undefined : { text: part.text };
		case "image":
		case "file": {
			const media = writeMedia(part);
			if (media !== undefined) return media;
			break;
		}
		case "audio":
			return writeAudio(part);
		case "tool_call":
			return { toolUse: { toolUseId: part.id, name: part.name, input: inputOf(part) } };
		case "tool_result":
			return { toolResult: writeResult(part, model, dropped) };
		case "reasoning": {
			const { text, signature, encrypted } = part;
			if (encrypted !== undefined) return { reasoningContent: { redactedContent: encrypted } };
			// Without its proof it is refused.
			if (signature !== undefined) return { reasoningContent: { reasoningText: { text, signature } } };
			break;
		}
		case "opaque":
			if (part.dialect === dialectName && isObject(part.value)) return part.value;
			break;
	}
	return dropPart(part, dropped);
}

function writeResult({ id, parts, isError }: ToolResult, model: ModelAbilities, dropped: Dropped): Json {
	const content = parts.map((inner) => writeBlock(inner, model, dropped)).filter((block) => block !== undefined);
	// Points stand between blocks of a message alone.
	if (parts.some((inner) => "cache" in inner && inner.cache !== undefined)) dropped.add("cache");
	if (isError && !model.knowsStatus) dropped.add("isError");
	return {
		toolUseId: id,
		content: content.length > 0 ? content : [{ text: "(empty)" }],
		...(isError && model.knowsStatus ? { status: "error" } : {}),
	};
}
