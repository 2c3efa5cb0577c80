/** Clients that others' generators make of the contract as it is served: they compile, and they work. */
import { type ExecFileException, execFile } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTypescript, { astToString, type OpenAPI3 } from "openapi-typescript";
import { afterAll, beforeAll, expect, onTestFinished, TestRunner, test } from "vitest";
import { startDemoHost } from "./kit/aiHost.js";
import { startGateway, type TestGateway, temporaryFolder } from "./kit/gateway.js";
import { needs } from "./kit/programs.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const inPackages = (path: string) => join(root, "node_modules", path);
const generating = { timeout: 120_000 };

let host: Awaited<ReturnType<typeof startDemoHost>>;
let gateway: TestGateway;
beforeAll(async () => {
	host = await startDemoHost();
	gateway = await startGateway(host.url);
});
afterAll(async () => {
	await gateway.stop();
	await host.close();
});

/** A folder with the contract as it is served, and packages to import. */
async function folderWithContract(): Promise<string> {
	const folder = temporaryFolder();
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	symlinkSync(inPackages(""), join(folder, "node_modules"));
	writeFileSync(join(folder, "package.json"), '{"type":"module"}');
	writeFileSync(join(folder, "openapi.json"), await (await fetch(`${gateway.url}/openapi.json`)).text());
	return folder;
}

