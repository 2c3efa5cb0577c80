/** The harness of `npm run conformance` itself: without agents, and its scripted upstreams with the official SDKs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { agents, findAgent } from "./agents.js";
import { reportOf } from "./report.js";
import type { Action, Script, Turn } from "./script.js";
import { formats, startScriptedUpstream } from "./scriptedUpstream.js";
import { tasks } from "./tasks.js";

const run = fileURLToPath(new URL("run.ts", import.meta.url));

/** Runs the harness with an empty path, so that it finds no agent that happens to be installed. */
async function harness(args: string[], environment: Record<string, string> = {}) {
	const child = spawn(process.execPath, ["--import", "tsx", run, ...args], {
		env: { PATH: "/nowhere", ...environment },
		stdio: ["ignore", "pipe", "pipe"],
	});
	onTestFinished(() => void child.kill("SIGKILL"));
	let printed = "";
	child.stdout.on("data", (chunk) => {
		printed += chunk;
	});
	child.stderr.on("data", (chunk) => {
		printed += chunk;
	});
	const [code] = (await once(child, "close")) as [number];
	return { code, printed };
}

describe("the harness", () => {
	test("without agents it names those that it looked for, and exits with 2", async () => {
		const { code, printed } = await harness([]);
		expect(code).toBe(2);
		for (const { title, name } of agents) expect(printed).toContain(`${title}: not found (${name})`);
		expect(printed).toContain("none of the agents was found");
	});

	test("with --only it looks for these alone", async () => {
		const { code, printed } = await harness(["--only", "codex,opencode"]);
		expect(code).toBe(2);
		expect(printed).toContain("Codex: not found");
		expect(printed).not.toContain("Claude Code");
	});

	test.each([
		[["--only", "nobody"], "there is no agent nobody: claude, codex, gemini, opencode"],
		[["--host", "smoke"], "there is no host smoke: chat, messages, responses, gemini"],
		[["--task", "sing"], "there is no task sing: write"],
		[["--write", "--task", "cut"], "--write needs a run of all tasks"],
		[["--write", "--direct"], "--write needs a run of all tasks, through the gateway"],
		[["--jobs", "0"], "--jobs must be a whole number"],
		[["--wrong"], "--wrong"],
	])("%j is refused, and it is said why", async (args, message) => {
		const { code, printed } = await harness(args);
		expect(code).toBe(2);
		expect(printed).toContain(message);
	});

	test("an agent is found in LLMGW_AGENTS before the path, and only if it can be run", () => {
		const folder = temporaryFolder();
		onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
		const [, codex] = agents;
		if (codex === undefined) throw new Error("there is no second agent");
		expect(findAgent(codex, { LLMGW_AGENTS: folder, PATH: folder })).toBeUndefined();
		const notProgram = temporaryFile("codex", "#!/bin/sh\n");
		expect(findAgent(codex, { PATH: notProgram.slice(0, -"/codex".length) })).toBeUndefined();
	});

	test("the report shows each case, and what failed with its reason", () => {
		const [claude, codex] = agents;
		const [chat, messages] = formats;
		const [write] = tasks;
		if (!claude || !codex || !chat || !messages || !write) throw new Error("the lists are too short");
		const report = reportOf(
			[
				{ agent: claude, version: "1.2.3", format: chat, task: write, problems: [] },
				{ agent: claude, version: "1.2.3", format: messages, task: write, problems: ["exit code 1", "it was late"] },
			],
			new Date("2026-11-29T00:00:00Z"),
		);
		expect(report).toContain(
			"On 2026-11-29, 1 of 2 cases passed. Not in that run: Codex, Gemini CLI, OpenCode, upstreams",
		);
		expect(report).toContain("## Claude Code 1.2.3");
		expect(report).toMatch(/\| chat \| ✓ \|/);
		expect(report).toMatch(/\| \*\*messages\*\* \| \*\*fails\*\* \|/);
		expect(report).toContain("- Claude Code, messages, write: exit code 1; it was late.");
	});
});

