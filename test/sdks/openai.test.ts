/** OpenAI's SDK, unmodified, through a gateway to upstreams of every wire format: chat completions, and responses. */
import OpenAI from "openai";
import { zodFunction, zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { ResponsesWS } from "openai/resources/responses/ws";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import type { WireName } from "../kit/wires.js";
import { brokenEvents, city, failing, model, report, scene, sunny, weather, wireNames, words } from "./scene.js";

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Hello" }];
const asked = { model, messages };
const shape = z.object({ city: z.string(), degrees: z.number(), isSunny: z.boolean() });
const tool = { type: "function" as const, function: { ...weather, parameters: city, strict: true } };
const flatTool = { type: "function" as const, ...weather, parameters: city, strict: true };

async function start(wire: WireName, answer?: Parameters<typeof scene>[1], maxRetries = 0) {
	const { host, gateway } = await scene(wire, answer);
	return { host, client: new OpenAI({ apiKey: "client", baseURL: gateway.baseUrl, maxRetries }) };
}

describe.each(wireNames)("chat completions to an upstream that speaks %s", (wire) => {
	test("come whole, and as a stream by its helper", async () => {
		const { client } = await start(wire);
		const whole = await client.chat.completions.create(asked);
		expect(whole.choices).toMatchObject([{ message: { content: words.join("") }, finish_reason: "stop" }]);
		expect(whole.usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 7, total_tokens: 27 });
		const heard: string[] = [];
		const stream = client.chat.completions.stream({ ...asked, stream_options: { include_usage: true } });
		stream.on("content", (delta) => void heard.push(delta));
		const final = await stream.finalChatCompletion();
		expect(heard).toEqual(words);
		expect(final.choices).toMatchObject([{ message: { content: words.join("") }, finish_reason: "stop" }]);
		expect(final.usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 7 });
	});

	test.each([false, true])("call two tools in one turn (streamed: %s)", async (isStream) => {
		const { client, host } = await start(wire);
		const cities: string[] = [];
		const run = {
			...tool,
			function: {
				...tool.function,
				parse: (text: string) => JSON.parse(text) as { city: string },
				function: (input: { city: string }) => {
					cities.push(input.city);
					return `${input.city}: fine`;
				},
			},
		};
		const runner = isStream
			? client.chat.completions.runTools({ ...asked, stream: true, tools: [run as never] })
			: client.chat.completions.runTools({ ...asked, tools: [run as never] });
		expect(await runner.finalContent()).toBe(sunny.join(""));
		expect(cities).toEqual(["Paris", "Rome"]);
		expect(host.questions.at(-1)?.results).toEqual(["Paris: fine", "Rome: fine"]);
	});

	test("are parsed: structured output, and arguments of tools", async () => {
		const { client, host } = await start(wire);
		const parsed = await client.chat.completions.parse({
			...asked,
			response_format: zodResponseFormat(shape, "report"),
		});
		expect(parsed.choices[0]?.message.parsed).toEqual(report);
		expect(host.questions[0]?.hasSchema).toBe(true);
		const called = await client.chat.completions.parse({
			...asked,
			tools: [zodFunction({ name: "weather", parameters: z.object({ city: z.string() }) })],
		});
		const calls = called.choices[0]?.message.tool_calls?.map((call) => call.function.parsed_arguments);
		expect(calls).toEqual([{ city: "Paris" }, { city: "Rome" }]);
	});

	test("carry reasoning", async () => {
		const { client } = await start(wire);
		const thinking = { ...asked, reasoning_effort: "high" as const, max_completion_tokens: 30_000 };
		const { choices } = await client.chat.completions.create(thinking);
		expect(choices[0]?.message).toMatchObject({ reasoning_content: "Let me think.", content: words.join("") });
	});

	test("say that an answer was cut by the limit of tokens", async () => {
		const { client } = await start(wire);
		const cut = { model, messages: [{ role: "user" as const, content: "Cut it short" }] };
		expect((await client.chat.completions.create(cut)).choices[0]?.finish_reason).toBe("length");
		const streamed = await client.chat.completions.create({ ...cut, stream: true });
		const reasons: unknown[] = [];
		for await (const { choices } of streamed) reasons.push(choices[0]?.finish_reason);
		expect(reasons.filter(Boolean)).toEqual(["length"]);
	});

	test("fail with its own classes for the upstream's errors", async () => {
		for (const [status, kind] of [
			[400, OpenAI.BadRequestError],
			[401, OpenAI.AuthenticationError],
			[429, OpenAI.RateLimitError],
			[500, OpenAI.InternalServerError],
		] as const) {
			const { client } = await start(wire, failing(status)(wire));
			const error = await client.chat.completions.create(asked).catch((thrown: unknown) => thrown);
			expect(error).toBeInstanceOf(kind);
			const streamed = client.chat.completions.stream(asked).finalChatCompletion();
			await expect(streamed).rejects.toBeInstanceOf(kind);
		}
	});

	test("fail when a stream breaks off", async () => {
		const { client } = await start(wire, broken(wire));
		await expect(client.chat.completions.stream(asked).finalChatCompletion()).rejects.toThrow(OpenAI.APIError);
	});
});

