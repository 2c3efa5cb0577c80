/** Changes the text of a completion as it passes, streamed or not: what filters and translators are built on. */
import { createParser } from "eventsource-parser";
import { unread } from "../../streaming/piece.js";
import type { ResponseStream, Transform } from "../../streaming/responseStream.js";

/**
 * Maps one choice's text. Called with each piece in turn, of which the last, which may be empty, comes with `isLast`;
 * what it holds back of one piece it returns with a later one.
 */
export type TextMapper = (text: string, isLast: boolean) => string;

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

/**
 * Puts each choice's text through a mapper of its own. All else of the answer stays; an answer that is no completion
 * (an error, a body that is not JSON) passes as it is.
 *
 * @param makeMapper called once for each choice
 */
export function mapCompletionText(answer: ResponseStream, makeMapper: () => TextMapper): void {
	answer.transforms.push(answer.isStream ? eventTransform(makeMapper) : bodyTransform(makeMapper));
}

function eventTransform(makeMapper: () => TextMapper): Transform {
	const choices = new StreamedChoices(makeMapper);
	let out = "";
	const parser = createParser({
		onEvent: ({ data, event, id }) => {
			if (data === "[DONE]") out += choices.rest();
			out += `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}`;
			for (const line of choices.map(data).split("\n")) out += `data: ${line}\n`;
			out += "\n";
		},
		onComment: (comment) => {
			out += `: ${comment}\n\n`;
		},
	});
	const decoder = new TextDecoder();
	const take = () => {
		const bytes = Buffer.from(out);
		out = "";
		return bytes;
	};
	return {
		push({ bytes }) {
			parser.feed(decoder.decode(bytes, { stream: true }));
			return unread(take());
		},
		end() {
			out += choices.rest();
			return take();
		},
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

	/** An event's data with the text of its choices mapped. */
	map(data: string): string {
		const completion = parseCompletion(data);
		if (!completion) return data;
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
			return unread(Buffer.from(JSON.stringify(completion)));
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