describe("the set-up that the documentation shows is the one that is tested", () => {
	const gateway = "http://127.0.0.1:42069";
	const documented = readFileSync(new URL("../../docs/agents.md", import.meta.url), "utf8");
	const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

	test.each(agents.map((agent) => [agent.title, agent] as const))("%s", (_title, agent) => {
		const variables = Object.entries(agent.variables(gateway, "llmw-…")).map(([name, value]) => `${name}=${value}`);
		const command = `${variables.join(" ")} ${agent.name}`;
		expect(documented).toContain(`\n${command}`);
		expect(readme).toContain(`\n${command}`);
		if (agent.file !== undefined) expect(documented).toContain(agent.file.text(gateway));
	});

	test("README's files are the same, but for what can be left out", () => {
		const [, codex, gemini, opencode] = agents;
		expect(readme).toContain(codex?.file?.text(gateway));
		const [, json = ""] = /```json\n(.*?)\n```/s.exec(readme) ?? [];
		const whole = JSON.parse(opencode?.file?.text(gateway) ?? "");
		expect(whole).toMatchObject(JSON.parse(json));
		expect(readme).toContain(gemini?.file?.text(gateway));
	});
});

const turn: Turn = {
	thinking: { text: "A file would do. I write it at once.", signature: "c2lnbmVk" },
	text: ["I create ", "it."],
	calls: [
		{ id: "1", tool: "write", input: { path: "a.txt", content: "ä".repeat(40) } },
		{ id: "2", tool: "write", input: { path: "b.txt", content: "" } },
	],
};
const inputs = turn.calls?.map(({ input }) => input);
const schema = { type: "object" as const, properties: { path: { type: "string" }, content: { type: "string" } } };

async function upstreamOf(name: string, script: Script = () => ({ kind: "answer", turn })) {
	const format = formats.find((each) => each.name === name);
	if (format === undefined) throw new Error(`there is no format ${name}`);
	const upstream = await startScriptedUpstream(format, script);
	onTestFinished(() => upstream.close());
	return upstream;
}

