import OpenAI from "openai";
import { expect, test } from "vitest";
import { faultNames } from "../../src/mockHosts/lab/faults.js";
import { referenceAnswer, referenceCalls } from "../../src/mockHosts/lab/referenceAnswers.js";
import { labUpstreams, upstreamLines } from "../../src/mockHosts/lab/upstreamLines.js";
import { temporaryFile } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";
import { ask, chatBody, startLab } from "./startLab.js";

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Hello" }];

test("llmw lab says where it is and which faults there are, and ends well in mid-stream", async () => {
	const lab = runLlmw(["lab", "--bindip", "127.0.0.1", "--bindport", "0"], { LLMW_BINDPORT: "1" });
	const [, url = ""] = await lab.says(/listening on (http:\/\/127\.0\.0\.1:\d+)\/v1\n/);
	await lab.says(/Stop with Ctrl-C\./);
	for (const { provider, path } of labUpstreams)
		expect(lab.stdout()).toContain(`{provider: ${provider}, url: "${url}${path}"`);
	for (const fault of faultNames) expect(lab.stdout()).toMatch(new RegExp(`^ {2}${fault}\\b`, "m"));
	expect(await ask(url, chatBody("cut:3", { stream: true }))).toMatchObject({ status: 200, ending: "ECONNRESET" });
	await ask(url, chatBody("stall:1", { stream: true }), { leaveAfter: /Every/ });
	lab.process.kill("SIGTERM");
	expect(await lab.exited).toBe(0);
	expect(lab.stderr()).toBe("");
});

test("the lines that llmw lab prints are a configuration, for which check --live finds the lab", async () => {
	const { url } = await startLab();
	const routes = labUpstreams.map(({ name }) => `  - {model: ${name}, targets: [${name}/ok]}`);
	const file = temporaryFile("llmw.yaml", `${upstreamLines(url)}\nroutes:\n${routes.join("\n")}\n`);
	const { code, stdout, stderr } = await resultOf(["check", "--live", "--config", file], { LAB_KEY: "any" });
	expect([code, stderr]).toEqual([0, ""]);
	for (const { name, provider } of labUpstreams)
		expect(stdout).toMatch(new RegExp(`^${name} +${provider} .*ok and \\d+ more`, "m"));
});

test.each([
	[["--bindport", "x"], /--bindport: must be a port from 0 to 65535 \(got "x"\)/],
	[["--bindport", "70000"], /--bindport: must be a port/],
	[["--bindip", "localhost"], /--bindip: must be an IP address \(got "localhost"\)/],
	[["more"], /more: unexpected argument/],
])("llmw lab %j is refused", async (args, message) => {
	const { code, stderr } = await resultOf(["lab", ...args]);
	expect(code).not.toBe(0);
	expect(stderr).toMatch(message);
});

test("llmw lab says when its port is taken", async () => {
	const { url } = await startLab();
	const { code, stderr } = await resultOf(["lab", "--bindport", new URL(url).port]);
	expect(code).toBe(1);
	expect(stderr).toMatch(/^llmw: --bindport: .*EADDRINUSE/);
});

test("the openai SDK reads whole answers, streams, tool calls, embeddings and refusals", async () => {
	const { url } = await startLab();
	const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-any", maxRetries: 0 });
	const completion = await client.chat.completions.create({ model: "ok", messages });
	expect(completion.choices[0]?.message.content).toBe(referenceAnswer);
	let text = "";
	let usage: OpenAI.CompletionUsage | null | undefined;
	const stream_options = { include_usage: true };
	for await (const chunk of await client.chat.completions.create({
		model: "ok",
		messages,
		stream: true,
		stream_options,
	})) {
		text += chunk.choices[0]?.delta.content ?? "";
		usage = chunk.usage ?? usage;
	}
	expect(text).toBe(referenceAnswer);
	expect(usage).toEqual(completion.usage);
	const tools: OpenAI.ChatCompletionTool[] = [{ type: "function", function: { name: "look_up" } }];
	const called = await client.chat.completions.stream({ model: "ok", messages, tools }).finalChatCompletion();
	const calls = called.choices[0]?.message.tool_calls ?? [];
	expect(calls.map((call) => call.type === "function" && call.function.arguments)).toEqual(
		referenceCalls.map((call) => call.arguments),
	);
	const { data } = await client.embeddings.create({ model: "ok", input: "Hello" });
	expect(data[0]?.embedding).toHaveLength(8);
	await expect(client.chat.completions.create({ model: "rate-limit:1", messages })).rejects.toThrow(
		OpenAI.RateLimitError,
	);
	expect((await client.models.list()).data.map(({ id }) => id)).toContain("cut:20");
});
