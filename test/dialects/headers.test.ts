/** Headers, defaults and names of a translated request. */
import { expect, test } from "vitest";
import { anthropic, completion, json, message, responses, translatedOver } from "../kit/translated.js";

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