/** @returns what the program prints. @throws Error with that text if it fails */
function run(program: string, args: string[], cwd: string, environment: Record<string, string> = {}): Promise<string> {
	return new Promise((resolve, reject) => {
		const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", ...environment };
		execFile(program, args, { cwd, env }, (error: ExecFileException | null, stdout, stderr) => {
			if (error) reject(new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`));
			else resolve(stdout);
		});
	});
}

async function generate(folder: string, generator: string): Promise<void> {
	const cli = inPackages("@redocly/cli/bin/cli.js");
	const args = ["generate-client", "openapi.json", "-o", "client.ts", "--generator", generator];
	await run(process.execPath, [cli, ...args], folder);
}

async function compileAndRun(folder: string, program: string): Promise<unknown> {
	writeFileSync(join(folder, "program.ts"), program);
	const strictly = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
	const modern = ["--target", "es2022", "--module", "nodenext", "--lib", "es2023,dom,dom.iterable", "--types", "node"];
	await run(process.execPath, [inPackages("typescript/bin/tsc"), ...strictly, ...modern, "program.ts"], folder);
	const runner = inPackages("tsx/dist/cli.mjs");
	return JSON.parse(await run(process.execPath, [runner, "program.ts"], folder, { URL_OF_GATEWAY: gateway.url }));
}

test(
	"openapi-typescript with its defaults requires nothing of a request that the gateway fills in",
	generating,
	async () => {
		const folder = await folderWithContract();
		const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as OpenAPI3;
		writeFileSync(join(folder, "contract.ts"), astToString(await openapiTypescript(document)));
		const seen = await compileAndRun(
			folder,
			`import createClient from "openapi-fetch";
		import type { components, paths } from "./contract.js";

		const client = createClient<paths, "application/json">({ baseUrl: process.env.URL_OF_GATEWAY as string });
		const messages: components["schemas"]["ChatMessage"][] = [
			{ role: "user", content: [{ type: "text", text: "Hello AI" }] },
			{ role: "critic", content: "No." },
		];
		const chat = await client.POST("/v1/chat/completions", { body: { messages } });
		const stream = await client.POST("/v1/chat/completions", { body: { messages, stream: true }, parseAs: "stream" });
		const events = await new Response(stream.data as unknown as ReadableStream).text();
		const parameters: components["schemas"]["PromptParameters"] = { seed: 1 };
		const prompt = await client.POST("/v1/prompts", { body: { name: "typed", messages, parameters } });
		const refused = await client.POST("/v1/chat/completions", { body: { messages, temperature: 9 } });
		const content: string | unknown[] | null | undefined = chat.data?.choices[0]?.message.content;
		console.log(JSON.stringify({
			content,
			end: events.slice(-14),
			prompt: prompt.data?.name,
			refused: refused.error && "error" in refused.error ? refused.error.error : undefined,
		}));`,
		);
		expect(seen).toEqual({
			content: expect.stringContaining("Hello AI"),
			end: "data: [DONE]\n\n",
			prompt: "typed",
			refused: expect.objectContaining({ param: "temperature", hint: expect.any(String) }),
		});
	},
);

test(
	"redocly's TypeScript client compiles, and a chat that isn't streamed returns the completion",
	generating,
	async () => {
		const folder = await folderWithContract();
		await generate(folder, "typescript");
		const seen = await compileAndRun(
			folder,
			`import { ApiError, type ChatMessage, client } from "./client.js";

		client.configure({ serverUrl: process.env.URL_OF_GATEWAY as string });
		const messages: ChatMessage[] = [
			{ role: "user", content: [{ type: "text", text: "Hello AI" }] },
			{ role: "critic", content: "No." },
		];
		const chat = await client.createChatCompletion({ body: { messages } });
		const content: string | unknown[] | null | undefined = chat.choices[0]?.message.content;
		const text = await client.createCompletion({ body: { prompt: "Once upon a time" } });
		const models = await client.listModels();
		const prompt = await client.createPrompt({ body: { name: "generated", messages, parameters: { seed: 1 } } });
		const refused = await client.createChatCompletion({ body: { messages, temperature: 9 } }).catch((error: unknown) => error);
		console.log(JSON.stringify({
			content,
			text: text.choices[0]?.text,
			models: models.data.map(({ id }) => id),
			prompt: prompt.name,
			status: refused instanceof ApiError ? refused.status : undefined,
		}));`,
		);
		expect(seen).toEqual({
			content: expect.stringContaining("Hello AI"),
			text: expect.stringContaining("Once upon a time"),
			models: ["llmw-demo"],
			prompt: "generated",
			status: 400,
		});
	},
);

test("redocly's Go client compiles, and completes a chat", generating, async () => {
	needs("go");
	const folder = await folderWithContract();
	await generate(folder, "go");
	mkdirSync(join(folder, "client"));
	await run("mv", ["client.go", "client/client.go"], folder);
	writeFileSync(join(folder, "go.mod"), "module example\n\ngo 1.19\n");
	writeFileSync(
		join(folder, "main.go"),
		`package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"example/client"
)

func main() {
	api := client.New(client.Config{ServerURL: os.Getenv("URL_OF_GATEWAY")})
	messages := []client.ChatMessage{client.UserMessage{Role: "user", Content: "Hello AI"}}
	chat, err := api.CreateChatCompletion(context.Background(), client.CreateChatCompletionRequest{Messages: messages})
	if err != nil {
		panic(err)
	}
	hot := 9.0
	_, err = api.CreateChatCompletion(context.Background(), client.CreateChatCompletionRequest{Messages: messages, Temperature: &hot})
	var refused *client.APIError
	errors.As(err, &refused)
	json.NewEncoder(os.Stdout).Encode(map[string]any{"content": chat.Choices, "status": refused.Status})
}
`,
	);
	// Its own caches, and nothing from anywhere else.
	const environment = {
		GOCACHE: join(folder, "cache"),
		GOPATH: join(folder, "path"),
		GOFLAGS: "-mod=mod",
		GOPROXY: "off",
	};
	await run("go", ["vet", "./..."], folder, environment);
	const seen = await run("go", ["run", "."], folder, { ...environment, URL_OF_GATEWAY: gateway.url });
	expect(JSON.parse(seen)).toMatchObject({ status: 400 });
	expect(seen).toContain("Hello AI");
});

test("redocly's Python client compiles, and completes a chat", generating, async () => {
	needs("python3");
	const folder = await folderWithContract();
	await generate(folder, "python");
	await run("python3", ["-m", "py_compile", "client.py"], folder);
	const hasHttpx = await run("python3", ["-c", "import httpx"], folder).then(
		() => true,
		() => false,
	);
	if (!hasHttpx)
		TestRunner.getCurrentTest()?.context.skip("this machine's python3 has no httpx, which the client needs");
	writeFileSync(
		join(folder, "program.py"),
		`import json, os
from client import ApiError, Client, CreateChatCompletionRequest, UserMessage

api = Client(os.environ["URL_OF_GATEWAY"])
messages = [UserMessage(role="user", content="Hello AI")]
chat = api.create_chat_completion(CreateChatCompletionRequest(messages=messages))
try:
    api.create_chat_completion(CreateChatCompletionRequest(messages=messages, temperature=9))
    status = None
except ApiError as error:
    status = error.status
print(json.dumps({"content": str(chat.choices[0]), "status": status}))
`,
	);
	const seen = JSON.parse(await run("python3", ["program.py"], folder, { URL_OF_GATEWAY: gateway.url }));
	expect(seen).toMatchObject({ content: expect.stringContaining("Hello AI"), status: 400 });
});
