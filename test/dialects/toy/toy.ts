/** A vendor that nobody has heard of, with a wire format of its own: what adding one takes. */
import type { ChatEvent, FinishReason } from "../../../src/chat/event.js";
import type { ChatRequest, Message, Part } from "../../../src/chat/request.js";
import type { ChatResponse } from "../../../src/chat/response.js";
import { textTokens } from "../../../src/chat/tokenCounts.js";
import type { Dialect, EventBytes, Json, ReadEvent, StreamReader } from "../../../src/dialects/dialect.js";
import type { Provider } from "../../../src/providers/provider.js";

interface Turn {
	who: "rule" | "me" | "you" | "tool";
	says?: string;
	thinks?: string;
	calls?: { ref: string; what: string; with: unknown }[];
	ref?: string;
}

const whoOf = { system: "rule", developer: "rule", user: "me", assistant: "you", tool: "tool" } as const;
const reasons: Readonly<Record<string, FinishReason>> = { done: "stop", cap: "length", call: "tool_calls" };

class ToyReader implements StreamReader {
	match(): undefined {}

	read({ data }: EventBytes): ReadEvent | undefined {
		const json = JSON.parse(data) as Json & { says?: string; spent?: { in: number; out: number }; stopped?: string };
		return { json, events: [...eventsOf(json)] };
	}
}

function* eventsOf({ engine, says, thinks, call, stopped, spent, oops, bye }: Json): Generator<ChatEvent> {
	if (bye === true) yield { type: "end" };
	if (oops !== undefined) yield { type: "error", status: undefined, message: String(oops), isWellFormed: true };
	if (typeof engine === "string") yield { type: "start", model: engine };
	if (typeof thinks === "string") yield { type: "reasoning", choice: 0, text: thinks };
	if (typeof says === "string") yield { type: "text", choice: 0, text: says, isPlain: false };
	if (call !== undefined) {
		const { ref, what, with: given } = call as NonNullable<Turn["calls"]>[number];
		const text = JSON.stringify(given);
		yield { type: "tool_call", choice: 0, place: 0, id: ref, callType: "function", name: what, arguments: text };
	}
	if (typeof stopped === "string")
		yield { type: "finish", choice: 0, reason: reasons[stopped] ?? "other", vendorReason: stopped };
	if (spent !== undefined) yield usageOf(spent as { in: number; out: number });
}

function usageOf(spent: { in: number; out: number }): Extract<ChatEvent, { type: "usage" }> {
	const raw = { prompt_tokens: spent.in, completion_tokens: spent.out };
	return { type: "usage", tokens: textTokens(spent.in, spent.out), raw, isAlone: false };
}

function turnOf({ role, parts }: Message, dropped: Set<string>): Turn {
	const turn: Turn = { who: whoOf[role] };
	for (const part of parts) {
		if (part.type === "text") turn.says = (turn.says ?? "") + part.text;
		else if (part.type === "tool_call")
			turn.calls = [...(turn.calls ?? []), { ref: part.id, what: part.name, with: JSON.parse(part.arguments) }];
		else if (part.type === "tool_result") {
			turn.ref = part.id;
			turn.says = part.parts.map((inner) => (inner.type === "text" ? inner.text : "")).join("");
		} else dropped.add(part.type);
	}
	return turn;
}

function readWhole({ engine, turn, stopped, spent }: Json): ChatResponse {
	const { says, thinks, calls = [] } = turn as Turn;
	const parts: Part[] = [
		...(thinks === undefined ? [] : [{ type: "reasoning", text: thinks } as const]),
		...(says === undefined ? [] : [{ type: "text", text: says } as const]),
		...calls.map(({ ref, what, with: given }) => {
			const text = JSON.stringify(given);
			return { type: "tool_call", id: ref, callType: "function", name: what, arguments: text } as const;
		}),
	];
	const { tokens, raw } = usageOf(spent as { in: number; out: number });
	return {
		id: undefined,
		created: undefined,
		model: engine as string,
		choices: [{ parts, finish: { reason: reasons[stopped as string] ?? "other", vendorReason: stopped as string } }],
		usage: { tokens, raw },
	};
}

function writeRequest(request: ChatRequest, dropped: Set<string>): Json {
	return {
		engine: request.model,
		turns: request.messages.map((message) => turnOf(message, dropped)),
		cap: request.maxOutputTokens,
		live: request.isStream,
		skills: request.tools.map(({ name, parameters }) => ({ what: name, with: parameters })),
	};
}

const end = Buffer.from('data: {"bye":true}\n\n');

export const toy: Dialect = {
	name: "toy.turns",
	operation: "chat",
	contentMember: "turn",
	stream: {
		terminator: '{"bye":true}',
		end,
		asksForUsage: false,
		reader: () => new ToyReader(),
		wholeAsStream: () => undefined,
		cut: () => end,
	},
	errors: {
		body: ({ message }) => ({ oops: message }),
		event: ({ message }) => Buffer.from(`data: ${JSON.stringify({ oops: message })}\n\n`),
		read: ({ oops }) =>
			oops === undefined ? undefined : { status: undefined, message: String(oops), isWellFormed: true },
	},
	readWhole,
	translation: {
		readRequest: () => {
			throw new Error("no client speaks it");
		},
		writeRequest,
		writeResponse: () => ({}),
		writer: () => ({ head: {}, write: () => [], end: () => [] }),
	},
};

export const toyVendor: Provider = {
	name: "toy",
	dialects: [toy],
	path: ({ model, isStream }) => `/engines/${model}/${isStream ? "live" : "turn"}`,
	authorize: (key) => [["x-toy-pass", key]],
};
