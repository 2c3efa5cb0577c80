/** Breakpoints for the vendor's prompt cache, where the client has set none: at the ends of what the next turn repeats. */
import { isObject } from "../json/isObject.js";
import type { CacheHint, ChatRequest, Message, Part, Tool } from "./request.js";

export interface BreakpointPlaces {
	/** The vendor takes them on tools, and in the prompt. */
	readonly tools: boolean;
	readonly prompt: boolean;
}

/**
 * The request with at most four: after the tools, the instructions, and the last two turns of the user. So the next request, whose
 * second-last turn is the last one now, finds what this one has left.
 *
 * @returns the same request if it has some of its own
 */
export function withBreakpoints(request: ChatRequest, ttl: "5m" | "1h", takes: BreakpointPlaces): ChatRequest {
	if (hasHints(request)) return request;
	const cache = { type: "ephemeral", ...(ttl === "1h" ? { ttl } : {}) };
	return {
		...request,
		tools: takes.tools ? withMark(request.tools, isPlain, (tool) => ({ ...tool, cache })) : request.tools,
		messages: takes.prompt ? markedMessages(request.messages, cache) : request.messages,
	};
}

function hasHints({ tools, messages }: ChatRequest): boolean {
	return tools.some(isMarked) || messages.some(({ parts }) => parts.some(isMarked));
}

/** Also by what the result of a tool consists of, and by what is written as it came. */
function isMarked(item: Tool | Part): boolean {
	if ("cache" in item && item.cache !== undefined) return true;
	if ("parts" in item && item.parts.some(isMarked)) return true;
	const asItCame = "opaque" in item ? item.opaque?.value : "value" in item ? item.value : undefined;
	return isObject(asItCame) && isObject(asItCame.cache_control);
}

/** One that the vendor runs is written as it came. */
function isPlain({ opaque }: Tool): boolean {
	return opaque === undefined;
}

function markedMessages(messages: readonly Message[], cache: CacheHint["cache"]): Message[] {
	const places = new Set([...turnEnds(messages).slice(-2), instructionsEnd(messages)]);
	return messages.map((message, at) =>
		places.has(at)
			? { ...message, parts: withMark(message.parts, isMarkable, (part) => ({ ...part, cache }) as Part) }
			: message,
	);
}

/** The last of the messages with instructions that stand at the beginning; -1 without any. */
function instructionsEnd(messages: readonly Message[]): number {
	const first = messages.findIndex(({ role }) => role !== "system" && role !== "developer");
	return (first === -1 ? messages.length : first) - 1;
}

/** Where the user, or tools, have said all before the model is next, or the prompt ends. */
function turnEnds(messages: readonly Message[]): number[] {
	return messages.flatMap(({ role, parts }, at) => {
		const next = messages[at + 1]?.role;
		const isEnd = next === undefined || next === "assistant";
		return isEnd && (role === "user" || role === "tool") && parts.some(isMarkable) ? [at] : [];
	});
}

const markable: ReadonlySet<Part["type"]> = new Set(["text", "image", "file", "tool_result"]);

function isMarkable(part: Part): boolean {
	return markable.has(part.type) && (part.type !== "text" || part.text.trim() !== "");
}

/** With the last one that can be marked. */
function withMark<Item>(items: readonly Item[], takes: (item: Item) => boolean, marked: (item: Item) => Item): Item[] {
	const place = items.findLastIndex(takes);
	return items.map((item, at) => (at === place ? marked(item) : item));
}
