/** Bodies and events that come in the smallest pieces cost about what they do in large ones: in memory, and in bytes that are copied. */
import { PassThrough } from "node:stream";
import { crc32 } from "node:zlib";
import { expect, test, vi } from "vitest";
import { createLines } from "../../src/dialects/ollama/lines.js";
import { ThoughtSplitter } from "../../src/dialects/openai/thoughtSplitter.js";
import { arrivingBody } from "../../src/exchange/arrivingBody.js";
import { collectGarbage } from "../../src/exchange/collectGarbage.js";
import { Gathered } from "../../src/json/gathered.js";
import { FrameReader } from "../../src/streaming/binaryFrames.js";
import { BodyForm } from "../../src/streaming/bodyForm.js";
import { dataOfEvents, EventFramer, endOfEvent, eventData } from "../../src/streaming/eventFraming.js";
import { AnswerBody } from "../../src/upstream/answerBody.js";

const count = 400_000;
const mega = 1024 * 1024;

/** Takes a body whose end has not come. */
type Push = (piece: Buffer) => unknown;

const holders: [string, () => Push][] = [
	[
		"a request's body",
		() => {
			const request = new PassThrough();
			void arrivingBody(request as never, undefined, () => undefined).catch(() => {});
			return (piece) => request.emit("data", piece);
		},
	],
	[
		"an event",
		() => {
			const framer = new EventFramer();
			return (piece) => framer.push(piece);
		},
	],
	[
		"a frame of Bedrock's",
		() => {
			const frames = new FrameReader();
			const prelude = Buffer.alloc(12);
			prelude.writeUInt32BE(count * 2, 0);
			prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
			frames.push(prelude);
			return (piece) => frames.push(piece);
		},
	],
	[
		"a line of Ollama's",
		() => {
			const lines = createLines("application/x-ndjson");
			return (piece) => lines?.push(piece);
		},
	],
	[
		"a body whose form is open",
		() => {
			const form = new BodyForm({ isStreamAsked: true, isLabelled: false, wholeAsStream: () => undefined });
			return (piece) => form.take(piece);
		},
	],
	[
		"a body that may have reasoning in its text",
		() => {
			const splitter = new ThoughtSplitter({ tags: ["think"], isOpened: false }, 1);
			return (piece) => splitter.push(piece);
		},
	],
];

test.each(holders)("%s takes no memory for each piece", (_name, create) => {
	const socket = Buffer.from(`{"content":"${"x".repeat(count)}`);
	const push = create();
	push(socket.subarray(0, 12));
	collectGarbage();
	const before = process.memoryUsage().heapUsed;
	for (let at = 12; at < socket.length; at += 1) push(socket.subarray(at, at + 1));
	collectGarbage();
	expect(process.memoryUsage().heapUsed - before).toBeLessThan(10 * mega);
	push(socket.subarray(0, 1));
});

test("pieces of all lengths are gathered in their order", () => {
	const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
	const gathered = new Gathered();
	for (let at = 0, number = 0; at < bytes.length; number += 1) {
		const length = [1, 600, 3, 0, 511, 512, 2][number % 7] as number;
		gathered.add(bytes.subarray(at, at + length));
		at += length;
	}
	expect(Buffer.concat(gathered.pieces).equals(bytes)).toBe(true);
	expect([gathered.bytes, gathered.merged().equals(bytes)]).toEqual([bytes.length, true]);
	gathered.add(Buffer.from("end"));
	expect([gathered.take().subarray(-4), gathered.bytes, gathered.joined().length]).toEqual([
		Buffer.concat([bytes.subarray(-1), Buffer.from("end")]),
		0,
		0,
	]);
});

test.each([
	["an object", "", '{"content":"'],
	["spaces", "", ""],
	["spaces after a first line", '{"choices":[]}\n', ""],
])("a body that may be lines is looked at once: %s", (_name, first, begun) => {
	const form = new BodyForm({ isStreamAsked: true, isLabelled: true, wholeAsStream: () => undefined });
	let copied = 0;
	const { concat } = Buffer;
	const spy = vi.spyOn(Buffer, "concat").mockImplementation((list, length) => {
		const bytes = concat.call(Buffer, list, length) as Buffer<ArrayBuffer>;
		copied += bytes.length;
		return bytes;
	});
	try {
		if (first !== "") form.take(Buffer.from(first));
		for (const byte of `${begun}${(begun === "" ? " " : "x").repeat(60_000)}`) form.take(Buffer.from(byte));
		form.take(Buffer.from('{"choices":[]}\n'));
	} finally {
		spy.mockRestore();
	}
	expect(copied).toBeLessThan(1_000_000);
});

test("token counts are found at the end of a long body in small pieces", () => {
	const usage = { prompt_tokens: 7, completion_tokens: 8, total_tokens: 15 };
	const body = Buffer.from(JSON.stringify({ text: "x".repeat(500_000), usage, service_tier: "flex" }));
	const read = new AnswerBody();
	for (let at = 0; at < body.length; at += 100) read.add(body.subarray(at, at + 100));
	expect([read.usage(), read.tier(), read.isCut, read.bytes]).toEqual([usage, "flex", true, body.length]);
	const short = Buffer.from(JSON.stringify({ model: "m", text: "x".repeat(200_000), usage }));
	const whole = new AnswerBody();
	for (let at = 0; at < short.length; at += 100) whole.add(short.subarray(at, at + 100));
	expect([whole.usage(), whole.model(), whole.isCut]).toEqual([usage, "m", false]);
});

test("lines that end in carriage returns alone are each looked for once", () => {
	const length = 20_000;
	const lines = Buffer.from(`${"data:\r".repeat(length)}\r`);
	let searched = 0;
	const { indexOf } = Buffer.prototype;
	const spy = vi.spyOn(Buffer.prototype, "indexOf").mockImplementation(function (this: Buffer, value, from = 0) {
		const found = indexOf.call(this, value, from as number);
		searched += (found === -1 ? this.length : found) - (from as number);
		return found;
	});
	try {
		expect(endOfEvent(lines, 0, true)).toBe(lines.length);
		expect(eventData(lines, 0, lines.length, true)?.length).toBe(length - 1);
		const [data, ...others] = dataOfEvents(lines);
		expect([data?.length, others]).toEqual([length - 1, []]);
	} finally {
		spy.mockRestore();
	}
	// A window of 256 bytes for each line, a few times.
	expect(searched).toBeLessThan(10 * 256 * length);
});

test("an endless line of Ollama's is an error", () => {
	const lines = createLines("application/x-ndjson");
	const push = () => {
		for (let times = 0; times < 40; times += 1) lines?.push(Buffer.alloc(mega, "x"));
	};
	expect(push).toThrow("too long");
});
