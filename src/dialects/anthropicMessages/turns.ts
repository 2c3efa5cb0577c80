/** Messages as Anthropic takes them: instructions apart, turns of user and assistant by turns, the user first. */
import { instructs } from "../../chat/instructions.js";
import type { Message, Part } from "../../chat/request.js";
import type { Json } from "../dialect.js";
import { writeBlock } from "./blocks.js";
import type { Dropped } from "./losses.js";

export interface Turns {
	/** Blocks of text. */
	readonly system: readonly Json[];
	readonly messages: readonly Json[];
}

interface Turn {
	readonly role: "user" | "assistant";
	readonly parts: Part[];
}

/** Says that something comes before an assistant's message that stands first, since the user must begin. */
const opening = "(The conversation begins.)";

/** Instructions from anywhere in the conversation go before it; neighbours of one role become one message. */
export function writeTurns(messages: readonly Message[], dropped: Dropped): Turns {
	const system: Json[] = [];
	const turns: Turn[] = [];
	for (const { role, parts, name } of messages) {
		if (name !== undefined) dropped.add("name");
		if (instructs({ role })) {
			for (const block of written(parts, dropped)) system.push(block);
			continue;
		}
		const own = role === "assistant" ? "assistant" : "user";
		const last = turns.at(-1);
		if (last?.role === own) for (const part of parts) last.parts.push(part);
		else if (parts.length > 0) turns.push({ role: own, parts: [...parts] });
	}
	if (turns[0]?.role !== "user") turns.unshift({ role: "user", parts: [{ type: "text", text: opening }] });
	const blocks = turns.map(({ role, parts }) => ({ role, content: written(inOrder(role, parts), dropped) }));
	trimEnd(blocks.at(-1));
	return { system, messages: blocks.filter(({ content }) => content.length > 0) };
}

function written(parts: readonly Part[], dropped: Dropped): Json[] {
	return parts.map((part) => writeBlock(part, dropped)).filter((block) => block !== undefined);
}

/** Results of tools stand before all else that the user says; thoughts before all that the assistant says. */
function inOrder(role: Turn["role"], parts: readonly Part[]): Part[] {
	const first = role === "user" ? "tool_result" : "reasoning";
	// Thoughts between calls are at their place already.
	if (role === "assistant" && parts[0]?.type === "reasoning") return [...parts];
	return [...parts.filter(({ type }) => type === first), ...parts.filter(({ type }) => type !== first)];
}

/** The beginning of an answer, which the model goes on with, may not end in white space. */
function trimEnd(turn: { role: string; content: Json[] } | undefined): void {
	const last = turn?.role === "assistant" ? turn.content.at(-1) : undefined;
	if (last?.type === "text") last.text = String(last.text).trimEnd();
}
