/** Turns of responses on a WebSocket, over upstreams that know nothing of it. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { chunk, type HostAnswer, sendJson, startAiHost, startStream, type TestHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway } from "../kit/gateway.js";
import { countingHost, type Frame, openSocket, textOf } from "../kit/sockets.js";

let host: TestHost;
let gateway: TestGateway;
/** In place of the usual answer. */
let answer: HostAnswer = countingHost;

beforeAll(async () => {
	host = await startAiHost((...given) => answer(...given));
	gateway = await startGateway(host.url);
});
afterAll(async () => {
	await gateway.stop();
	await host.close();
});

async function connected(given: HostAnswer = countingHost) {
	answer = given;
	const socket = await openSocket(gateway.url);
	onTestFinished(() => {
		answer = countingHost;
		socket.socket.terminate();
	});
	return socket;
}

const idOf = (frames: readonly Frame[]) => frames.at(-1)?.response?.id;
const sentBody = () => JSON.parse(host.received.at(-1)?.body.toString() ?? "");
const notFound = (id: string | undefined) => ({
	type: "error",
	status: 400,
	error: { type: "invalid_request_error", code: "previous_response_not_found", param: "previous_response_id" },
	...(id === undefined ? {} : { error: { message: `Previous response with id '${id}' not found.` } }),
});

test("a turn's events come as frames, in the order and the form of a stream's data", async () => {
	const socket = await connected();
	const frames = await socket.turn({ input: "Hi" });
	expect(frames.map(({ sequence_number }) => sequence_number)).toEqual(frames.map((_frame, at) => at));
	expect(frames[0]).toMatchObject({ type: "response.created", response: { status: "in_progress" } });
	expect(frames.at(-1)).toMatchObject({ type: "response.completed", response: { status: "completed" } });
	expect(textOf(frames)).toBe('1: "Hi"');
	expect(frames.some((frame) => "stream_id" in frame)).toBe(false);
});

test("a frame's members reach the upstream, but for those of the transport", async () => {
	const socket = await connected();
	await socket.turn({ input: "Hi", instructions: "Be brief.", stream: false, background: false, max_output_tokens: 9 });
	expect(sentBody()).toMatchObject({
		stream: true,
		max_tokens: 9,
		messages: [{ content: "Be brief." }, { content: "Hi" }],
	});
});

test("a turn that goes on from two things at once is refused for that, and not for what it goes on from", async () => {
	const socket = await connected();
	const frames = await socket.turn({ input: "Hi", previous_response_id: "resp_1", conversation: "conv_1" });
	expect(frames).toMatchObject([{ status: 400, error: { code: "mutually_exclusive_parameters" } }]);
});

