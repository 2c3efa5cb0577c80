/** Anthropic's SDK, unmodified, through a gateway to upstreams of every wire format. */
import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { WireName } from "../kit/wires.js";
import { brokenEvents, city, failing, model, report, scene, sunny, weather, wireNames, words } from "./scene.js";

const asked = { model, max_tokens: 1_000, messages: [{ role: "user" as const, content: "Hello" }] };
const tools = [{ ...weather, input_schema: city as never }];
const shape = z.object({ city: z.string(), degrees: z.number(), isSunny: z.boolean() });

async function start(wire: WireName, answer?: Parameters<typeof scene>[1], maxRetries = 0) {
	const { host, gateway } = await scene(wire, answer);
	return { host, client: new Anthropic({ apiKey: "client", baseURL: gateway.url, maxRetries }) };
}

describe.each(wireNames)("to an upstream that speaks %s", (wire) => {
	test("creates a message, with its counts", async () => {
		const { client } = await start(wire);
		const message = await client.messages.create({ ...asked, system: "Be kind." });
		expect(message).toMatchObject({
			type: "message",
			role: "assistant",
			content: [{ type: "text", text: words.join("") }],
			stop_reason: "end_turn",
			usage: { input_tokens: 12, cache_read_input_tokens: 8, output_tokens: 7 },
		});
	});

	test("streams a message, event by event and by its helper", async () => {
		const { client } = await start(wire);
		let text = "";
		const types: string[] = [];
		for await (const event of await client.messages.create({ ...asked, stream: true })) {
			types.push(event.type);
			if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
		}
		expect(text).toBe(words.join(""));
		expect([types[0], types.at(-2), types.at(-1)]).toEqual(["message_start", "message_delta", "message_stop"]);
		const heard: string[] = [];
		const stream = client.messages.stream(asked).on("text", (delta) => void heard.push(delta));
		expect(await stream.finalText()).toBe(words.join(""));
		expect(heard).toEqual(words);
		const { usage, stop_reason } = await stream.finalMessage();
		expect([usage.input_tokens, usage.output_tokens, stop_reason]).toEqual([12, 7, "end_turn"]);
	});

	test.each([false, true])("has its tool runner call two tools in one turn (streamed: %s)", async (stream) => {
		const { client, host } = await start(wire);
		const cities: string[] = [];
		const tool = betaZodTool({
			...weather,
			inputSchema: z.object({ city: z.string() }),
			run: (input) => {
				cities.push(input.city);
				return `${input.city}: fine`;
			},
		});
		const runner = client.beta.messages.toolRunner({ ...asked, tools: [tool], stream });
		const final = await runner.runUntilDone();
		expect(cities).toEqual(["Paris", "Rome"]);
		expect(final.content).toMatchObject([{ type: "text", text: sunny.join("") }]);
		expect(host.questions.at(-1)?.results).toEqual(["Paris: fine", "Rome: fine"]);
	});

	test("parses structured output", async () => {
		const { client, host } = await start(wire);
		const message = await client.messages.parse({ ...asked, output_config: { format: zodOutputFormat(shape) } });
		expect(message.parsed_output).toEqual(report);
		expect(host.questions[0]?.hasSchema).toBe(true);
	});

	test("gets thinking blocks, whole and streamed, and gives them back with the tools' results", async () => {
		const { client, host } = await start(wire);
		const thinking = {
			...asked,
			tools,
			thinking: { type: "enabled" as const, budget_tokens: 1_024 },
			max_tokens: 2_000,
		};
		const expected = [
			{ type: "thinking", thinking: "Let me think.", signature: expect.stringMatching(/./) },
			{ type: "text", text: "Looking. " },
			{ type: "tool_use", id: "call_paris", name: "weather", input: { city: "Paris" } },
			{ type: "tool_use", id: "call_rome", name: "weather", input: { city: "Rome" } },
		];
		const whole = await client.messages.create(thinking);
		expect(whole.content).toMatchObject(expected);
		const streamed = await client.messages.stream(thinking).finalMessage();
		expect(streamed.content).toMatchObject(expected);
		expect(streamed.stop_reason).toBe("tool_use");
		const results = ["call_paris", "call_rome"].map((id) => ({
			type: "tool_result" as const,
			tool_use_id: id,
			content: "fine",
		}));
		const last = await client.messages.create({
			...thinking,
			messages: [
				...asked.messages,
				{ role: "assistant", content: streamed.content as never },
				{ role: "user", content: results },
			],
		});
		expect(last.content.at(-1)).toMatchObject({ text: sunny.join("") });
		expect(host.received.at(-1)?.body.toString()).toContain("Let me think.");
	});

	test("says that an answer was cut by the limit of tokens", async () => {
		const { client } = await start(wire);
		const cut = { ...asked, messages: [{ role: "user" as const, content: "Cut it short" }] };
		expect((await client.messages.create(cut)).stop_reason).toBe("max_tokens");
		expect((await client.messages.stream(cut).finalMessage()).stop_reason).toBe("max_tokens");
	});

	test("throws its own classes for the upstream's errors", async () => {
		for (const [status, kind, type] of [
			[400, Anthropic.BadRequestError, "invalid_request_error"],
			[429, Anthropic.RateLimitError, "rate_limit_error"],
		] as const) {
			const { client } = await start(wire, failing(status)(wire));
			const error = await client.messages.create(asked).catch((thrown: unknown) => thrown);
			expect(error).toBeInstanceOf(kind);
			expect(error).toMatchObject({ status, error: { type: "error", error: { type, message: "Not today." } } });
			const streamed = await client.messages
				.stream(asked)
				.finalMessage()
				.catch((thrown: unknown) => thrown);
			expect(streamed).toBeInstanceOf(kind);
		}
	});

	test("asks again after a 429, when it may", async () => {
		const { client, host } = await start(wire, failing(429, 8, { "retry-after-ms": "1", "retry-after": "0" })(wire), 9);
		expect((await client.messages.create(asked)).content).toMatchObject([{ text: words.join("") }]);
		expect(host.questions.length).toBe(9);
	});

	test("throws when a stream breaks off", async () => {
		const { client } = await start(wire, ({ model: asks }, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			const events = brokenEvents(wire, asks);
			response.write(events.join(""), () => response.destroy());
			return undefined;
		});
		await expect(client.messages.stream(asked).finalMessage()).rejects.toThrow(Anthropic.APIError);
	});

	test("counts tokens", async () => {
		const { client } = await start(wire, (_question, response) => {
			response.writeHead(200, { "content-type": "application/json" }).end('{"input_tokens":9}');
			return undefined;
		});
		const { input_tokens } = await client.messages.countTokens({ model, messages: asked.messages, tools });
		expect(input_tokens).toBeGreaterThan(0);
		if (wire === "messages") expect(input_tokens).toBe(9);
	});

	test("is refused in words that it understands before anything is sent", async () => {
		const { client, host } = await start(wire);
		const error = await client.messages.create({ ...asked, messages: [] }).catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(Anthropic.BadRequestError);
		expect(error).toMatchObject({ error: { type: "error", error: { type: "invalid_request_error" } } });
		const unknown = await client.messages.create({ ...asked, model: "none" }).catch((thrown: unknown) => thrown);
		expect(unknown).toBeInstanceOf(Anthropic.NotFoundError);
		expect(host.questions).toEqual([]);
	});
});
