/** Headers, defaults and names of a translated request. */
import { expect, test } from "vitest";
import {
	anthropic,
	completion,
	dropped,
	type Json,
	json,
	message,
	responses,
	translatedOver,
} from "../kit/translated.js";

const user = { role: "user", content: "Hi" };
const asked = { model: "test-model", max_tokens: 9, messages: [user] };

test("headers of the client's dialect stay here, others go with the request", async () => {
	const { post, host } = await translatedOver(completion({ content: "Hi." }));
	await post("/v1/messages?beta=true", asked, {
		"anthropic-version": "2026-10-21",
		"anthropic-beta": "one",
		"anthropic-dangerous-direct-browser-access": "true",
		"x-client-request-id": "r",
	});
	const [received] = host.received;
	expect(Object.keys(received?.headers ?? {}).filter((name) => name.startsWith("anthropic-"))).toEqual([]);
	expect(received?.headers["x-client-request-id"]).toBe("r");
	expect(received?.url).toBe("/v1/chat/completions");
});

test("a request for Anthropic has the version that takes what it holds", async () => {
	const { post, host } = await translatedOver(message([{ type: "text", text: "Hi." }]), { settings: anthropic });
	await post("/v1/chat/completions", asked, { "openai-organization": "org", "anthropic-version": "2026-10-21" });
	expect(host.received[0]?.headers["anthropic-version"]).toBe("2023-06-01");
	expect(host.received[0]?.headers).not.toHaveProperty("openai-organization");
});

test("defaults of sampling are for chat completions, and what the client says for all", async () => {
	const answer = json({ id: "r", object: "response", status: "completed", output: [], usage: {} });
	const over = await translatedOver(answer, { settings: responses });
	const short = { model: "test-model", messages: [user] };
	await over.post("/v1/chat/completions", short);
	expect(over.sent()).toMatchObject({ max_output_tokens: 128 });
	expect(over.sent()).not.toHaveProperty("temperature");
	await over.post("/v1/chat/completions", { ...short, temperature: 0.7 });
	expect(over.sent().temperature).toBe(0.7);
	const chat = await translatedOver(completion({ content: "Hi." }));
	await chat.post("/v1/chat/completions", short);
	expect(chat.sent()).toMatchObject({ max_tokens: 128, temperature: 0.7 });
});

test("an answer bears the model's name that was asked for", async () => {
	const { ask } = await translatedOver(completion({ content: "Hi." }));
	expect(await ask("/v1/messages", asked)).toMatchObject({ model: "test-model" });
	expect(await ask("/v1/responses", { model: "test-model", input: "Hi" })).toMatchObject({ model: "test-model" });
});

test("instructions are such that any model's template takes them, but for OpenAI's own", async () => {
	const asked = {
		model: "test-model",
		instructions: "One.",
		input: [
			{ role: "developer", content: "Two." },
			{ role: "user", content: "Hi" },
			{ role: "developer", content: "Three." },
			{ role: "user", content: "So?" },
			{ role: "assistant", content: "Hello." },
			{ role: "system", content: "Four." },
		],
	};
	const { ask, sent } = await translatedOver(completion({ content: "Hi." }));
	await ask("/v1/responses", asked);
	const texts = (...all: string[]) => all.map((text) => ({ type: "text", text }));
	expect(sent().messages).toEqual([
		{ role: "system", content: "One.\n\nTwo." },
		{ role: "user", content: texts("Hi", "<system>\nThree.\n</system>", "So?") },
		{ role: "assistant", content: "Hello." },
		{ role: "user", content: "<system>\nFour.\n</system>" },
	]);
	const openai = await translatedOver(completion({ content: "Hi." }), {
		settings: { provider: "openai", dialects: ["openai.chat"] },
	});
	await openai.ask("/v1/responses", asked);
	const roles = (openai.sent().messages as Json[]).map(({ role }) => role);
	expect(roles).toEqual(["system", "developer", "user", "developer", "user", "assistant", "system"]);
});

test("files that one vendor keeps are not asked of another", async () => {
	const content = [
		{ type: "text", text: "See." },
		{ type: "document", source: { type: "file", file_id: "file_1" } },
		{ type: "image", source: { type: "file", file_id: "file_2" } },
		{ type: "document", title: "a.txt", source: { type: "text", media_type: "text/plain", data: "Ä" } },
		{ type: "document", source: { type: "url", url: "https://example.org/a.pdf" } },
	];
	const { post, sent } = await translatedOver(completion({ content: "Hi." }));
	const response = await post("/v1/messages", { ...asked, messages: [{ role: "user", content }] });
	expect(dropped(response).sort()).toEqual(["file", "image"]);
	expect(sent().messages).toEqual([
		{
			role: "user",
			content: [
				{ type: "text", text: "See." },
				{ type: "text", text: "a.txt:\n\nÄ" },
			],
		},
	]);
	const kept = await translatedOver(json({ object: "response", status: "completed", output: [] }), {
		settings: responses,
	});
	const file = { type: "file", file: { file_id: "file-1" } };
	await kept.post("/v1/chat/completions", { ...asked, messages: [{ role: "user", content: [file] }] });
	expect(kept.sent().input).toMatchObject([{ content: [{ type: "input_file", file_id: "file-1" }] }]);
});

test("what is written to a cache is counted in each dialect's words", async () => {
	const usage = { input_tokens: 3, cache_creation_input_tokens: 20, cache_read_input_tokens: 5, output_tokens: 4 };
	const answer = {
		type: "message",
		role: "assistant",
		content: [{ type: "text", text: "Hi." }],
		stop_reason: "end_turn",
		usage,
	};
	const over = await translatedOver(json(answer), { settings: anthropic });
	expect((await over.ask("/v1/chat/completions", asked)).usage).toMatchObject({
		prompt_tokens: 28,
		prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 20 },
	});
	const response = await over.ask("/v1/responses", { model: "test-model", input: "Hi" });
	expect(response.usage).toMatchObject({
		input_tokens: 28,
		input_tokens_details: { cached_tokens: 5, cache_write_tokens: 20 },
	});
	const chat = await translatedOver(json({ ...response, object: "response", output: response.output }), {
		settings: responses,
	});
	expect((await chat.ask("/v1/messages", asked)).usage).toMatchObject(usage);
});

test("thinking is counted in Anthropic's words", async () => {
	const usage = {
		prompt_tokens: 20,
		completion_tokens: 7,
		prompt_tokens_details: { cached_tokens: 8 },
		completion_tokens_details: { reasoning_tokens: 5 },
	};
	const message = { role: "assistant", content: "Hi." };
	const { ask } = await translatedOver(
		json({ object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }], usage }),
	);
	expect((await ask("/v1/messages", asked)).usage).toEqual({
		input_tokens: 12,
		cache_creation_input_tokens: 0,
		cache_read_input_tokens: 8,
		output_tokens: 7,
		output_tokens_details: { thinking_tokens: 5 },
	});
});