describe("a turn that goes on from one of its connection", () => {
	test("has the items of all turns before it, and not their instructions", async () => {
		const socket = await connected();
		const first = await socket.turn({ input: "one", instructions: "Be brief.", store: false });
		const second = await socket.turn({ input: "two", previous_response_id: idOf(first), store: false });
		const third = await socket.turn({
			input: [{ role: "user", content: "three" }],
			previous_response_id: idOf(second),
			store: false,
		});
		expect([first, second, third].map(textOf)).toEqual(['2: "one"', '3: "two"', '5: "three"']);
		expect(sentBody().messages.map(({ content }: { content: string }) => content)).toEqual([
			"one",
			'2: "one"',
			"two",
			'3: "two"',
			"three",
		]);
	});

	test("may bring an empty input, or none", async () => {
		const socket = await connected();
		const first = await socket.turn({ input: "one", store: false });
		const second = await socket.turn({ input: [], previous_response_id: idOf(first), store: false });
		const third = await socket.turn({ previous_response_id: idOf(second), store: false });
		expect([second, third].map((frames) => frames.at(-1)?.type)).toEqual(["response.completed", "response.completed"]);
		expect(sentBody().messages.map(({ role }: { role: string }) => role)).toEqual(["user", "assistant"]);
		expect(sentBody().messages[1].content).toContain("2: ");
	});

	test("keeps a call and its output together", async () => {
		const call = { id: "call_1", index: 0, type: "function", function: { name: "look", arguments: '{"at":1}' } };
		const socket = await connected((_request, response) => {
			startStream(response);
			response.end(`${chunk({ tool_calls: [call] })}${chunk({}, "tool_calls")}data: [DONE]\n\n`);
		});
		const first = await socket.turn({ input: "Look.", store: false, tools: [{ type: "function", name: "look" }] });
		answer = countingHost;
		const output = { type: "function_call_output", call_id: "call_1", output: "a wall" };
		await socket.turn({ input: [output], previous_response_id: idOf(first), store: false });
		expect(sentBody().messages).toMatchObject([
			{ role: "user", content: "Look." },
			{ role: "assistant", tool_calls: [{ id: "call_1", function: { name: "look", arguments: '{"at":1}' } }] },
			{ role: "tool", tool_call_id: "call_1", content: "a wall" },
		]);
	});

	test.each(["resp_unknown", "resp_a\\u0022b"])(
		"from %s, which nobody knows, is refused in the vendor's words",
		async (id) => {
			const socket = await connected();
			const [frame] = await socket.turn({ input: "Hi", previous_response_id: id });
			expect(frame).toMatchObject(notFound(undefined));
			expect(frame?.error?.message).toBe(`Previous response with id '${id}' not found.`);
			expect(textOf(await socket.turn({ input: "Hi" }))).toBe('1: "Hi"');
		},
	);

	test("finds what the gateway keeps, on another connection too, and goes on without its being kept", async () => {
		const first = await (await connected()).turn({ input: "one" });
		const other = await connected();
		const second = await other.turn({ input: "two", previous_response_id: idOf(first), store: false });
		expect(textOf(second)).toBe('3: "two"');
		expect(textOf(await other.turn({ input: "three", previous_response_id: idOf(second), store: false }))).toBe(
			'5: "three"',
		);
	});

	test("finds nothing on another connection", async () => {
		const first = await (await connected()).turn({ input: "one", store: false });
		const other = await connected();
		expect(await other.turn({ input: "two", previous_response_id: idOf(first), store: false })).toMatchObject([
			notFound(idOf(first)),
		]);
	});

	test("finds nothing once a turn that went on from there has failed", async () => {
		const socket = await connected();
		const first = await socket.turn({ input: "one", store: false });
		answer = (_request, response) => sendJson(response, { error: { message: "No." } }, 400);
		const more = { input: "two", previous_response_id: idOf(first), store: false };
		expect(await socket.turn(more)).toMatchObject([{ type: "error", status: 400, error: { message: "No." } }]);
		answer = countingHost;
		expect(await socket.turn(more)).toMatchObject([notFound(idOf(first))]);
	});

	test("finds nothing of a thread that its lane has left for a new one", async () => {
		const socket = await connected();
		const first = await socket.turn({ input: "one", store: false });
		await socket.turn({ input: "another thread", store: false });
		expect(await socket.turn({ input: "two", previous_response_id: idOf(first), store: false })).toMatchObject([
			notFound(idOf(first)),
		]);
	});
});

describe("a turn that generates nothing", () => {
	test("is answered without output, and can be gone on from with its input, instructions and tools", async () => {
		const socket = await connected();
		const before = host.received.length;
		const tools = [{ type: "function", name: "look", parameters: { type: "object" } }];
		const ready = await socket.turn({ input: "one", instructions: "Be brief.", tools, generate: false, store: false });
		expect(ready.map(({ type }) => type)).toEqual(["response.created", "response.completed"]);
		expect(ready.at(-1)?.response).toMatchObject({
			object: "response",
			status: "completed",
			output: [],
			model: "test-model",
			usage: { output_tokens: 0 },
		});
		expect(ready.at(-1)?.response?.usage?.input_tokens).toBeGreaterThan(0);
		expect(host.received.length).toBe(before);
		const turn = await socket.turn({ input: "two", previous_response_id: idOf(ready), store: false });
		expect(textOf(turn)).toBe('3: "two"');
		expect(sentBody()).toMatchObject({ messages: [{ content: "Be brief." }, {}, {}], tools: [{ type: "function" }] });
		// The members of the turn itself win, and later turns have none of the first.
		await socket.turn({ input: [], instructions: "Be long.", previous_response_id: idOf(turn), store: false });
		expect(sentBody().messages[0].content).toBe("Be long.");
		expect(sentBody().tools).toBeUndefined();
	});

	test("is refused as the turn would be", async () => {
		const socket = await connected();
		expect(await socket.turn({ model: "", input: "one", generate: false })).toMatchObject([
			{ type: "error", status: 400, error: { param: "model" } },
		]);
	});
});

