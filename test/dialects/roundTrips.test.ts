/** Random requests and streams: written in a dialect and read again, and translated from each dialect into each other. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChatEvent } from "../../src/chat/event.js";
import type { ChatRequest, Message, Part } from "../../src/chat/request.js";
import { ResponseBuilder } from "../../src/chat/response.js";
import { textTokens } from "../../src/chat/tokenCounts.js";
import { CustomInputReader, customArguments } from "../../src/chat/tools/customInput.js";
import { CallFolder } from "../../src/chat/tools/folding.js";
import { unfoldTools } from "../../src/chat/tools/unfolding.js";
import { anthropicMessages } from "../../src/dialects/anthropicMessages/index.js";
import type { Dialect, StreamFormat, StreamWriter, Translation } from "../../src/dialects/dialect.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { openaiResponses } from "../../src/dialects/openaiResponses/index.js";
import { createLocalSeals } from "../../src/dialects/seals.js";
import { sseBytes } from "../../src/streaming/eventFraming.js";
import { AnswerWriter } from "../../src/upstream/answerWriter.js";
import { ClientForm } from "../../src/upstream/clientForm.js";
import { EventStream } from "../../src/upstream/eventStream.js";

const dialects = [openaiChat, openaiResponses, anthropicMessages].map((dialect) => [dialect.name, dialect] as const);
const pairs = dialects.flatMap(([from, one]) =>
	dialects.filter(([to]) => to !== from).map(([to, other]) => [from, to, one, other] as const),
);
const translationOf = (dialect: Dialect) => dialect.translation as Translation;
const context = { requestId: "r", created: 1, model: "m", wantsUsage: true };

/** With escapes, several bytes a character, and what looks like JSON. */
const text = fc
	.array(
		fc.oneof(
			fc.string({ unit: "grapheme" }),
			fc.constantFrom('"', "\\", "\n", "}\n\n", '{"text":"', "data: ", "é", "\u{1F600}"),
		),
		{
			minLength: 1,
			maxLength: 4,
		},
	)
	.map((parts) => `x${parts.join("")}x`);
const name = fc.stringMatching(/^[a-z][a-zA-Z0-9_-]{0,20}$/);
const id = fc.stringMatching(/^call_[a-zA-Z0-9]{6}$/);
const jsonArguments = fc
	.dictionary(fc.constantFrom("a", "b", "ü"), fc.oneof(text, fc.integer(), fc.boolean()))
	.map((value) => JSON.stringify(value));

const call = fc.record({
	type: fc.constant("tool_call" as const),
	id,
	callType: fc.constant("function" as const),
	name,
	arguments: jsonArguments,
});
const textPart = text.map((value): Part => ({ type: "text", text: value }));
const image = fc.constantFrom<Part>(
	{ type: "image", source: { url: "https://example.org/a.png" } },
	{ type: "image", source: { data: "AAAA", mediaType: "image/png" } },
);

/** A question, and maybe calls with their results before an answer. */
const turn = fc
	.tuple(
		fc.array(fc.oneof(textPart, image), { minLength: 1, maxLength: 3 }),
		fc.option(textPart),
		fc.uniqueArray(call, { maxLength: 3, selector: (one) => one.id }),
		textPart,
	)
	.map(([asked, said, calls, answer]): Message[] => [
		{ role: "user", parts: asked },
		...(calls.length === 0
			? []
			: [{ role: "assistant" as const, parts: [...(said === null ? [] : [said]), ...calls] }]),
		...calls.map(
			(one): Message => ({
				role: "tool",
				parts: [{ type: "tool_result", id: one.id, parts: [{ type: "text", text: "r" }] }],
			}),
		),
		{ role: "assistant", parts: [answer] },
	]);

const tools = fc.uniqueArray(
	fc.record({
		name,
		description: fc.option(text, { nil: undefined }),
		parameters: fc.constant({ type: "object", properties: { a: { type: "string" } } }),
	}),
	{ maxLength: 3, selector: (tool) => tool.name },
);

const request = fc
	.record({
		system: fc.option(textPart, { nil: undefined }),
		turns: fc.array(turn, { minLength: 1, maxLength: 3 }),
		last: textPart,
		tools,
		choice: fc.constantFrom("auto" as const, "required" as const, "none" as const, "tool" as const, undefined),
		maxOutputTokens: fc.integer({ min: 1, max: 9_999 }),
		temperature: fc.option(fc.constantFrom(0, 0.5, 1), { nil: undefined }),
		isStream: fc.boolean(),
		user: fc.option(fc.constant("u"), { nil: undefined }),
		schema: fc.option(fc.constant({ type: "object", additionalProperties: false }), { nil: undefined }),
	})
	.map(
		({ system, turns, last, choice, temperature, schema, ...rest }): Omit<ChatRequest, "dialect"> => ({
			model: "m",
			messages: [
				...(system === undefined ? [] : [{ role: "system" as const, parts: [system] }]),
				...turns.flat(),
				{ role: "user", parts: [last] },
			],
			...rest,
			toolChoice:
				choice === undefined || rest.tools.length === 0
					? undefined
					: choice === "tool"
						? { type: "tool", name: rest.tools[0]?.name as string }
						: { type: choice },
			mayCallInParallel: undefined,
			responseFormat: schema && { type: "schema", name: "answer", schema, isStrict: true },
			sampling: { temperature },
			stop: [],
			reasoning: undefined,
			n: 1,
			wantsUsage: true,
			metadata: undefined,
			extensions: {},
		}),
	);

