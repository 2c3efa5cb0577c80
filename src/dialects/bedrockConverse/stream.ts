/** Streams of Bedrock's Converse, as `frames.ts` gives them, into neutral events. */
import type { ChatEvent } from "../../chat/event.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import type { ObjectReader } from "../jsonEvents.js";
import { textIn } from "../openai/choice.js";
import { textLengthOf } from "../openai/textLength.js";
import { tokensOf } from "../usageCounts.js";
import { readCitations } from "./citations.js";
import { bedrockErrors } from "./errors.js";
import { reasonOf } from "./response.js";

const choice = 0;

export function createReader(): ObjectReader {
	/** Places of calls, by the index of their block. */
	const places = new Map<unknown, number>();
	/** Parts of reasoning that only the vendor can read, by the index of their block. */
	const redacted = new Map<unknown, Buffer[]>();
	let block: unknown;
	/** Why it ended, and its counts, come last, in either order. */
	const ending = { hasReason: false, hasCounts: false };
	const last = (): ChatEvent[] => (ending.hasReason && ending.hasCounts ? [{ type: "end" }] : []);
	return (json) => {
		const { messageStart, contentBlockStart, contentBlockDelta, contentBlockStop, messageStop, metadata } = json;
		if (isObject(contentBlockDelta)) {
			const { contentBlockIndex: index, delta: given } = contentBlockDelta;
			if (!isObject(given) || holdRedacted(given, index, redacted)) return [];
			const begun: ChatEvent[] = index === block ? [] : [{ type: "block", choice }];
			block = index;
			return [...begun, ...delta(given, places.get(index))];
		}
		if (isObject(contentBlockStop)) return endOfRedacted(contentBlockStop.contentBlockIndex, redacted);
		if (isObject(messageStart)) return [{ type: "start" }, { type: "role", choice, role: "assistant" }];
		if (isObject(contentBlockStart)) return callOf(contentBlockStart, places);
		if (isObject(messageStop)) {
			const vendorReason = textIn(messageStop.stopReason);
			ending.hasReason = true;
			return [{ type: "finish", choice, reason: reasonOf(vendorReason), vendorReason }, ...last()];
		}
		if (isObject(metadata)) {
			ending.hasCounts = true;
			return [...countsOf(metadata), ...last()];
		}
		const error = bedrockErrors.read(json, "event");
		return error === undefined ? [] : [{ ...error, type: "error" }];
	};
}

function callOf({ contentBlockIndex: index, start }: Json, places: Map<unknown, number>): ChatEvent[] {
	const use = isObject(start) ? start.toolUse : undefined;
	if (!isObject(use) || use.type === "server_tool_use") return [];
	const place = places.size;
	places.set(index, place);
	const named = { id: textIn(use.toolUseId), callType: "function", name: textIn(use.name) };
	return [{ type: "tool_call", choice, place, ...named, arguments: "" }];
}

/** Base64 in several parts is not the base64 of the whole. */
function holdRedacted({ reasoningContent }: Json, index: unknown, held: Map<unknown, Buffer[]>): boolean {
	const part = isObject(reasoningContent) ? reasoningContent.redactedContent : undefined;
	if (typeof part !== "string") return false;
	const parts = held.get(index) ?? [];
	held.set(index, [...parts, Buffer.from(part, "base64")]);
	return true;
}

function endOfRedacted(index: unknown, held: Map<unknown, Buffer[]>): ChatEvent[] {
	const parts = held.get(index);
	if (parts === undefined) return [];
	held.delete(index);
	return [{ type: "reasoning", choice, text: "", encrypted: Buffer.concat(parts).toString("base64") }];
}

function delta(given: Json, place: number | undefined): ChatEvent[] {
	const { text, toolUse, reasoningContent, citation } = given;
	if (typeof text === "string") return [{ type: "text", choice, text, isPlain: false }];
	if (isObject(toolUse) && place !== undefined)
		return [{ type: "tool_call", choice, place, id: "", callType: "", name: "", arguments: textIn(toolUse.input) }];
	if (isObject(reasoningContent)) {
		const { text: thought, signature } = reasoningContent;
		return [{ type: "reasoning", choice, text: textIn(thought), signature: textIn(signature) || undefined }];
	}
	const cited = readCitations([citation]).map((one): ChatEvent => ({ type: "citation", choice, citation: one }));
	return [...cited, { type: "opaque", choice, length: textLengthOf(given) }];
}

function countsOf({ usage, serviceTier: tier }: Json): ChatEvent[] {
	const events: ChatEvent[] = tier === undefined ? [] : [{ type: "start", tier }];
	if (isObject(usage)) events.push({ type: "usage", tokens: tokensOf(usage), raw: usage, isAlone: true });
	return events;
}