describe("lanes", () => {
	test("run at the same time, and name themselves in each event", async () => {
		const held: (() => void)[] = [];
		const socket = await connected((request, response) => {
			held.push(() => countingHost(request, response, undefined as never));
			if (held.length === 2) for (const go of held) go();
		});
		for (const lane of ["a", "b"]) socket.send({ type: "response.create", model: "m", input: lane, stream_id: lane });
		const frames = [...(await socket.rest()), ...(await socket.rest())];
		for (const lane of ["a", "b"]) {
			const own = frames.filter(({ stream_id }) => stream_id === lane);
			expect(textOf(own)).toBe(`1: "${lane}"`);
			expect(own.at(-1)?.type).toBe("response.completed");
		}
		expect(frames.every(({ stream_id }) => stream_id === "a" || stream_id === "b")).toBe(true);
	});

	test("answer their own turns one after the other, in their order", async () => {
		const socket = await connected();
		for (const input of ["one", "two", "three"]) socket.send({ type: "response.create", model: "m", input });
		const turns = [await socket.rest(), await socket.rest(), await socket.rest()];
		expect(turns.map(textOf)).toEqual(['1: "one"', '1: "two"', '1: "three"']);
		for (const turn of turns) expect(turn[0]?.type).toBe("response.created");
	});

	test("fork a thread into another lane", async () => {
		const socket = await connected();
		const first = await socket.turn({ input: "plan", store: false, stream_id: "planner" });
		const fork = { input: "gaps?", previous_response_id: idOf(first), store: false, stream_id: "critic" };
		expect(textOf(await socket.turn(fork))).toBe('3: "gaps?"');
		expect(textOf(await socket.turn({ ...fork, input: "more", stream_id: "planner" }))).toBe('3: "more"');
	});

	test("are 32 with names at most, and one without", async () => {
		const socket = await connected();
		for (let lane = 0; lane < 32; lane += 1) await socket.turn({ input: "Hi", stream_id: `lane.${lane}` });
		expect(await socket.turn({ input: "Hi", stream_id: "one_more" })).toMatchObject([
			{
				type: "error",
				status: 400,
				stream_id: "one_more",
				error: { code: "websocket_stream_limit_reached", param: "stream_id" },
			},
		]);
		for (const more of [{}, { stream_id: "lane.7" }, { stream_id: null }])
			expect((await socket.turn({ input: "Hi", ...more })).at(-1)?.type).toBe("response.completed");
	});
});

describe("an error", () => {
	test.each([
		["of the contract", { input: 7 }, { status: 400, error: { param: "input" } }],
		["of the model", { model: "x".repeat(300), input: "Hi" }, { status: 400, error: { param: "model" } }],
	])(
		"%s is a frame with the status it would have over HTTP, and the next turn is answered",
		async (_what, bad, error) => {
			const socket = await connected();
			const [frame] = await socket.turn(bad);
			expect(frame).toMatchObject({ type: "error", ...error });
			expect(frame?.headers?.["x-request-id"]).toBeDefined();
			expect(JSON.stringify(frame)).not.toContain("    at ");
			expect(textOf(await socket.turn({ input: "Hi" }))).toBe('1: "Hi"');
		},
	);

	test("of an upstream says when to come again", async () => {
		const socket = await connected((_request, response) =>
			sendJson(response, { error: { message: "Slow down.", code: "rate_limit_exceeded" } }, 429, {
				"retry-after": "7",
			}),
		);
		expect(await socket.turn({ input: "Hi", stream_id: "main" })).toMatchObject([
			{ type: "error", status: 429, stream_id: "main", headers: { "retry-after": "7" } },
		]);
	});

	test("in the middle of an answer is the event of a failed response", async () => {
		const socket = await connected((_request, response) => {
			startStream(response);
			response.write(chunk({ content: "Hel" }), () => response.destroy());
		});
		const frames = await socket.turn({ input: "Hi" });
		expect(frames.at(-1)).toMatchObject({ type: "response.failed", response: { status: "failed" } });
		answer = countingHost;
		expect(textOf(await socket.turn({ input: "Hi" }))).toBe('1: "Hi"');
	});
});

test("an answer that is no stream comes as the events of one", async () => {
	const whole = { id: "c1", object: "chat.completion", created: 1, model: "m" };
	const socket = await connected((_request, response) =>
		sendJson(response, {
			...whole,
			choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
		}),
	);
	const frames = await socket.turn({ input: "Hi" });
	expect(frames[0]?.type).toBe("response.created");
	expect(frames.find(({ type }) => type === "response.output_item.done")?.item).toMatchObject({
		content: [{ text: "Hello" }],
	});
	expect(frames.at(-1)?.type).toBe("response.completed");
});

test("what would change a response under way is refused in the vendor's words", async () => {
	const socket = await connected();
	socket.send({ type: "response.steer", previous_response_id: "resp_1", input: "Shorter." });
	expect(await socket.next()).toMatchObject({
		type: "response.steer.failed",
		steer: { previous_response_id: "resp_1", input: "Shorter." },
		error: { code: "steering_not_supported" },
	});
	socket.send({ type: "response.inject", response_id: "resp_1", input: [{ type: "function_call_output" }] });
	expect(await socket.next()).toMatchObject({
		type: "response.inject.failed",
		response_id: "resp_1",
		input: [{ type: "function_call_output" }],
		error: { code: "response_not_found" },
	});
	// Codex says so after each turn.
	socket.send({ type: "response.processed", response_id: "resp_1" });
	expect(textOf(await socket.turn({ input: "Hi" }))).toBe('1: "Hi"');
});
