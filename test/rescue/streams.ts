/** Streamed answers made of what they say, cut in any way, and a client that puts together what it is sent. */
import fc from "fast-check";
import type { ChatEvent } from "../../src/chat/event.js";
import { Transcript } from "../../src/chat/transcript.js";
import { eventsOfChunk } from "../../src/dialects/openai/chunkEvents.js";
import { Splice, type SpliceOptions } from "../../src/dialects/openai/splice/splice.js";

export type Json = Record<string, unknown>;

export interface Call {
	name: string;
	arguments: string;
}

export interface Answer {
	reasoning: string;
	content: string;
	calls: Call[];
}

/** Any Unicode, characters outside of the BMP and lone surrogates among it. */
export const anyText = fc.oneof(
	fc.string({ unit: "binary", maxLength: 40 }),
	fc.string({ unit: "grapheme", maxLength: 30 }),
	fc.string({ unit: fc.constantFrom("\ud83d", "\ude00", "a"), maxLength: 10 }),
);

/** Few characters, two of which have their first half in common, so that texts often agree for a while. */
export const similarText = fc.string({ unit: fc.constantFrom("a", "b", "😀", "😁"), maxLength: 6 });

/** Lengths of pieces, used in turn. */
export const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 });

export function piecesOf(text: string, lengths: readonly number[]): string[] {
	const pieces: string[] = [];
	for (let at = 0, turn = 0; at < text.length; turn += 1) {
		const length = lengths[turn % lengths.length] as number;
		pieces.push(text.slice(at, at + length));
		at += length;
	}
	return pieces;
}

export function chunk(host: string, choice: Json, more: Json = {}): Json {
	const head = { id: `chatcmpl-${host}`, object: "chat.completion.chunk", created: host.length, model: host };
	return { ...head, choices: [{ index: 0, finish_reason: null, ...choice }], ...more };
}

export function chunksOf(
	host: string,
	{ reasoning, content, calls }: Answer,
	{ lengths = [3], isInterleaved = false, finish = "stop" }: Cutting = {},
): Json[] {
	const say = (delta: Json) => chunk(host, { delta });
	const pieces = calls.map((call, index) => callDeltas(host, call, index, lengths));
	return [
		say({ role: "assistant", content: "" }),
		...piecesOf(reasoning, lengths).map((reasoning_content) => say({ reasoning_content })),
		...piecesOf(content, lengths).map((text) => say({ content: text })),
		...(isInterleaved ? interleaved(pieces) : pieces.flat()).map((call) => say({ tool_calls: [call] })),
		chunk(host, { delta: {}, finish_reason: finish }),
	];
}

export interface Cutting {
	lengths?: readonly number[];
	/** Calls are said in turn rather than one after the other. */
	isInterleaved?: boolean;
	finish?: string;
}

function callDeltas(host: string, call: Call, index: number, lengths: readonly number[]): Json[] {
	const begun = { index, id: `call-${host}-${index}`, type: "function", function: { name: call.name, arguments: "" } };
	return [begun, ...piecesOf(call.arguments, lengths).map((text) => ({ index, function: { arguments: text } }))];
}

function interleaved<Item>(lists: Item[][]): Item[] {
	const longest = Math.max(0, ...lists.map(({ length }) => length));
	return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}

export interface Seen extends Answer {
	text: string;
	refusal: string;
	callIds: unknown[];
	roles: number;
	finish: unknown[];
	ids: unknown[];
}

interface SeenDelta {
	role?: string;
	content?: string | null;
	reasoning_content?: string;
	refusal?: string | null;
	tool_calls?: { index: number; id?: string; function: { name?: string; arguments?: string } }[];
}

/** Assembles the chunks of one choice as a client does; a seam replaces the text after it. */
export function seen(chunks: readonly Json[], index = 0): Seen {
	const all: Seen = {
		reasoning: "",
		content: "",
		text: "",
		refusal: "",
		calls: [],
		callIds: [],
		roles: 0,
		finish: [],
		ids: [...new Set(chunks.map(({ id, created }) => `${id} ${created}`))],
	};
	for (const { choices, llmgw } of chunks as { choices: Json[]; llmgw?: { seam: Record<string, number> } }[]) {
		if (llmgw) {
			all.content = firstOf(all.content, llmgw.seam.offset);
			all.text = firstOf(all.text, llmgw.seam.offset);
			all.reasoning = firstOf(all.reasoning, llmgw.seam.reasoning_offset);
		}
		for (const choice of choices) if (choice.index === index) see(all, choice);
	}
	return all;
}

function firstOf(text: string, codePoints: number | undefined): string {
	return codePoints === undefined ? text : Array.from(text).slice(0, codePoints).join("");
}

function see(all: Seen, { delta = {}, text, finish_reason: reason }: Json & { delta?: SeenDelta }): void {
	all.content += delta.content ?? "";
	all.reasoning += delta.reasoning_content ?? "";
	all.refusal += delta.refusal ?? "";
	all.text += text ?? "";
	if (delta.role) all.roles += 1;
	if (reason) all.finish.push(reason);
	for (const { index, id, function: said } of delta.tool_calls ?? []) {
		const call = all.calls[index] ?? { name: "", arguments: "" };
		all.calls[index] = { name: call.name + (said.name ?? ""), arguments: call.arguments + (said.arguments ?? "") };
		if (id !== undefined) all.callIds.push(id);
	}
}

/** The text of a chunk. */
export function said(chunk: Json): { events: ChatEvent[] } {
	return { events: eventsOfChunk(chunk, new Map()) };
}

export function transcriptOf(sent: readonly Json[]): Transcript {
	const transcript = new Transcript();
	for (const each of sent) transcript.add(said(each));
	return transcript;
}

export interface Joined {
	/** Offset in the second answer. */
	send: Json[];
	departed: string | undefined;
}

/** Adds what is sent to the transcript, as the gateway does. */
export function join(transcript: Transcript, second: readonly Json[], options: Partial<SpliceOptions> = {}): Joined {
	const splice = new Splice(transcript, { kind: "restart", mode: "exact", isStructured: false, ...options });
	const send: Json[] = [];
	for (const each of second) {
		const step = splice.take(structuredClone(each));
		if ("departed" in step) return { send, departed: step.departed };
		for (const sent of step.send) transcript.add(said(sent));
		send.push(...step.send);
	}
	const end = splice.end();
	return { send, departed: "departed" in end ? end.departed : undefined };
}
