/** Reasoning on its way through an upstream of another dialect and back, and how much of it is asked for. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ChatRequest } from "../../src/chat/request.js";
import { createLocalSeals } from "../../src/dialects/seals.js";
import { askingReasoning } from "../../src/upstream/reasoningModels.js";
import {
	anthropic,
	bytes,
	chunks,
	completion,
	dropped,
	functionCall,
	type Json,
	json,
	message,
	named,
	responses,
	translatedOver,
} from "../kit/translated.js";

const user = { role: "user", content: "Go." };
const call = functionCall("c1", "look", "{}");
const tool = { type: "function", name: "look", parameters: { type: "object" } };
const claude = {
	model: "test-model",
	max_tokens: 9_000,
	messages: [user] as Json[],
	tools: [{ name: "look", input_schema: {} }],
};
const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "blue" }] };

/** As versions of the gateway without a secret have sealed. */
function earlierSeal(content: { d: string; s?: string }, text: string): string {
	const digest = createHash("sha256")
		.update(JSON.stringify([content.d, text, content.s]))
		.digest("base64url");
	return `llmgw1.${Buffer.from(JSON.stringify({ ...content, h: digest.slice(0, 22) })).toString("base64url")}`;
}

/** The content that a client puts together from a stream of Messages. */
function contentOf(events: readonly Json[]): Json[] {
	const blocks: Json[] = [];
	for (const { type, index, content_block: block, delta } of events as Record<string, Json>[]) {
		const at = index as unknown as number;
		if ((type as unknown) === "content_block_start") blocks[at] = { ...block };
		if ((type as unknown) !== "content_block_delta") continue;
		const open = blocks[at] as Json;
		if (delta?.type === "thinking_delta") open.thinking = `${open.thinking}${delta.thinking}`;
		if (delta?.type === "signature_delta") open.signature = delta.signature;
		if (delta?.type === "text_delta") open.text = `${open.text}${delta.text}`;
	}
	return blocks;
}

