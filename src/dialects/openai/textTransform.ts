/** Changes the text of OpenAI's completions as they pass. */
import { EventFramer, mapEvents } from "../../streaming/eventFraming.js";
import type { TextMapper, TextTransform, Transform } from "../../streaming/transform.js";

const terminator = "[DONE]";

interface Choice {
	index?: number;
	delta?: { content?: string | null } | null;
	message?: { content?: string | null } | null;
	text?: string | null;
	finish_reason?: string | null;
}

interface Completion {
	choices: (Choice | null)[];
}

/** Chunks of chat and text completions, and whole ones. */
export const textTransform: TextTransform = (isStream, makeMapper) =>
	isStream ? eventTransform(makeMapper) : bodyTransform(makeMapper);

function eventTransform(makeMapper: () => TextMapper): Transform {
	const choices = new StreamedChoices(makeMapper);
	const framer = new EventFramer();
	const map = (bytes: Buffer) =>
		mapEvents(bytes, (data) => (data === terminator ? { before: choices.rest() } : { data: choices.map(data) }));
	return {
		push: ({ bytes }) => map(framer.push(bytes)),
		end: () => Buffer.concat([map(framer.end()), Buffer.from(choices.rest())]),
	};
}

/** The choices of one stream, each with its mapper until it is finished. */
class StreamedChoices {
	readonly #makeMapper: () => TextMapper;
	readonly #mappers = new Map<number, TextMapper>();
	readonly #finished = new Set<number>();
	#latest: Completion | undefined;

	constructor(makeMapper: () => TextMapper) {
		this.#makeMapper = makeMapper;
	}

	/** An event's data with the text of its choices mapped; undefined for what is no chunk. */
	map(data: string): string | undefined {
		const completion = parseCompletion(data);
		if (!completion) return undefined;
		for (const choice of completion.choices) if (choice) this.#mapChoice(choice);
		this.#latest = completion;
		return JSON.stringify(completion);
	}

	/** What mappers hold back of choices that were never finished, as one more event. */
	rest(): string {
		const held = [...this.#mappers].map(([index, mapper]) => ({ index, text: mapper("", true) }));
		this.#mappers.clear();
		const isChat = this.#latest?.choices.some((choice) => choice?.delta) ?? true;
		const choices = held
			.filter(({ text }) => text !== "")
			.map(({ index, text }) => ({
				index,
				...(isChat ? { delta: { content: text } } : { text }),
				finish_reason: null,
			}));
		return choices.length === 0 ? "" : `data: ${JSON.stringify({ ...this.#latest, choices })}\n\n`;
	}

	#mapChoice(choice: Choice): void {
		const { index = 0, finish_reason: reason } = choice;
		if (this.#finished.has(index)) return;
		const isLast = typeof reason === "string" && reason !== "";
		const isText = typeof choice.text === "string";
		const given = isText ? choice.text : choice.delta?.content;
		if (typeof given === "string" || (isLast && this.#mappers.has(index))) {
			const text = this.#mapperOf(index)(given ?? "", isLast);
			if (isText) choice.text = text;
			// The text that was held back may have no place in the event that finishes the choice.
			else if (text !== "" || typeof given === "string") choice.delta = { ...choice.delta, content: text };
		}
		if (!isLast) return;
		this.#mappers.delete(index);
		this.#finished.add(index);
	}

	#mapperOf(index: number): TextMapper {
		const mapper = this.#mappers.get(index) ?? this.#makeMapper();
		this.#mappers.set(index, mapper);
		return mapper;
	}
}

function bodyTransform(makeMapper: () => TextMapper): Transform {
	return {
		push(piece) {
			const completion = parseCompletion(piece.bytes.toString());
			if (!completion) return piece;
			for (const choice of completion.choices) {
				if (typeof choice?.message?.content === "string")
					choice.message.content = makeMapper()(choice.message.content, true);
				else if (typeof choice?.text === "string") choice.text = makeMapper()(choice.text, true);
			}
			return Buffer.from(JSON.stringify(completion));
		},
		end: () => Buffer.alloc(0),
	};
}

function parseCompletion(text: string): Completion | undefined {
	try {
		const value = JSON.parse(text) as Completion | null;
		return Array.isArray(value?.choices) ? value : undefined;
	} catch {
		return undefined;
	}
}
