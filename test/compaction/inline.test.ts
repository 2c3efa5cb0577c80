/** Compaction within a request: `context_management`, and a `compaction_trigger` at the input's end. */
import { describe, expect, test } from "vitest";
import { scrape } from "../kit/metrics.js";
import { readerOf } from "../kit/spoken.js";
import type { Json } from "../kit/translated.js";
import { answered, compacting, long, refuse, said, summary, tools, turn } from "./scene.js";

const management = (threshold: number | null) => [{ type: "compaction" as const, compact_threshold: threshold }];
const past = [
	said("developer", "Be kind."),
	said("user", "I am Ada."),
	said("assistant", long("stars")),
	said("user", "Look for more."),
	...turn("c1", long("blue")),
	said("assistant", "They are blue."),
];
const now = said("user", "Which colour?");
const summed = `user: The conversation up to here has been replaced by this summary of it:\n\n${summary}`;
const compactedInput = [
	expect.stringContaining("Be kind."),
	"user: I am Ada.",
	"user: Look for more.",
	summed,
	"user: Which colour?",
];

describe("beyond its threshold", () => {
	const asked = { model: "test-model", input: [...past, now], context_management: management(300), tools };

	test("the input is summed up first, and the answer begins with the item that says so", async () => {
		const { client, asked: sent, post } = await compacting();
		const answer = await client.responses.create(asked);
		expect(answer.output).toMatchObject([{ type: "compaction" }, { type: "message", role: "assistant" }]);
		expect(answer.output_text).toBe(answered);
		expect(sent()).toHaveLength(2);
		expect(sent()[1]).toEqual(compactedInput);
		// Whether the client gives back all of it, or nothing from before the item.
		for (const history of [asked.input, []]) {
			const input = [...history, ...answer.output, said("user", "Thanks.")];
			const response = await post("/v1/responses", { ...asked, input });
			expect(await response.json()).toMatchObject({ output: [{ type: "message" }] });
			expect(sent().at(-1)).toEqual([...compactedInput, `assistant: ${answered}`, "user: Thanks."]);
		}
	});

	test("a stream has the item before its answer, and all indexes and numbers fit", async () => {
		const { events } = await compacting();
		const all = await events(asked as Json);
		expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_event, index) => index));
		const types = all.map(({ type }) => String(type).replace("response.", ""));
		expect(types.slice(0, 5)).toEqual([
			"created",
			"in_progress",
			"output_item.added",
			"output_item.done",
			"output_item.added",
		]);
		expect(all.slice(2, 5).map(({ output_index }) => output_index)).toEqual([0, 0, 1]);
		const { response } = all.at(-1) as { response: { output: Json[] } };
		expect(response.output.map(({ type }) => type)).toEqual(["compaction", "message"]);
		for (const event of all) if (event.type === "response.output_text.delta") expect(event.output_index).toBe(1);
		expect(all[3]?.item).toEqual(response.output[0]);
	});

	test("a loop of tools goes on with its last calls and their results", async () => {
		const { client, asked: sent } = await compacting();
		const calls = [...turn("c2", "one"), ...turn("c3", long("two", 300))];
		await client.responses.create({ ...asked, input: [...past, now, ...turn("c4", long("x", 500)), ...calls] });
		expect(sent()[1]?.slice(0, 3)).toEqual(compactedInput.slice(0, 3));
		expect(sent()[1]?.slice(3)).toEqual([
			"user: Which colour?",
			summed,
			expect.stringMatching(/^assistant: .*c3/),
			expect.stringMatching(/^tool: two/),
		]);
	});

	test("each request is one in limits and metrics, and counts what it has used", async () => {
		const { client, gateway } = await compacting();
		await client.responses.create(asked);
		const { sum } = await scrape(gateway.url);
		expect(sum("llmgw_requests_total", { operation: "createResponse", status: "200" })).toBe(2);
		expect(sum("llmgw_tokens_total", { kind: "input" })).toBe(40);
	});

	test("it goes as it is where the model has not summed up", async () => {
		const { client, asked: sent } = await compacting({ summarize: refuse(400) });
		const answer = await client.responses.create(asked);
		expect(answer.output.map(({ type }) => type)).toEqual(["message"]);
		expect(sent().at(-1)).toHaveLength(past.length + 1);
	});
});

