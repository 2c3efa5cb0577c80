/** In front of a second, independent implementation of the OpenAI API, run as a program of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, type TestGateway, temporaryFile } from "../kit/gateway.js";

let program: ChildProcess;
let gateway: TestGateway;
let client: OpenAI;

const fixtures = {
	fixtures: [
		{ match: { userMessage: "capital of France" }, response: { content: "Paris, of course. ".repeat(20) } },
		{
			match: { userMessage: "weather in Paris" },
			response: { toolCalls: [{ name: "get_weather", arguments: '{"city":"Paris"}' }] },
		},
		{
			match: { userMessage: "out of quota" },
			response: { error: { message: "no quota left", type: "insufficient_quota" }, status: 429 },
		},
		{
			match: { userMessage: "cut me off" },
			response: { content: "word ".repeat(50) },
			truncateAfterChunks: 3,
			chunkSize: 5,
		},
	],
};

beforeAll(async () => {
	const port = await freePort();
	const file = temporaryFile("fixtures.json", JSON.stringify(fixtures));
	const folder = dirname(createRequire(import.meta.url).resolve("@copilotkit/aimock"));
	program = spawn(process.execPath, [join(folder, "cli.js"), "--port", String(port), "--fixtures", file], {
		stdio: "ignore",
	});
	gateway = await startGateway(`http://127.0.0.1:${port}`);
	while ((await fetch(`${gateway.url}/readyz`)).status !== 200)
		await new Promise((resolve) => setTimeout(resolve, 100));
	client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "sk-test", maxRetries: 0 });
});

afterAll(async () => {
	program.kill();
	await once(program, "exit");
	await gateway.stop();
});

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as { port: number };
	await new Promise((resolve) => server.close(resolve));
	return port;
}

const ask = (content: string) => ({ model: "gpt-4o", messages: [{ role: "user" as const, content }] });

test("completes", async () => {
	const { choices } = await client.chat.completions.create(ask("capital of France"));
	expect(choices[0]?.message.content).toBe("Paris, of course. ".repeat(20));
});

test("streams", async () => {
	let text = "";
	for await (const part of await client.chat.completions.create({ ...ask("capital of France"), stream: true }))
		text += part.choices[0]?.delta.content ?? "";
	expect(text).toBe("Paris, of course. ".repeat(20));
});

test("calls tools", async () => {
	const tools = [{ type: "function" as const, function: { name: "get_weather", parameters: { type: "object" } } }];
	const { choices } = await client.chat.completions.create({ ...ask("weather in Paris"), tools });
	expect(choices[0]?.message.tool_calls?.[0]).toMatchObject({
		function: { name: "get_weather", arguments: '{"city":"Paris"}' },
	});
});

test("passes its errors on", async () => {
	await expect(client.chat.completions.create(ask("out of quota"))).rejects.toMatchObject({ status: 429 });
});

test("says so when it breaks off in mid-stream", async () => {
	const read = async () => {
		for await (const _part of await client.chat.completions.create({ ...ask("cut me off"), stream: true }));
	};
	await expect(read()).rejects.toThrow(/upstream/);
});

test("embeds", async () => {
	const { data } = await client.embeddings.create({ model: "text-embedding-3-small", input: "hello" });
	expect(data[0]?.embedding.length).toBeGreaterThan(100);
});