describe("reasoning of an upstream of chat completions", () => {
	const parts = [{ reasoning_content: "Hm, " }, { reasoning_content: "the sky." }, { content: "Looking." }];
	const deltas = [...parts, { tool_calls: [{ index: 0, ...call }] }];

	test.each([1, 7, 4096])("survives Claude Code's loop of tools, streamed in pieces of %d bytes", async (size) => {
		const { stream, sent } = await translatedOver(chunks(deltas, "tool_calls", size));
		const content = contentOf(await stream("/v1/messages", claude));
		expect(content).toMatchObject([
			{ type: "thinking", thinking: "Hm, the sky.", signature: expect.stringMatching(/^llmgw1\./) },
			{ type: "text", text: "Looking." },
			{ type: "tool_use" },
		]);
		await stream("/v1/messages", { ...claude, messages: [user, { role: "assistant", content }, result] });
		expect((sent().messages as Json[])[1]).toMatchObject({ content: "Looking.", reasoning_content: "Hm, the sky." });
	});

	test("survives a loop of whole answers, and Codex's", async () => {
		const answer = completion({ reasoning_content: "Hm.", tool_calls: [call] }, "tool_calls");
		const { ask, stream, sent } = await translatedOver([answer, answer, chunks(deltas, "tool_calls"), answer]);
		const { content } = await ask("/v1/messages", claude);
		await ask("/v1/messages", { ...claude, messages: [user, { role: "assistant", content }, result] });
		expect((sent().messages as Json[])[1]).toMatchObject({ reasoning_content: "Hm." });
		const codex = { model: "test-model", tools: [tool], include: ["reasoning.encrypted_content"] };
		const events = await stream("/v1/responses", { ...codex, input: [user] });
		const items = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item as Json);
		expect(items[0]).toMatchObject({
			type: "reasoning",
			summary: [{ type: "summary_text", text: "Hm, the sky." }],
			encrypted_content: expect.stringMatching(/^llmgw1\./),
		});
		const output = { type: "function_call_output", call_id: "c1", output: "blue" };
		// As Codex sends it back.
		const given = items.map((item) => (item.type === "reasoning" ? { ...item, content: null } : item));
		await ask("/v1/responses", { ...codex, input: [user, ...given, output] });
		expect((sent().messages as Json[])[1]).toMatchObject({ reasoning_content: "Hm, the sky.", tool_calls: [call] });
	});

	test("is sent to no vendor, nor where nobody knows its seal, and is refused where its text or its seal was changed", async () => {
		const { ask, post, sent } = await translatedOver(completion({ reasoning_content: "Hm.", content: "Hi." }));
		const { content } = (await ask("/v1/messages", claude)) as { content: Json[] };
		const [thinking, text] = content as [Json, Json];
		const { signature } = thinking as { signature: string };
		const forged = [
			{ ...thinking, thinking: "Hm!" },
			{ ...thinking, signature: signature.replace(/.$/, (last) => (last === "A" ? "Q" : "A")) },
			{ ...thinking, signature: signature.slice(0, -8) },
		];
		for (const block of forged) {
			const history = [user, { role: "assistant", content: [block, text] }, user];
			const response = await post("/v1/messages", { ...claude, messages: history });
			expect(response.status).toBe(400);
			expect(await response.json()).toMatchObject({
				error: { type: "invalid_request_error", message: "messages: Invalid `signature` in `thinking` block" },
			});
		}
		const unknown = [
			{ ...thinking, signature: createLocalSeals().seal('{"d":"openai.chat"}', "reasoning\nHm.") },
			{ ...thinking, signature: earlierSeal({ d: "openai.chat" }, "Hm.") },
			{ ...thinking, signature: `llmgw1.${Buffer.from('{"d":"openai.chat","h":"x"}').toString("base64url")}` },
			{ ...thinking, signature: "llmgw1.2." },
			{ ...thinking, signature: "llmgw1.%%%" },
			{ ...thinking, signature: "EqQBCkYIBxgCKkD" },
			{ type: "redacted_thinking", data: "EqQBCkYIBxgCKkD" },
		];
		for (const block of unknown) {
			const history = [user, { role: "assistant", content: [block, text] }, user];
			const response = await post("/v1/messages", { ...claude, messages: history });
			expect(dropped(response)).toEqual(["reasoning"]);
			expect((sent().messages as Json[])[1]).toEqual({ role: "assistant", content: "Hi." });
		}
		const vendor = await translatedOver(completion({ content: "Hi." }), {
			settings: { provider: "openai", dialects: ["openai.chat"] },
		});
		const response = await vendor.post("/v1/messages", {
			...claude,
			messages: [user, { role: "assistant", content }, user],
		});
		expect(dropped(response)).toEqual(["reasoning"]);
		expect(JSON.stringify(vendor.sent())).not.toContain("Hm.");
	});
});