/** Dialects differ in which messages they put together. */
function flat(messages: readonly Message[]): unknown[] {
	return messages.flatMap(({ role, parts }) =>
		parts.map((part) => {
			const { detail: _detail, ...rest } = part as Part & { detail?: unknown };
			return [part.type === "tool_result" ? "tool" : role, rest];
		}),
	);
}

describe.each(dialects)("a request in %s", (_name, dialect) => {
	const { writeRequest, readRequest } = translationOf(dialect);

	test("is read as it was written", () => {
		fc.assert(
			fc.property(request, (given) => {
				const dropped = new Set<string>();
				const body = JSON.parse(JSON.stringify(writeRequest({ ...given, dialect: "another" }, dropped)));
				expect([...dropped]).toEqual([]);
				const { messages, dialect: own, extensions: _extensions, wantsUsage: _wants, ...rest } = readRequest(body);
				expect(own).toBe(dialect.name);
				expect(flat(messages)).toEqual(flat(given.messages));
				const { messages: _messages, extensions: _none, wantsUsage: _asked, ...expected } = given;
				const isStrict = rest.tools.map(({ isStrict: _strict, ...tool }) => tool);
				expect({ ...rest, tools: isStrict }).toEqual({
					...expected,
					tools: expected.tools.map((tool) => ({ ...tool })),
				});
			}),
			{ numRuns: 60 },
		);
	});
});

const piecesOf = (value: fc.Arbitrary<string>) =>
	fc.tuple(value, fc.array(fc.nat({ max: 50 }), { maxLength: 4 })).map(([whole, cuts]) => cutAt(whole, cuts));

function cutAt(whole: string, cuts: readonly number[]): string[] {
	const pieces: string[] = [];
	let rest = [...whole];
	for (const cut of cuts) {
		pieces.push(rest.slice(0, cut).join(""));
		rest = rest.slice(cut);
	}
	return [...pieces, rest.join("")].filter((piece) => piece !== "");
}

/** An answer's events, without its start and its end. */
const answer = fc
	.record({
		said: fc.array(fc.tuple(fc.constantFrom("text" as const, "reasoning" as const), piecesOf(text)), {
			minLength: 1,
			maxLength: 4,
		}),
		calls: fc.uniqueArray(fc.tuple(id, name, piecesOf(jsonArguments)), { maxLength: 3, selector: ([own]) => own }),
		isCut: fc.boolean(),
		tokens: fc.record({
			input: fc.integer({ min: 10, max: 99 }),
			cached: fc.nat({ max: 9 }),
			output: fc.integer({ min: 10, max: 99 }),
		}),
	})
	.map(({ said, calls, isCut, tokens }): ChatEvent[] => [
		{ type: "start", id: "c", created: 1, model: "m" },
		{ type: "role", choice: 0, role: "assistant" },
		...said.flatMap(([type, pieces]) =>
			pieces.map((piece): ChatEvent => ({ type, choice: 0, text: piece, isPlain: false }) as ChatEvent),
		),
		...calls.flatMap(([own, called, pieces], place) =>
			["", ...pieces].map(
				(piece, at): ChatEvent => ({
					type: "tool_call",
					choice: 0,
					place,
					id: at === 0 ? own : "",
					callType: at === 0 ? "function" : "",
					name: at === 0 ? called : "",
					arguments: piece,
				}),
			),
		),
		{
			type: "finish",
			choice: 0,
			reason: isCut ? "length" : calls.length > 0 ? "tool_calls" : "stop",
			vendorReason: "",
		},
		{
			type: "usage",
			tokens: { ...textTokens(0, 0), ...tokens },
			raw: {},
			isAlone: true,
		},
	]);

function bytesOf(writer: StreamWriter, events: readonly ChatEvent[], end: Buffer): Buffer {
	const written = [...events.flatMap((event) => writer.write([event])), ...writer.end()];
	return Buffer.concat([...written.map(({ name: own, json }) => sseBytes(JSON.stringify(json), own)), end]);
}

/** @param sizes of the pieces that the bytes come in, over and over */
function* inPieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
	for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
		const size = sizes[turn % sizes.length] as number;
		yield bytes.subarray(at, at + size);
		at += size;
	}
}

