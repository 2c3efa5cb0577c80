/** Puts the chunks of a streamed chat completion together into the completion that the upstream would have sent whole. */
import { isObject } from "../../../json/isObject.js";
import { extend, type Json } from "./extend.js";

/** As bytes: a text for each chunk, and one of all so far, would be much to collect. */
interface Text {
	bytes: Buffer;
	used: number;
}

const firstBytes = 256;

interface RecordedChoice {
	/** Text that is not in the message yet. */
	text: Text | undefined;
	/** Members of the choice that are neither delta, finish reason nor log probabilities. */
	other: Json;
	message: Json;
	toolCalls: Map<number, Json>;
	logprobs: Json | null;
	finishReason: string | null;
}

/** Members of a chunk that mean nothing outside of the stream. */
const streamMembers = new Set(["id", "object", "choices", "obfuscation", "__proto__"]);

/** Takes in chunks as they come, and never refuses one: what an upstream sends amiss is left out. */
export class CompletionRecorder {
	readonly #head: Json = {};
	readonly #choices = new Map<number, RecordedChoice>();
	#hasFailed = false;
	#hasChunks = false;

	/** The upstream said with an event of its own that it could not go on. */
	get hasFailed(): boolean {
		return this.#hasFailed;
	}

	/** An event of the stream. */
	add(event: Json): void {
		if (!Array.isArray(event.choices)) {
			if (event.error !== undefined && event.error !== null) this.#hasFailed = true;
			return;
		}
		this.#hasChunks = true;
		// Some upstreams send an empty model or a null usage with all chunks but one.
		for (const name in event)
			if (!streamMembers.has(name) && (isTelling(event[name]) || !(name in this.#head))) this.#head[name] = event[name];
		for (const choice of event.choices) if (isObject(choice)) this.#addChoice(choice);
	}

	/** The text of a chunk that is in all else what the one before it was: UTF-8, from `start` to `end`. */
	addText(index: number, bytes: Buffer, start: number, end: number): void {
		const choice = this.#choiceAt(index);
		choice.text ??= { bytes: Buffer.allocUnsafe(firstBytes), used: 0 };
		const { text } = choice;
		const needed = text.used + end - start;
		if (needed > text.bytes.length) {
			const longer = Buffer.allocUnsafe(2 * needed);
			text.bytes.copy(longer, 0, 0, text.used);
			text.bytes = longer;
		}
		bytes.copy(text.bytes, text.used, start, end);
		text.used = needed;
	}

	/** What has come so far, as a `chat.completion`. */
	completion(id: string, fallback: { created: number; model: string }): Json {
		const { created = fallback.created, ...head } = this.#head;
		const choices = [...this.#choices].sort(([first], [second]) => first - second);
		return {
			id,
			object: "chat.completion",
			created,
			...head,
			model: isTelling(head.model) ? head.model : fallback.model,
			choices: choices.map(([index, choice]) => wholeChoice(index, withText(choice))),
		};
	}

	/** There is something to keep. */
	get hasChunks(): boolean {
		return this.#hasChunks;
	}

	#addChoice(given: Json): void {
		const { index = 0, delta, finish_reason: reason, logprobs, ...other } = given;
		const choice = withText(this.#choiceAt(typeof index === "number" ? index : 0));
		Object.assign(choice.other, other);
		if (typeof reason === "string" && reason !== "") choice.finishReason = reason;
		if (isObject(logprobs)) choice.logprobs = extend(choice.logprobs ?? {}, logprobs);
		if (!isObject(delta)) return;
		const { tool_calls: calls, ...rest } = delta;
		extend(choice.message, rest);
		if (Array.isArray(calls)) for (const call of calls) if (isObject(call)) addToolCall(choice.toolCalls, call);
	}

	#choiceAt(index: number): RecordedChoice {
		let choice = this.#choices.get(index);
		if (choice) return choice;
		choice = { text: undefined, other: {}, message: {}, toolCalls: new Map(), logprobs: null, finishReason: null };
		this.#choices.set(index, choice);
		return choice;
	}
}

/** All of its text is in the message. */
function withText(choice: RecordedChoice): RecordedChoice {
	const { text, message } = choice;
	if (text === undefined || text.used === 0) return choice;
	const said = text.bytes.toString("utf8", 0, text.used);
	extend(message, { content: said });
	text.used = 0;
	return choice;
}

function wholeChoice(index: number, { other, message, toolCalls, logprobs, finishReason }: RecordedChoice): Json {
	const { role, content, refusal, ...rest } = message;
	const calls = [...toolCalls].sort(([first], [second]) => first - second).map(([, call]) => call);
	return {
		...other,
		index,
		message: {
			role: isTelling(role) ? role : "assistant",
			// An answer without text has null there when it comes whole, and often "" in its first chunk.
			content: isTelling(content) ? content : null,
			refusal: isTelling(refusal) ? refusal : null,
			...rest,
			...(calls.length > 0 ? { tool_calls: calls } : {}),
		},
		logprobs,
		finish_reason: finishReason,
	};
}

/** Calls are told apart by their index; upstreams that send each call whole in one chunk may leave it out. */
function addToolCall(calls: Map<number, Json>, { index, ...call }: Json): void {
	const place = typeof index === "number" ? index : placeOf(calls, call.id);
	const before = calls.get(place);
	if (before) extend(before, call);
	else calls.set(place, extend({}, call));
}

function placeOf(calls: Map<number, Json>, id: unknown): number {
	if (id === undefined || id === null) return Math.max(0, calls.size - 1);
	for (const [place, call] of calls) if (call.id === id) return place;
	return calls.size;
}

function isTelling(value: unknown): boolean {
	return value !== undefined && value !== null && value !== "";
}