describe("reasoning that Anthropic has signed", () => {
	const thinking = { type: "thinking", thinking: "Hm.", signature: "c2lnbmVk" };
	const use = { type: "tool_use", id: "c1", name: "look", input: {} };
	const hidden = { type: "redacted_thinking", data: "aGlkZGVu" };
	const codex = {
		model: "test-model",
		tools: [tool],
		max_output_tokens: 9_000,
		reasoning: { effort: "high", summary: "auto" },
	};
	const output = { type: "function_call_output", call_id: "c1", output: "blue" };

	test("goes back to it with its signature, through a client of responses", async () => {
		const { ask, sent } = await translatedOver(message([thinking, hidden, use], "tool_use"), {
			settings: anthropic,
			model: "claude-sonnet-4-5",
		});
		const answer = await ask("/v1/responses", { ...codex, input: [user] });
		await ask("/v1/responses", { ...codex, input: [user, ...(answer.output as Json[]), output] });
		expect((sent().messages as Json[])[1]).toEqual({ role: "assistant", content: [thinking, hidden, use] });
		// Which Anthropic needs to think on in a loop of tools.
		expect(sent().thinking).toMatchObject({ type: "enabled" });
	});

	test("does so from a stream", async () => {
		const start = {
			type: "message_start",
			message: { id: "m", role: "assistant", model: "m", usage: { input_tokens: 1 } },
		};
		const block = (index: number, content: Json, deltas: readonly Json[]) => [
			{ type: "content_block_start", index, content_block: content },
			...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
			{ type: "content_block_stop", index },
		];
		const { stream, sent } = await translatedOver(
			named([
				start,
				...block(0, { type: "thinking", thinking: "", signature: "" }, [
					{ type: "thinking_delta", thinking: "Hm." },
					{ type: "signature_delta", signature: "c2lnbmVk" },
				]),
				...block(1, hidden, []),
				...block(2, use, []),
				{ type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 3 } },
				{ type: "message_stop" },
			]),
			{ settings: anthropic, model: "claude-opus-4-6" },
		);
		const events = await stream("/v1/responses", { ...codex, input: [user] });
		const items = (events.at(-1)?.response as Json | undefined)?.output as Json[];
		await stream("/v1/responses", { ...codex, input: [user, ...items, output] });
		expect((sent().messages as Json[])[1]).toEqual({ role: "assistant", content: [thinking, hidden, use] });
		expect(sent()).toMatchObject({ thinking: { type: "adaptive" }, output_config: { effort: "high" } });
	});

	test("goes back to it out of a seal of a version without a secret, which Anthropic checks", async () => {
		const { ask, sent } = await translatedOver(message([use], "tool_use"), { settings: anthropic });
		const item = {
			type: "reasoning",
			id: "rs_1",
			summary: [{ type: "summary_text", text: "Hm." }],
			encrypted_content: earlierSeal({ d: "anthropic.messages", s: "c2lnbmVk" }, "Hm."),
		};
		const called = { type: "function_call", call_id: "c1", name: "look", arguments: "{}" };
		await ask("/v1/responses", { ...codex, input: [user, item, called, output] });
		expect((sent().messages as Json[])[1]).toMatchObject({ content: [thinking, use] });
	});

	test("goes to no upstream of chat completions", async () => {
		const over = await translatedOver(message([thinking, use], "tool_use"), { settings: anthropic });
		const answer = await over.ask("/v1/responses", { ...codex, input: [user] });
		const { post, sent } = await translatedOver(completion({ content: "Hi." }));
		const response = await post("/v1/responses", { ...codex, input: [user, ...(answer.output as Json[]), output] });
		expect(dropped(response)).toEqual(["reasoning"]);
		expect((sent().messages as Json[])[1]).toEqual({ role: "assistant", content: null, tool_calls: [call] });
	});
});

