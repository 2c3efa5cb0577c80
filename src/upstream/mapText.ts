/** Changes the text of a completion as it passes, streamed or not: what filters and translators are built on. */
import { createParser } from "eventsource-parser";
import type { Answer, Transform } from "./answer.js";

/**
 * Maps one choice's text. Called with each piece in turn, and a last time with `isLast`; what it holds back of one
 * piece it returns with a later one.
 */
export type TextMapper = (text: string, isLast: boolean) => string;

interface Choice {
	index?: number;
	delta?: { content?: string | null };
	message?: { content?: string | null };
	text?: string;
	finish_reason?: string | null;
}

interface Completion {
	choices?: Choice[];
}

/**
 * Puts each choice's text through a mapper of its own. All else of the answer stays; an answer that is no completion
 * (an error, a body that is not JSON) passes as it is.
 *
 * @param makeMapper called once for each choice
 */
export function mapCompletionText(answer: Answer, makeMapper: () => TextMapper): void {
	const mappers = new Map<number, TextMapper>();
	const mapperOf = (choice: Choice) => {
		const index = choice.index ?? 0;
		const mapper = mappers.get(index) ?? makeMapper();
		mappers.set(index, mapper);
		return mapper;
	};
	answer.transforms.push(answer.isStream ? eventTransform(mapperOf) : bodyTransform(mapperOf));
}

type MapperOf = (choice: Choice) => TextMapper;

function eventTransform(mapperOf: MapperOf): Transform {
	let out = "";
	const parser = createParser({
		onEvent: ({ data, event, id }) => {
			out += `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}`;
			for (const line of mapEvent(data, mapperOf).split("\n")) out += `data: ${line}\n`;
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
		push(bytes) {
			parser.feed(decoder.decode(bytes, { stream: true }));
			return take();
		},
		end: take,
	};
}

function mapEvent(data: string, mapperOf: MapperOf): string {
	const completion = parseCompletion(data);
	if (!completion) return data;
	for (const choice of completion.choices ?? []) {
		const isLast = typeof choice.finish_reason === "string";
		if (choice.delta && (typeof choice.delta.content === "string" || isLast)) {
			const text = mapperOf(choice)(choice.delta.content ?? "", isLast);
			if (text !== "" || typeof choice.delta.content === "string") choice.delta.content = text;
		} else if (typeof choice.text === "string") choice.text = mapperOf(choice)(choice.text, isLast);
	}
	return JSON.stringify(completion);
}

function bodyTransform(mapperOf: MapperOf): Transform {
	return {
		push(bytes) {
			const completion = parseCompletion(bytes.toString());
			if (!completion) return bytes;
			for (const choice of completion.choices ?? []) {
				if (typeof choice.message?.content === "string")
					choice.message.content = mapperOf(choice)(choice.message.content, true);
				else if (typeof choice.text === "string") choice.text = mapperOf(choice)(choice.text, true);
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
