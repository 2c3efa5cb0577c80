/** Calls of tools as the client knows them: the way back of what `unfolding.ts` does. */
import type { ChatEvent, ToolCallDelta } from "../event.js";
import type { Part } from "../request.js";
import { CustomInputReader, customInput } from "./customInput.js";
import type { UnfoldedTools } from "./unfolding.js";

export type KnownTools = NonNullable<UnfoldedTools["known"]>;

/** @param part of an answer */
export function foldPart(part: Part, known: KnownTools): Part {
	const own = part.type === "tool_call" ? known.get(part.name) : undefined;
	if (part.type !== "tool_call" || own === undefined) return part;
	const { name, namespace, isCustom } = own;
	const named = { ...part, name, ...(namespace === undefined ? {} : { namespace }) };
	return isCustom ? { ...named, callType: "custom", arguments: customInput(part.arguments) } : named;
}

/** Folds the calls of one stream. */
export class CallFolder {
	readonly #known: KnownTools;
	/** Calls of custom tools that are not over, by choice and place. */
	readonly #inputs = new Map<
		string,
		{ readonly reader: CustomInputReader; readonly choice: number; readonly place: number }
	>();

	constructor(known: KnownTools) {
		this.#known = known;
	}

	fold(event: ChatEvent): readonly ChatEvent[] {
		if (event.type === "tool_call") return [this.#foldCall(event)];
		return event.type === "finish" ? [...this.rest(event.choice), event] : [event];
	}

	/** What is still to be said of calls. @param choice undefined for all */
	rest(choice?: number): ChatEvent[] {
		const events: ChatEvent[] = [];
		for (const [key, { reader, choice: own, place }] of this.#inputs) {
			if (choice !== undefined && own !== choice) continue;
			this.#inputs.delete(key);
			const text = reader.end();
			if (text !== "")
				events.push({ type: "tool_call", choice: own, place, id: "", callType: "", name: "", arguments: text });
		}
		return events;
	}

	#foldCall(event: ToolCallDelta): ToolCallDelta {
		const { choice, place } = event;
		const key = `${choice} ${place}`;
		const own = event.name === "" ? undefined : this.#known.get(event.name);
		if (own?.isCustom && !this.#inputs.has(key))
			this.#inputs.set(key, { reader: new CustomInputReader(), choice, place });
		const input = this.#inputs.get(key);
		const text = input === undefined ? event.arguments : input.reader.push(event.arguments);
		const named = own === undefined ? event : { ...event, name: own.name, namespace: own.namespace };
		return own?.isCustom ? { ...named, callType: "custom", arguments: text } : { ...named, arguments: text };
	}
}
