import OpenAI from "openai";
import { expect, onTestFinished, test } from "vitest";
import { chunk, sendJson, startAiHost, startDemoHost, startStream } from "./kit/aiHost.js";
import { gatewayFor } from "./kit/gateway.js";

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Hello AI" }];
const model = "llmw-demo";

async function clientFor(host: { url: string; close(): Promise<void> }, flags: Record<string, unknown> = {}) {
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host, flags);
	return new OpenAI({ baseURL: gateway.baseUrl, apiKey: "sk-client", maxRetries: 0 });
}

test("creates a completion", async () => {
	const client = await clientFor(await startDemoHost());
	const completion = await client.chat.completions.create({ model, messages });
	expect(completion.object).toBe("chat.completion");
	expect(completion.choices[0]?.message.content).toContain('You said: "Hello AI"');
	expect(completion.choices[0]?.finish_reason).toBe("stop");
	expect(completion.usage?.total_tokens).toBeGreaterThan(0);
	expect(completion._request_id).toMatch(/^[0-9a-f-]{36}$/);
});

test("streams a completion, with usage when asked for", async () => {
	const client = await clientFor(await startDemoHost());
	const stream = await client.chat.completions.create({
		model,
		messages,
		stream: true,
		stream_options: { include_usage: true },
	});
	let text = "";
	let usage: OpenAI.CompletionUsage | null | undefined;
	for await (const part of stream) {
		text += part.choices[0]?.delta.content ?? "";
		usage = part.usage ?? usage;
	}
	expect(text).toContain("I am not a model");
	expect(usage?.completion_tokens).toBeGreaterThan(10);
});

test("the default of 128 tokens ends a longer answer, max_completion_tokens replaces it", async () => {
	const client = await clientFor(await startDemoHost());
	const long: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "word ".repeat(300) }];
	const short = await client.chat.completions.create({ model, messages: long });
	expect(short.usage?.completion_tokens).toBe(128);
	const longer = await client.chat.completions.create({ model, messages: long, max_completion_tokens: 200 });
	expect(longer.usage?.completion_tokens).toBe(200);
});

test("an aborted stream ends the host's work", async () => {
	const host = await startAiHost((_request, response) => {
		startStream(response);
		response.write(chunk({ content: "Hel" }));
	});
	const client = await clientFor(host);
	const stream = await client.chat.completions.create({ model, messages, stream: true });
	const aborted = host.nextAbort();
	for await (const _part of stream) stream.controller.abort();
	await aborted;
});

test("a stream that breaks is an error for the SDK", async () => {
	const host = await startAiHost((_request, response) => {
		startStream(response);
		response.write(chunk({ content: "Hel" }), () => response.destroy());
	});
	const client = await clientFor(host);
	const stream = await client.chat.completions.create({ model, messages, stream: true });
	await expect(
		(async () => {
			for await (const _part of stream);
		})(),
	).rejects.toThrow(OpenAI.APIError);
});

test("a refused request is a BadRequestError that names the parameter", async () => {
	const client = await clientFor(await startDemoHost());
	const error = await client.chat.completions.create({ model, messages, temperature: 1.5 }).catch((thrown) => thrown);
	expect(error).toBeInstanceOf(OpenAI.BadRequestError);
	expect(error).toMatchObject({
		status: 400,
		type: "invalid_request_error",
		param: "temperature",
		error: { message: "Temperature must be between 0.1 and 1.0" },
	});
});

test("the host's errors are the SDK's classes", async () => {
	const host = await startAiHost((_request, response) =>
		sendJson(
			response,
			{ error: { message: "Incorrect API key", type: "invalid_request_error", code: "invalid_api_key" } },
			401,
		),
	);
	const client = await clientFor(host);
	await expect(client.chat.completions.create({ model, messages })).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
});

test("the client's key goes to the host, unless the gateway has its own", async () => {
	for (const [flags, authorization] of [
		[{}, "Bearer sk-client"],
		[{ aikey: "sk-gateway" }, "Bearer sk-gateway"],
	] as const) {
		const host = await startAiHost();
		const client = await clientFor(host, flags);
		await client.chat.completions.create({ model, messages });
		expect(
			host.received[0]?.rawHeaders.filter((_value, index, all) => all[index - 1]?.toLowerCase() === "authorization"),
		).toEqual([authorization]);
	}
});

test("with a key of the gateway's own, none of the client's reaches the host, whatever header it is in", async () => {
	const names = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];
	const headers = Object.fromEntries(names.map((name) => [name, `client-${name}`]));
	for (const [flags, expected] of [
		[{}, names.map((name) => `client-${name}`)],
		[{ aikey: "sk-gateway" }, ["Bearer sk-gateway", undefined, undefined, undefined]],
	] as const) {
		const host = await startAiHost();
		const client = await clientFor(host, flags);
		await client.chat.completions.create({ model, messages }, { headers });
		expect(names.map((name) => host.received[0]?.headers[name])).toEqual(expected);
	}
});

test("a client can't ask the host for a part or a version of an answer", async () => {
	const host = await startAiHost();
	const client = await clientFor(host);
	const headers = { range: "bytes=0-9", "if-none-match": '"x"', "if-modified-since": new Date(0).toUTCString() };
	await client.chat.completions.create({ model, messages }, { headers });
	expect(Object.keys(host.received[0]?.headers ?? {}).filter((name) => name in headers)).toEqual([]);
});

test("lists and retrieves models, also of a host that has only the list", async () => {
	const client = await clientFor(await startDemoHost());
	const models = await client.models.list();
	expect(models.data.map(({ id }) => id)).toEqual([model]);
	expect(await client.models.retrieve(model)).toMatchObject({ id: model, object: "model" });
	await expect(client.models.retrieve("org/unknown")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

test("creates embeddings, which the SDK asks for in base64", async () => {
	const client = await clientFor(await startDemoHost());
	const { data } = await client.embeddings.create({ model, input: ["one", "three"] });
	expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
	expect(data[0]?.embedding[0]).toBeTypeOf("number");
});

test("creates legacy text completions, streamed too", async () => {
	const client = await clientFor(await startDemoHost());
	const { choices } = await client.completions.create({ model, prompt: "Hello AI" });
	expect(choices[0]?.text).toContain("Hello AI");
	let text = "";
	for await (const part of await client.completions.create({ model, prompt: "Hi", stream: true }))
		text += part.choices[0]?.text ?? "";
	expect(text).toContain("I am not a model");
});