test("reasoning that OpenAI has encrypted goes back to it, through a client of Messages", async () => {
	const reasoning = {
		type: "reasoning",
		id: "rs_1",
		summary: [{ type: "summary_text", text: "Hm." }],
		encrypted_content: "gAAA",
	};
	const called = { type: "function_call", id: "fc_1", call_id: "c1", name: "look", arguments: "{}" };
	const { ask, sent } = await translatedOver(
		json({ id: "resp_1", object: "response", status: "completed", output: [reasoning, called], usage: {} }),
		{ settings: responses },
	);
	const { content } = await ask("/v1/messages", claude);
	await ask("/v1/messages", { ...claude, messages: [user, { role: "assistant", content }, result] });
	expect((sent().input as Json[]).slice(1, 3)).toEqual([
		{ type: "reasoning", summary: reasoning.summary, encrypted_content: "gAAA" },
		{ type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
	]);
});

describe("an effort", () => {
	const asked = { ...claude, thinking: { type: "enabled", budget_tokens: 5_000 } };

	test.each([
		["gpt-5.5", undefined, "medium"],
		["openai/gpt-oss-120b", undefined, "medium"],
		["qwen3-coder", undefined, undefined],
		["qwen3-coder", true, "medium"],
		["gpt-5.5", false, undefined],
	])("for %s with the capability %s is %s", async (model, reasoning, effort) => {
		const { post, sent } = await translatedOver(completion({ content: "Hi." }), { model, capabilities: { reasoning } });
		const response = await post("/v1/messages", asked);
		expect(sent().reasoning_effort).toBe(effort);
		expect(dropped(response)).toEqual(effort === undefined ? ["reasoning"] : []);
	});

	test.each([
		["gpt-5.5", undefined, "none"],
		["gpt-5", undefined, undefined],
		["qwen3-coder", true, "none"],
	])("of none for %s with the capability %s is %s", async (model, reasoning, effort) => {
		const { post, sent } = await translatedOver(completion({ content: "Hi." }), { model, capabilities: { reasoning } });
		await post("/v1/messages", { ...claude, thinking: { type: "disabled" } });
		expect(sent().reasoning_effort).toBe(effort);
	});

	test.each([
		[{ type: "adaptive" }, { effort: "max" }, "xhigh"],
		[{ type: "adaptive" }, {}, undefined],
		[{ type: "enabled", budget_tokens: 2_000 }, {}, "low"],
		[{ type: "enabled", budget_tokens: 20_000 }, {}, "high"],
	])("of %j and %j is %s", async (thinking, config, effort) => {
		const { post, sent } = await translatedOver(completion({ content: "Hi." }), { model: "gpt-5.5" });
		await post("/v1/messages", { ...claude, thinking, output_config: config });
		expect(sent().reasoning_effort).toBe(effort);
	});

	test.each([
		["claude-3-5-haiku-20241022", undefined],
		["claude-sonnet-4-5", { type: "enabled", budget_tokens: 1_024 }],
		["claude-opus-4-6", { type: "adaptive" }],
	])("for %s", async (model, thinking) => {
		const { ask, sent } = await translatedOver(message([{ type: "text", text: "Hi." }]), {
			settings: anthropic,
			model,
		});
		await ask("/v1/chat/completions", {
			model: "test-model",
			messages: [user],
			reasoning_effort: "minimal",
			max_completion_tokens: 4_000,
		});
		expect(sent().thinking).toEqual(thinking);
	});
});

describe("reasoning that was sealed for a client", () => {
	const gateway = async (answer: Parameters<typeof translatedOver>[0], over: Parameters<typeof translatedOver>[1]) => {
		const { ask } = await translatedOver(
			completion({ reasoning_content: "Hm.", content: "Looking.", tool_calls: [call] }, "tool_calls"),
		);
		return { first: ask, ...(await translatedOver(answer, over)) };
	};

	test("does not reach Anthropic itself, which is asked about the rest in the client's words", async () => {
		const { first, post, sent } = await gateway(message([{ type: "text", text: "Hi." }]), { settings: anthropic });
		const { content } = (await first("/v1/messages", claude)) as { content: Json[] };
		const messages = [user, { role: "assistant", content }, result];
		const asked = { ...claude, thinking: { type: "enabled", budget_tokens: 2_000 }, messages, anything: 1 };
		expect((await post("/v1/messages", asked)).status).toBe(200);
		const rest = [user, { role: "assistant", content: content.slice(1) }, result];
		expect(sent()).toEqual({ ...asked, model: "real-model", messages: rest, thinking: { type: "disabled" } });
		// Later on, Anthropic may think again.
		await post("/v1/messages", { ...asked, messages: [...messages, { role: "assistant", content: "Blue." }, user] });
		expect(sent().thinking).toEqual(asked.thinking);
	});

	test("does not reach an upstream of responses", async () => {
		const { first, post, sent } = await gateway(json({ object: "response", status: "completed", output: [] }), {
			settings: responses,
		});
		const { output } = (await first("/v1/responses", { model: "test-model", input: [user], tools: [tool] })) as {
			output: Json[];
		};
		await post("/v1/responses", { model: "test-model", input: [user, ...output], tools: [tool] });
		expect(output.map(({ type }) => type)).toEqual(["reasoning", "message", "function_call"]);
		expect((sent().input as Json[]).map(({ type }) => type)).toEqual([undefined, "message", "function_call"]);
	});

	test("is no matter to a request that only speaks of it", async () => {
		const { host, post } = await translatedOver(message([{ type: "text", text: "Hi." }]), { settings: anthropic });
		const asked = { ...claude, messages: [{ role: "user", content: "What is llmgw1.e30?" }] };
		await post("/v1/messages", asked);
		expect(host.received[0]?.body.toString()).toBe(JSON.stringify({ ...asked, model: "real-model" }));
	});
});

test.each([
	["ollama.chat", "anthropic.messages", "qwen3", undefined, false],
	["ollama.chat", "anthropic.messages", "gpt-oss:20b", undefined, true],
	["ollama.chat", "openai.responses", "qwen3", true, true],
	["ollama.chat", "openai.chat", "qwen3", undefined, true],
	["openai.responses", "openai.chat", "any", undefined, true],
	["anthropic.messages", "openai.responses", "claude-opus-4-6", undefined, true],
	["openai.chat", "openai.responses", "o1-mini", undefined, false],
])(
	"an upstream of %s is asked by a client of %s to let %s reason, with the capability %s: %s",
	(dialect, client, model, reasons, isAsked) => {
		const names = new Set<string>();
		const request = { dialect: client, reasoning: { effort: "high" } } as ChatRequest;
		const { reasoning } = askingReasoning(request, { dialect, model, reasons }, names);
		expect([reasoning !== undefined, [...names]]).toEqual([isAsked, isAsked ? [] : ["reasoning"]]);
	},
);

describe("reasoning survives a loop of tools of Google's clients, which give back nothing but their calls", () => {
	const ask = "/v1beta/models/test-model:generateContent";
	const streaming = "/v1beta/models/test-model:streamGenerateContent?alt=sse";
	const question = { role: "user", parts: [{ text: "Go." }] };
	const outcome = {
		role: "user",
		parts: [{ functionResponse: { id: "c1", name: "look", response: { output: "blue" } } }],
	};
	const google = { contents: [question], tools: [{ functionDeclarations: [{ name: "look" }] }] };
	const thoughtful = { reasoning_content: "Hm, the sky.", content: "Looking.", tool_calls: [call] };
	const signed = { type: "thinking", thinking: "Hm, the sky.", signature: "c2lnbmVk" };
	const block = { type: "tool_use", id: "c1", name: "look", input: {} };
	const deltas = [
		{ reasoning_content: "Hm, " },
		{ reasoning_content: "the sky." },
		{ content: "Looking." },
		{ tool_calls: [{ index: 0, ...call }] },
	];

	/** The parts of all candidates, in order. */
	const partsOf = (answers: readonly Json[]): Json[] =>
		answers.flatMap(({ candidates }) =>
			(candidates as { content: { parts: Json[] } }[]).flatMap((one) => one.content.parts),
		);
	const onlyCalls = (parts: readonly Json[]) => parts.filter(({ functionCall: made }) => made !== undefined);
	const history = (parts: readonly Json[]) => ({ ...google, contents: [question, { role: "model", parts }, outcome] });

	test.each([true, false])("over chat completions (streamed: %s)", async (isStream) => {
		const answer = isStream ? chunks(deltas, "tool_calls", 11) : completion(thoughtful, "tool_calls");
		const scene = await translatedOver([answer, completion({ content: "Blue." })]);
		const answers = isStream ? await scene.stream(streaming, google) : [await scene.ask(ask, google)];
		const parts = partsOf(answers);
		expect(
			parts
				.filter(({ thought }) => thought === true)
				.map(({ text }) => text)
				.join(""),
		).toBe("Hm, the sky.");
		// Also with the thoughts beside the call, as some clients have it.
		for (const given of [onlyCalls(parts), parts.filter(({ text }) => text !== "")]) {
			await scene.ask(ask, history(given));
			expect((scene.sent().messages as Json[])[1]).toMatchObject({
				reasoning_content: "Hm, the sky.",
				tool_calls: [call],
			});
		}
	});

	test("over Messages, with Anthropic's own signature", async () => {
		const answer = message([signed, { type: "text", text: "Looking." }, block], "tool_use");
		const scene = await translatedOver([answer, message([{ type: "text", text: "Blue." }])], { settings: anthropic });
		const [made] = onlyCalls(partsOf([await scene.ask(ask, google)])) as [Json];
		await scene.ask(ask, history([made]));
		expect((scene.sent().messages as Json[])[1]).toEqual({ role: "assistant", content: [signed, block] });
	});

	test("but not over an upstream of Google's, which is told that the call is not its own", async () => {
		const { ask: first } = await translatedOver(completion(thoughtful, "tool_calls"));
		const parts = partsOf([await first(ask, google)]);
		const answered = { candidates: [{ content: { role: "model", parts: [{ text: "Blue." }] }, finishReason: "STOP" }] };
		const { ask: second, sent } = await translatedOver(json(answered), { settings: { provider: "gemini" } });
		await second(ask, history(parts));
		const [, turn] = sent().contents as { parts: Json[] }[];
		expect(turn?.parts).toEqual([
			{ text: "Looking." },
			{
				functionCall: { id: "c1", name: "look", args: {} },
				thoughtSignature: "skip_thought_signature_validator",
			},
		]);
	});

	test.each([
		"llmgw1.call.",
		"llmgw1.call.%%%",
		`llmgw1.call.${Buffer.from('[["made up","llmgw1.e30"],1]').toString("base64url")}`,
	])("and what is made up is left out: %s", async (thoughtSignature) => {
		const scene = await translatedOver(completion({ content: "Blue." }));
		await scene.ask(ask, history([{ functionCall: { id: "c1", name: "look", args: {} }, thoughtSignature }]));
		expect((scene.sent().messages as Json[])[1]).toEqual({ role: "assistant", content: null, tool_calls: [call] });
	});
});

test.each([true, false])(
	"a long signature of Google's comes back whole through Claude Code (streamed: %s)",
	async (isStream) => {
		const signature = Buffer.from("signature ".repeat(400)).toString("base64");
		const made = { functionCall: { id: "f1", name: "look", args: {} }, thoughtSignature: signature };
		const turn = (parts: Json[]) => ({ candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }] });
		const first = turn([{ text: "Hm.", thought: true }, made]);
		const answer = isStream ? bytes(`data: ${JSON.stringify(first)}\r\n\r\n`) : json(first);
		const scene = await translatedOver([answer, json(turn([{ text: "Blue." }]))], { settings: { provider: "gemini" } });
		const events = isStream ? await scene.stream("/v1/messages", claude) : [await scene.ask("/v1/messages", claude)];
		const blocks = isStream ? events.map(({ content_block: block }) => block as Json) : (events[0]?.content as Json[]);
		const block = blocks.find((one) => one?.type === "tool_use") as Json;
		const outcome = { role: "user", content: [{ type: "tool_result", tool_use_id: block.id, content: "blue" }] };
		await scene.ask("/v1/messages", { ...claude, messages: [user, { role: "assistant", content: [block] }, outcome] });
		const [, model, results] = scene.sent().contents as { parts: Json[] }[];
		expect(model?.parts).toEqual([made]);
		expect(results?.parts).toMatchObject([{ functionResponse: { id: "f1", name: "look" } }]);
	},
);
