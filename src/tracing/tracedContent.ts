/** Messages and answers as traces show them (`gen_ai.input.messages`, `gen_ai.output.messages`), where that is wanted. */
import { createParser } from "eventsource-parser";
import type { Exchange } from "../exchange/exchange.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { TracedContent } from "./requestTrace.js";

/** What is kept of an answer. */
const maxCharacters = 256 * 1024;

type Json = Record<string, unknown>;

/** What is kept of each choice. */
interface Output {
	role: string;
	text: string;
	finish: string | undefined;
}

/** Follows an answer as the client is sent it. @returns what to ask when it is over */
export function followContent(answer: ResponseStream): () => string | undefined {
	const choices = new Map<number, Output>();
	const decoder = new TextDecoder();
	let body = "";
	const parser = answer.isStream ? createParser({ onEvent: ({ data }) => readChunk(data, choices) }) : undefined;
	answer.observers.push({
		chunk(bytes) {
			const text = decoder.decode(bytes, { stream: true });
			if (parser) parser.feed(text);
			else if (body.length < maxCharacters) body += text;
		},
	});
	return () => {
		if (parser === undefined) readChunk(body, choices);
		return choices.size === 0 ? undefined : JSON.stringify([...choices.values()].map(describe));
	};
}

/** The body's messages, prompt or input. */
export function contentOf({ body }: Exchange, output: string | undefined): TracedContent {
	const { messages, prompt, input } = body?.json ?? {};
	const list = Array.isArray(messages)
		? messages.map((message: Json | null) => ({ role: message?.role, parts: partsOf(message?.content) }))
		: [prompt, input]
				.filter((text) => text !== undefined)
				.map((text) => ({ role: "user", parts: partsOf(typeof text === "string" ? text : JSON.stringify(text)) }));
	return { input: list.length === 0 ? undefined : JSON.stringify(list), output };
}

function describe({ role, text, finish }: Output): object {
	return { role, parts: partsOf(text), finish_reason: finish };
}

function partsOf(content: unknown): object[] {
	if (typeof content === "string") return [{ type: "text", content }];
	if (!Array.isArray(content)) return [];
	return content.map((part: Json | string | null) => {
		if (typeof part === "string") return { type: "text", content: part };
		return part?.type === "text" ? { type: "text", content: part.text } : { type: part?.type };
	});
}

function readChunk(data: string, choices: Map<number, Output>): void {
	for (const choice of choicesOf(data)) {
		const index = typeof choice.index === "number" ? choice.index : 0;
		const message = (choice.delta ?? choice.message) as Json | undefined;
		const output = choices.get(index) ?? { role: "assistant", text: "", finish: undefined };
		choices.set(index, output);
		if (output.text.length < maxCharacters) output.text += textOf(message?.content ?? choice.text);
		if (typeof choice.finish_reason === "string") output.finish = choice.finish_reason;
	}
}

/** Some models answer in parts, of which those without text are thoughts and the like. */
function textOf(content: unknown): string {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) return "";
	return content.map((part: Json | null) => (typeof part?.text === "string" ? part.text : "")).join("");
}

function choicesOf(data: string): Json[] {
	try {
		const { choices } = JSON.parse(data) as { choices?: unknown };
		return Array.isArray(choices) ? (choices as Json[]) : [];
	} catch {
		return [];
	}
}
