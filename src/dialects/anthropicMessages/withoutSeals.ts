/** Requests for Anthropic itself, in whose history other upstreams have answered. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { isSeal } from "../seals.js";
import { isMadeUp } from "./citations.js";

/** The request without thinking that Anthropic has not signed, and would refuse. @returns undefined where there is none */
export function withoutSeals(body: Json): Json | undefined {
	const given = listIn(body.messages);
	const messages = given.map(withoutSealed);
	if (messages.every((message, at) => message === given[at])) return undefined;
	// Of a turn that was all thoughts, nothing is left.
	const kept = messages.filter(
		(message) => !isObject(message) || !Array.isArray(message.content) || message.content.length > 0,
	);
	const isLoop = isInLoop(kept);
	// Anthropic thinks on in a loop of tools only with the thoughts that it began with.
	const thinking = isLoop && isObject(body.thinking) ? { thinking: { type: "disabled" } } : {};
	return { ...body, messages: kept, ...thinking };
}

function withoutSealed(message: unknown): unknown {
	if (!isObject(message) || !Array.isArray(message.content)) return message;
	const given = message.content;
	const content = given.filter((block) => !isObject(block) || !isSealed(block)).map(withoutMadeUp);
	const isSame = content.length === given.length && content.every((block, at) => block === given[at]);
	return isSame ? message : { ...message, content };
}

/** A text without citations of searches that weren't Anthropic's. */
function withoutMadeUp(block: unknown): unknown {
	if (!isObject(block) || !listIn(block.citations).some(isMadeUp)) return block;
	const { citations, ...rest } = block;
	const own = listIn(citations).filter((citation) => !isMadeUp(citation));
	return own.length === 0 ? rest : { ...rest, citations: own };
}

function isSealed({ type, signature, data }: Json): boolean {
	return (type === "thinking" && isSeal(signature)) || (type === "redacted_thinking" && isSeal(data));
}

/** A tool's result stands last, and the turn that has called has no thinking. */
function isInLoop(messages: readonly unknown[]): boolean {
	const [turn, last] = messages.slice(-2);
	const has = (message: unknown, types: readonly string[]) =>
		isObject(message) && listIn(message.content).some((block) => isObject(block) && types.includes(String(block.type)));
	return has(last, ["tool_result"]) && !has(turn, ["thinking", "redacted_thinking"]);
}
