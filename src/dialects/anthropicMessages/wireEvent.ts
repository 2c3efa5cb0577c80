/** Events of Anthropic's Messages, each under the name that its `type` is. */
import { sseBytes } from "../../streaming/eventFraming.js";
import type { Json, WireEvent } from "../dialect.js";
import { textIn } from "../openai/choice.js";

/** @param json its `type` is the event's name */
export function wireEvent(json: Json): WireEvent {
	return { name: textIn(json.type), json };
}

export function bytesOf(events: readonly WireEvent[]): Buffer {
	return Buffer.concat(events.map(({ name, json }) => sseBytes(JSON.stringify(json), name)));
}
