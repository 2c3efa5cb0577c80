/** Messages and answers for traces (`gen_ai.input.messages`, `gen_ai.output.messages`), if they are to contain them. */
import type { ChatEvent } from "../chat/event.js";
import { answerReader } from "../dialects/answerReader.js";
import type { Dialect } from "../dialects/dialect.js";
import type { Exchange } from "../exchange/exchange.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { TracedContent } from "./requestTrace.js";

/** Limit of the text of each choice. */
const maxCharacters = 256 * 1024;
const maxBodyBytes = 4 * maxCharacters;

type Json = Record<string, unknown>;

/** One choice of an answer. */
interface Output {
	role: string;
	text: string;
	finish: string | undefined;
}

/** Observes an answer on its way to the client. @returns a function that gives the answer's JSON when it is over */
export function followContent(answer: ResponseStream, dialect: Dialect | undefined): () => string | undefined {
	const choices = new Map<number, Output>();
	const events = (newEvents: readonly ChatEvent[]) => {
		for (const event of newEvents) note(event, choices);
	};
	answer.observers.push(answerReader(answer, dialect, { events }, maxBodyBytes));
	return () => (choices.size === 0 ? undefined : JSON.stringify([...choices.values()].map(describe)));
}

/** @returns the body's messages, prompt or input, and the given output */
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

function note(event: ChatEvent, choices: Map<number, Output>): void {
	if (event.type !== "role" && event.type !== "text" && event.type !== "finish") return;
	const output = choices.get(event.choice) ?? { role: "assistant", text: "", finish: undefined };
	choices.set(event.choice, output);
	if (event.type === "text" && output.text.length < maxCharacters) output.text += event.text;
	if (event.type === "finish") output.finish = event.vendorReason;
}
