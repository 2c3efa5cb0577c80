/** Takes down what a response says while it passes, for the turns that go on from it. */
import { eventType, responseIdIn } from "../dialects/openaiResponses/eventType.js";
import { elementsOf } from "../json/elements.js";
import { findMember } from "../json/jsonMember.js";

const names = {
	type: Buffer.from('"type"'),
	item: Buffer.from('"item"'),
	response: Buffer.from('"response"'),
	output: Buffer.from('"output"'),
	sealed: Buffer.from('"encrypted_content"'),
	content: Buffer.from('"content"'),
};

const mostFrequent = Buffer.from('{"type":"response.output_text.delta"');

export class TurnRecord {
	readonly #items: Buffer[] = [];
	/** The response's id, once it has come to its end. */
	id: string | undefined;
	/** It has come to a bad end. */
	hasFailed = false;

	/** Takes in an event's data. */
	note(data: Buffer): void {
		if (data.compare(mostFrequent, 0, mostFrequent.length, 0, Math.min(mostFrequent.length, data.length)) === 0) return;
		switch (eventType(data)) {
			case "response.output_item.done":
				this.#addMember(data);
				return;
			case "response.completed":
			case "response.incomplete":
				this.#end(data);
				return;
			case "response.failed":
			case "error":
				this.hasFailed = true;
		}
	}

	/** Its output, as far as it can be given back. */
	get items(): readonly Buffer[] {
		return this.#items;
	}

	#addMember(data: Buffer): void {
		const item = findMember(data, whole(data), names.item);
		if (item !== undefined) this.#add(data.subarray(item.start, item.end));
	}

	#end(data: Buffer): void {
		const response = findMember(data, whole(data), names.response);
		if (response === undefined) return;
		this.id = responseIdIn(data);
		if (this.#items.length > 0) return;
		const output = findMember(data, response, names.output);
		if (output === undefined) return;
		for (const { start, end } of elementsOf(data, output.start)) this.#add(data.subarray(start, end));
	}

	/** Reasoning that is neither sealed nor plain is nowhere but at whoever has said it. */
	#add(item: Buffer): void {
		const type = findMember(item, whole(item), names.type);
		const isReasoning = type !== undefined && item.toString("utf8", type.start, type.end) === '"reasoning"';
		if (isReasoning && !hasValue(item, names.sealed) && !hasValue(item, names.content)) return;
		// The event that it comes in is a part of something larger, which is not to be kept for it.
		this.#items.push(Buffer.from(item));
	}
}

function whole({ length }: Buffer) {
	return { start: 0, end: length };
}

const empty: ReadonlySet<string> = new Set(["null", "[]", '""']);

function hasValue(item: Buffer, name: Buffer): boolean {
	const value = findMember(item, whole(item), name);
	return value !== undefined && !empty.has(item.toString("utf8", value.start, Math.min(value.end, value.start + 5)));
}