function read(format: StreamFormat, bytes: Buffer, sizes: readonly number[]) {
	const builder = new ResponseBuilder();
	const stream = new EventStream({
		format,
		choices: 1,
		consumer: {
			add: ({ events }) => {
				for (const event of events) builder.add(event);
			},
			addText: (choice, piece, isPlain) => builder.add({ type: "text", choice, text: piece, isPlain }),
		},
	});
	for (const piece of inPieces(bytes, sizes)) stream.push(piece);
	stream.end();
	expect(stream.isTerminated).toBe(true);
	expect(stream.dropped).toBe(0);
	return saidIn(builder);
}

function saidIn({ response: { choices, usage } }: ResponseBuilder) {
	const parts = choices[0]?.parts.map((part) =>
		part.type === "reasoning" ? { type: part.type, text: part.text } : part,
	);
	const { input, cached, output } = usage?.tokens ?? {};
	return { parts, finish: choices[0]?.finish?.reason, input, cached, output };
}

function saidBy(events: readonly ChatEvent[]) {
	const builder = new ResponseBuilder();
	for (const event of events) builder.add(event);
	return saidIn(builder);
}

/** Sizes such that every event comes alone, or in parts. */
const sizes = fc.oneof(
	fc.constant([100_000]),
	fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
);

describe.each(dialects)("a stream in %s", (_name, dialect) => {
	test("is read as it was written, wherever it is cut", () => {
		const format = dialect.stream as StreamFormat;
		fc.assert(
			fc.property(answer, sizes, (events, cuts) => {
				const bytes = bytesOf(translationOf(dialect).writer(context), events, format.end);
				expect(read(format, bytes, cuts)).toEqual(saidBy(events));
			}),
			{ numRuns: 60 },
		);
	});
});

describe.each(pairs)("a stream from %s to %s", (from, _to, upstream, client) => {
	test("says the same, event by event and wherever it is cut", () => {
		const format = upstream.stream as StreamFormat;
		const own = client.stream as StreamFormat;
		fc.assert(
			fc.property(answer, sizes, fc.boolean(), (events, cuts, isEventByEvent) => {
				const given = bytesOf(translationOf(upstream).writer(context), events, format.end);
				const writer = new AnswerWriter(
					translationOf(client).writer(context),
					new ClientForm(from, undefined, createLocalSeals()),
				);
				const stream = new EventStream({ format, choices: 1, writer: { stream: writer, end: own.end } });
				const pieces = isEventByEvent
					? given
							.toString()
							.split(/(?<=\n\n)/)
							.map((event) => Buffer.from(event))
					: inPieces(given, cuts);
				const out: Buffer[] = [];
				for (const piece of pieces) out.push(stream.push(piece)?.bytes ?? Buffer.alloc(0));
				expect(read(own, Buffer.concat(out), cuts)).toEqual(saidBy(events));
			}),
			{ numRuns: 60 },
		);
	});
});

test("the input of a custom tool comes out of its arguments, wherever they are cut", () => {
	fc.assert(
		fc.property(
			fc.string({ unit: "binary" }),
			fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
			(input, cuts) => {
				const packed = customArguments(input);
				const reader = new CustomInputReader();
				let read = "";
				for (let at = 0, turn = 0; at < packed.length; turn += 1) {
					const size = cuts[turn % cuts.length] as number;
					read += reader.push(packed.slice(at, at + size));
					at += size;
				}
				expect(read + reader.end()).toBe(input);
			},
		),
		{ numRuns: 200 },
	);
});

test("tools of any names get names that are taken, each its own, and come back as they were", () => {
	const namespace = fc.option(fc.string({ minLength: 1, maxLength: 40 }), { nil: undefined });
	const tool = fc.record({ name: fc.string({ maxLength: 90 }), namespace }, { requiredKeys: ["name"] });
	const key = (one: { name: string; namespace?: string | undefined }) => JSON.stringify([one.namespace, one.name]);
	fc.assert(
		fc.property(fc.uniqueArray(tool, { selector: key, maxLength: 8 }), (all) => {
			const offered = all.map((one) => ({ ...one, description: undefined, parameters: {} }));
			const { request: sent, known } = unfoldTools({ tools: offered, messages: [] } as unknown as ChatRequest, {});
			const names = sent.tools.map((one) => one.name);
			expect(new Set(names).size).toBe(names.length);
			for (const one of names) expect(one).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
			const folder = new CallFolder(known ?? new Map());
			const back = names.map((one) => folder.fold(callEvent(one))[0] as { name: string; namespace?: string });
			expect(back.map(key)).toEqual(offered.map(key));
		}),
		{ numRuns: 200 },
	);
});

function callEvent(called: string): ChatEvent {
	return { type: "tool_call", choice: 0, place: 0, id: "c", callType: "function", name: called, arguments: "" };
}