/** An action by the format's name, and the client of that format. */
const clients = {
	async chat(script?: Script) {
		const upstream = await upstreamOf("chat", script);
		const client = new OpenAI({ baseURL: upstream.url, apiKey: "k", maxRetries: 0 });
		const request = {
			model: "m",
			messages: [{ role: "user" as const, content: "Hi" }],
			tools: [{ type: "function" as const, function: { name: "write", parameters: schema } }],
		};
		return {
			upstream,
			whole: async () => {
				const { choices } = await client.chat.completions.create(request);
				const calls = choices[0]?.message.tool_calls ?? [];
				return {
					text: choices[0]?.message.content,
					inputs: calls.map((call) => call.type === "function" && JSON.parse(call.function.arguments)),
				};
			},
			streamed: async () => {
				const stream = client.chat.completions.stream(request);
				const { choices, usage } = await stream.finalChatCompletion();
				const calls = choices[0]?.message.tool_calls ?? [];
				return {
					text: choices[0]?.message.content,
					inputs: calls.map((call) => call.type === "function" && JSON.parse(call.function.arguments)),
					isCounted: usage !== undefined,
				};
			},
		};
	},
	async messages(script?: Script) {
		const upstream = await upstreamOf("messages", script);
		const client = new Anthropic({ baseURL: upstream.url.replace(/\/v1$/, ""), apiKey: "k", maxRetries: 0 });
		const request = {
			model: "m",
			max_tokens: 100,
			messages: [{ role: "user" as const, content: "Hi" }],
			tools: [{ name: "write", input_schema: schema }],
		};
		const read = (content: Anthropic.ContentBlock[]) => ({
			text: content.flatMap((block) => (block.type === "text" ? block.text : [])).join(""),
			inputs: content.flatMap((block) => (block.type === "tool_use" ? block.input : [])),
		});
		return {
			upstream,
			whole: async () => read((await client.messages.create(request)).content),
			streamed: async () => {
				const { content, usage } = await client.messages.stream(request).finalMessage();
				const [thinking] = content;
				expect(thinking).toMatchObject({ type: "thinking", thinking: turn.thinking?.text, signature: "c2lnbmVk" });
				return { ...read(content), isCounted: usage.output_tokens === 20 };
			},
		};
	},
	async responses(script?: Script) {
		const upstream = await upstreamOf("responses", script);
		const client = new OpenAI({ baseURL: upstream.url, apiKey: "k", maxRetries: 0 });
		const request = {
			model: "m",
			input: "Hi",
			tools: [{ type: "function" as const, name: "write", strict: false, parameters: schema }],
		};
		const read = (output: OpenAI.Responses.ResponseOutputItem[]) =>
			output.flatMap((item) => (item.type === "function_call" ? JSON.parse(item.arguments) : []));
		return {
			upstream,
			whole: async () => {
				const response = await client.responses.create(request);
				return { text: response.output_text, inputs: read(response.output) };
			},
			streamed: async () => {
				const response = await client.responses.stream(request).finalResponse();
				return {
					text: response.output_text,
					inputs: read(response.output),
					isCounted: response.usage?.total_tokens === 120,
				};
			},
		};
	},
	async gemini(script?: Script) {
		const upstream = await upstreamOf("gemini", script);
		const client = new GoogleGenAI({
			apiKey: "k",
			httpOptions: { baseUrl: `http://127.0.0.1:${upstream.port}`, retryOptions: { attempts: 1 } },
		});
		const request = {
			model: "m",
			contents: "Hi",
			config: { tools: [{ functionDeclarations: [{ name: "write", parametersJsonSchema: schema }] }] },
		};
		return {
			upstream,
			whole: async () => {
				const answer = await client.models.generateContent(request);
				const parts = answer.candidates?.[0]?.content?.parts ?? [];
				return {
					text: parts.flatMap((part) => (part.thought ? [] : (part.text ?? []))).join(""),
					inputs: answer.functionCalls?.map(({ args }) => args),
				};
			},
			streamed: async () => {
				let text = "";
				let isCounted = false;
				const found: unknown[] = [];
				for await (const chunk of await client.models.generateContentStream(request)) {
					for (const part of chunk.candidates?.[0]?.content?.parts ?? []) if (!part.thought) text += part.text ?? "";
					found.push(...(chunk.functionCalls ?? []).map(({ args }) => args));
					isCounted = chunk.usageMetadata?.totalTokenCount === 120;
				}
				return { text, inputs: found, isCounted };
			},
		};
	},
};

describe.each(Object.keys(clients) as (keyof typeof clients)[])(
	"the scripted upstream of %s, for the official SDK",
	(name) => {
		test("answers whole", async () => {
			const { whole, upstream } = await clients[name]();
			expect(await whole()).toEqual({ text: "I create it.", inputs });
			expect(upstream.asked).toMatchObject([{ model: "m", isStream: false, results: [] }]);
			expect(upstream.asked[0]?.tools).toEqual([{ name: "write", isFreeform: false, properties: ["path", "content"] }]);
		});

		test("streams", async () => {
			const { streamed, upstream } = await clients[name]();
			expect(await streamed()).toEqual({ text: "I create it.", inputs, isCounted: true });
			expect(upstream.asked[0]?.isStream).toBe(true);
		});

		test.each<[string, Action, RegExp]>([
			["refuses", { kind: "refuse", status: 429, headers: { "retry-after": "1" } }, /429/],
			["cuts its stream", { kind: "cut", turn }, /./],
		])("%s", async (_name, action, message) => {
			const { streamed } = await clients[name](() => action);
			await expect(streamed()).rejects.toThrow(message);
		});
	},
);
