/** Streams of Bedrock's Converse, as `frames.ts` gives them, into neutral events. */
import type { ChatEvent } from "../../chat/event.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import type { ObjectReader } from "../jsonEvents.js";
import { textIn } from "../openai/choice.js";
import { textLengthOf } from "../openai/textLength.js";
import { tokensOf } from "../usageCounts.js";
import { bedrockErrors } from "./errors.js";
import { reasonOf } from "./response.js";

const choice = 0;

export function createReader(): ObjectReader {
	/** Places of calls, by the index of their block. */
	const places = new Map<unknown, number>();
	/** Why it ended, and its counts, come last, in either order. */
	const ending = { hasReason: false, hasCounts: false };
	const last = (): ChatEvent[] => (ending.hasReason && ending.hasCounts ? [{ type: "end" }] : []);
	return (json) => {
		const { messageStart, contentBlockStart, contentBlockDelta, messageStop, metadata } = json;
		if (isObject(contentBlockDelta)) return delta(contentBlockDelta, places.get(contentBlockDelta.contentBlockIndex));
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

function delta({ delta: given }: Json, place: number | undefined): ChatEvent[] {
	if (!isObject(given)) return [];
	const { text, toolUse, reasoningContent } = given;
	if (typeof text === "string") return [{ type: "text", choice, text, isPlain: false }];
	if (isObject(toolUse) && place !== undefined)
		return [{ type: "tool_call", choice, place, id: "", callType: "", name: "", arguments: textIn(toolUse.input) }];
	if (isObject(reasoningContent) && reasoningContent.redactedContent === undefined) {
		const { text: thought, signature } = reasoningContent;
		return [{ type: "reasoning", choice, text: textIn(thought), signature: textIn(signature) || undefined }];
	}
	return [{ type: "opaque", choice, length: textLengthOf(given) }];
}

function countsOf({ usage }: Json): ChatEvent[] {
	return isObject(usage) ? [{ type: "usage", tokens: tokensOf(usage), raw: usage, isAlone: true }] : [];
}