describe.each(wireNames)("responses to an upstream that speaks %s", (wire) => {
	const input = "Hello";

	test("come whole, with their text and counts", async () => {
		const { client } = await start(wire);
		const response = await client.responses.create({ model, input, instructions: "Be kind." });
		expect(response).toMatchObject({ object: "response", status: "completed", output_text: words.join("") });
		expect(response.usage).toMatchObject({
			input_tokens: 20,
			input_tokens_details: { cached_tokens: 8 },
			output_tokens: 7,
			total_tokens: 27,
		});
	});

	test("come as a stream: event by event, and by its helper", async () => {
		const { client } = await start(wire);
		const types: string[] = [];
		let at = -1;
		for await (const event of await client.responses.create({ model, input, stream: true })) {
			types.push(event.type);
			expect(event.sequence_number).toBeGreaterThan(at);
			at = event.sequence_number;
		}
		expect([types[0], types.at(-1)]).toEqual(["response.created", "response.completed"]);
		const heard: string[] = [];
		const stream = client.responses.stream({ model, input });
		stream.on("response.output_text.delta", ({ delta }) => void heard.push(delta));
		const final = await stream.finalResponse();
		expect(heard).toEqual(words);
		expect(final.output_text).toBe(words.join(""));
		expect(final.usage).toMatchObject({ input_tokens: 20, output_tokens: 7 });
	});

	test.each([false, true])("call two tools in one turn, and take their results (streamed: %s)", async (isStream) => {
		const { client, host } = await start(wire);
		const body = { model, tools: [flatTool] };
		const first = isStream
			? await client.responses.stream({ ...body, input }).finalResponse()
			: await client.responses.create({ ...body, input });
		const calls = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
		expect(calls.map(({ call_id, name, arguments: text }) => [call_id, name, JSON.parse(text)])).toEqual([
			["call_paris", "weather", { city: "Paris" }],
			["call_rome", "weather", { city: "Rome" }],
		]);
		const results = calls.map(({ call_id }) => ({ type: "function_call_output" as const, call_id, output: "fine" }));
		const history = [{ role: "user" as const, content: input }, ...first.output, ...results];
		const second = await client.responses.create({ ...body, input: history as OpenAI.Responses.ResponseInput });
		expect(second.output_text).toBe(sunny.join(""));
		expect(host.questions.at(-1)?.results).toEqual(["fine", "fine"]);
	});

	test("come over its WebSocket, turn after turn", async () => {
		const { client, host } = await start(wire);
		const socket = new ResponsesWS(client);
		onTestFinished(() => socket.close());
		const events = socket.stream();
		const turn = async (members: object): Promise<OpenAI.Responses.Response> => {
			socket.send({ type: "response.create", model, store: false, tools: [flatTool], ...members });
			for (;;) {
				const { value } = await events.next();
				if (value?.type === "error") throw value.error;
				if (value?.type === "message" && value.message.type === "response.completed") return value.message.response;
			}
		};
		const first = await turn({ input });
		const calls = first.output.flatMap((item) => (item.type === "function_call" ? [item.call_id] : []));
		expect(calls).toEqual(["call_paris", "call_rome"]);
		const results = calls.map((call_id) => ({ type: "function_call_output", call_id, output: "fine" }));
		const second = await turn({ input: results, previous_response_id: first.id });
		expect(second.output.flatMap((item) => (item.type === "message" ? item.content : []))).toMatchObject([
			{ type: "output_text", text: sunny.join("") },
		]);
		expect(host.questions.at(-1)?.results).toEqual(["fine", "fine"]);
		// An upstream that has responses of its own is asked for them.
		if (wire === "responses") return;
		await expect(turn({ input, previous_response_id: "resp_unknown" })).rejects.toMatchObject({
			error: { status: 400, error: { code: "previous_response_not_found" } },
		});
	});

	test("are parsed, whole and streamed", async () => {
		const { client, host } = await start(wire);
		const body = { model, input, text: { format: zodTextFormat(shape, "report") } };
		expect((await client.responses.parse(body)).output_parsed).toEqual(report);
		expect((await client.responses.stream(body).finalResponse()).output_parsed).toEqual(report);
		expect(host.questions.map(({ hasSchema }) => hasSchema)).toEqual([true, true]);
	});

	test("carry reasoning, and take it back", async () => {
		const { client } = await start(wire);
		const body = { model, reasoning: { effort: "high" as const, summary: "auto" as const }, max_output_tokens: 30_000 };
		const whole = await client.responses.create({ ...body, input });
		const streamed = await client.responses.stream({ ...body, input }).finalResponse();
		for (const { output } of [whole, streamed]) {
			const item = output.find(({ type }) => type === "reasoning");
			expect(JSON.stringify(item)).toContain("Let me think.");
		}
		const history = [{ role: "user" as const, content: input }, ...streamed.output, { role: "user", content: "And?" }];
		const next = await client.responses.create({ ...body, input: history as OpenAI.Responses.ResponseInput });
		expect(next.output_text).toBe(words.join(""));
	});

	test("say that an answer was cut by the limit of tokens", async () => {
		const { client } = await start(wire);
		const expected = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
		expect(await client.responses.create({ model, input: "Cut it short" })).toMatchObject(expected);
		expect(await client.responses.stream({ model, input: "Cut it short" }).finalResponse()).toMatchObject(expected);
	});

	test("fail with its own classes, and are asked again after a 429", async () => {
		const { client } = await start(wire, failing(400)(wire));
		const error = await client.responses.create({ model, input }).catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(OpenAI.BadRequestError);
		expect((error as Error).message).toContain("Not today.");
		const patient = await start(wire, failing(429, 8, { "retry-after-ms": "1", "retry-after": "0" })(wire), 9);
		expect((await patient.client.responses.create({ model, input })).output_text).toBe(words.join(""));
		expect(patient.host.questions).toHaveLength(9);
	});

	test("fail when a stream breaks off", async () => {
		const { client } = await start(wire, broken(wire));
		let failure: unknown;
		try {
			for await (const event of await client.responses.create({ model, input, stream: true }))
				if (event.type === "response.failed") failure = event.response.error;
				else expect(event.type).not.toBe("response.completed");
		} catch (thrown) {
			failure = thrown;
		}
		expect(failure).toBeDefined();
	});

	test("are refused in words that it understands before anything is sent", async () => {
		const { client, host } = await start(wire);
		const refused = client.responses.create({ model, input: 5 as never });
		await expect(refused).rejects.toBeInstanceOf(OpenAI.BadRequestError);
		await expect(client.responses.create({ model: "none", input })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
		expect(host.questions).toEqual([]);
	});
});

/** Breaks a stream off in the middle of its text. */
function broken(wire: WireName): Parameters<typeof scene>[1] {
	return ({ model: name }, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.write(brokenEvents(wire, name).join(""), () => response.destroy());
		return undefined;
	};
}