test.each([
	["below its threshold", management(100_000)],
	["without a threshold", management(null)],
	["for nothing that the gateway knows", [{ type: "pruning" }]],
])("%s nothing is compacted", async (_what, context_management) => {
	const { client, asked } = await compacting();
	const body = { model: "test-model", input: [...past, now], context_management } as never;
	const { output } = (await client.responses.create(body)) as unknown as { output: Json[] };
	expect(output.map(({ type }) => type)).toEqual(["message"]);
	expect(asked()).toHaveLength(1);
});

test("a threshold that is no number is refused", async () => {
	const { client } = await compacting();
	const body = {
		model: "test-model",
		input: "Hi",
		context_management: [{ type: "compaction", compact_threshold: "1" }],
	};
	await expect(client.responses.create(body as never)).rejects.toMatchObject({ status: 400 });
});

describe("a compaction_trigger", () => {
	const trigger = { type: "compaction_trigger" as const };

	test("is answered with the item alone, whole and as a stream", async () => {
		const { client, events, asked: sent } = await compacting();
		const body = { model: "test-model", input: [...past, now, trigger] };
		const whole = await client.responses.create(body);
		expect(whole).toMatchObject({ object: "response", status: "completed", output: [{ type: "compaction" }] });
		expect(whole.usage).toMatchObject({ input_tokens: 20 });
		const all = await events(body as Json);
		expect(all.map(({ type }) => type)).toEqual([
			"response.created",
			"response.in_progress",
			"response.output_item.added",
			"response.output_item.done",
			"response.completed",
		]);
		expect(JSON.stringify(all)).not.toContain("Ada");
		expect(all.map(({ sequence_number }) => sequence_number)).toEqual([0, 1, 2, 3, 4]);
		const input = [...whole.output, said("user", "Go on.")] as typeof body.input;
		await client.responses.create({ model: "test-model", input });
		expect(sent().at(-1)).toEqual([...compactedInput.slice(0, 3), "user: Which colour?", summed, "user: Go on."]);
	});

	test("keeps its stream alive while the summary is said, of which the client sees nothing", async () => {
		const isHeard = new AbortController();
		const { post } = await compacting({
			timeouts: { holdMs: 0, heartbeatMs: 20 },
			summarize(_request, response) {
				response.writeHead(200, { "content-type": "text/event-stream" });
				const chunk = (choice: object) =>
					response.write(`data: ${JSON.stringify({ id: "c", choices: [{ index: 0, ...choice }] })}\n\n`);
				const saying = setInterval(() => chunk({ delta: { content: "word " } }), 5);
				isHeard.signal.onabort = () => {
					clearInterval(saying);
					chunk({ delta: {}, finish_reason: "stop" });
					response.end("data: [DONE]\n\n");
				};
			},
		});
		const reader = readerOf(await post("/v1/responses", { input: [...past, trigger], stream: true }));
		const before = await reader.until(": heartbeat\n\n: heartbeat\n\n");
		isHeard.abort();
		const rest = await reader.toEnd();
		expect(before + rest).not.toContain("word");
		expect(rest).toContain("response.completed");
	});

	test("that is not the last item is refused", async () => {
		const { client, asked } = await compacting();
		const asking = client.responses.create({ model: "test-model", input: [trigger, now] });
		await expect(asking).rejects.toMatchObject({ status: 400, param: "input[0]" });
		expect(asked()).toEqual([]);
	});

	test("ends a stream with an error where the model fails", async () => {
		const { events } = await compacting({
			summarize: (_request, response) => {
				response.writeHead(200, { "content-type": "text/event-stream" });
				const chunk = (choice: object) =>
					`data: ${JSON.stringify({ id: "c", choices: [{ index: 0, ...choice }] })}\n\n`;
				response.end(
					`${chunk({ delta: { content: "The " } })}${chunk({ delta: {}, finish_reason: "length" })}data: [DONE]\n\n`,
				);
			},
		});
		const all = await events({ input: [...past, trigger] } as Json);
		expect(all.at(-1)).toMatchObject({
			type: "response.failed",
			response: { status: "failed", error: { message: expect.stringContaining("cut off") } },
		});
		expect(all.map(({ type }) => type)).toEqual(["response.created", "response.in_progress", "response.failed"]);
	});
});
