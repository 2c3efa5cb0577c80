/** Files that a vendor keeps, which nobody else has. */
import type { Message, Part } from "./request.js";

/** The messages without what they name by a vendor's id. @param dropped gets the types of what is left out */
export function withoutFiles(messages: readonly Message[], dropped: Set<string>): readonly Message[] {
	const isStored = (part: Part): boolean =>
		part.type === "tool_result" ? part.parts.some(isStored) : "source" in part && "fileId" in part.source;
	if (!messages.some(({ parts }) => parts.some(isStored))) return messages;
	const left = (parts: readonly Part[]): Part[] =>
		parts.flatMap((part) => {
			if (!isStored(part)) return [part];
			if (part.type === "tool_result") return [{ ...part, parts: left(part.parts) }];
			dropped.add(part.type);
			return [];
		});
	return messages.map((message) => ({ ...message, parts: left(message.parts) }));
}
