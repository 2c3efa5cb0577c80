/** Servers that are recognised by what they answer, with the dialects that their versions speak. */
import { expect, onTestFinished, test } from "vitest";
import { ollamaDialects } from "../../src/providers/ollama.js";
import { newerDialects } from "../../src/providers/servers.js";
import { completion, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { temporaryFile } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";

interface FakeServer {
	/** `owned_by` of its models. */
	owner: string;
	header?: string;
	/** Paths that it has beside chat completions. */
	paths: string[];
	/** LM Studio's way to say that it lacks a path. */
	saysSo?: boolean;
}

const message = {
	id: "msg_1",
	type: "message",
	role: "assistant",
	model: "m",
	content: [{ type: "text", text: "Hello" }],
	stop_reason: "end_turn",
	stop_sequence: null,
	usage: { input_tokens: 1, output_tokens: 1 },
};

async function start({ owner, header, paths, saysSo = false }: FakeServer): Promise<TestHost> {
	const host = await startAiHost(
		({ method, url, body }, response) => {
			const headers = header === undefined ? {} : { server: header };
			if (url === "/v1/models")
				return sendJson(
					response,
					{ object: "list", data: [{ id: "m", object: "model", owned_by: owner }] },
					200,
					headers,
				);
			const isEmpty = body.toString() === "{}";
			if (url === "/v1/chat/completions" && !isEmpty) return sendJson(response, completion);
			if (method === "POST" && ["/v1/chat/completions", ...paths].includes(url))
				return isEmpty
					? sendJson(response, { error: { message: "model is required" } }, 400)
					: sendJson(response, message);
			if (saysSo) return sendJson(response, { error: `Unexpected endpoint or method. (${method} ${url})` });
			return sendJson(response, { error: { message: "File Not Found" } }, 404);
		},
		{ listsModels: true },
	);
	onTestFinished(() => host.close());
	return host;
}

const servers: [name: string, server: FakeServer, provider: string, speaks: string[]][] = [
	[
		"a vLLM of today",
		{ owner: "vllm", paths: ["/v1/responses", "/v1/messages", "/v1/messages/count_tokens"] },
		"vllm",
		["openai.responses", "anthropic.messages", "anthropic.count_tokens"],
	],
	["an old vLLM", { owner: "vllm", paths: [] }, "vllm", []],
	["SGLang", { owner: "sglang", paths: ["/v1/responses"] }, "sglang", ["openai.responses"]],
	[
		"llama.cpp",
		{ owner: "me", header: "llama.cpp", paths: ["/v1/messages", "/v1/messages/count_tokens"] },
		"llamacpp",
		["anthropic.messages", "anthropic.count_tokens"],
	],
	[
		"Ollama",
		{ owner: "library", paths: ["/v1/responses", "/v1/messages"] },
		"ollama",
		["openai.responses", "anthropic.messages", ...ollamaDialects.map(({ name }) => name)],
	],
	[
		"LM Studio",
		{ owner: "organization_owner", paths: ["/v1/responses"], saysSo: true },
		"lmstudio",
		["openai.responses"],
	],
	["a server that nobody knows", { owner: "me", paths: ["/v1/messages"] }, "openai-compatible", []],
];

const usual = ["openai.chat", "openai.completions", "openai.embeddings"];
/** Others, such as rankings and pictures, are not looked for: each has those that its provider may have. */
const isAboutText = (dialect: string) =>
	[...usual, ...[...newerDialects.keys(), ...ollamaDialects].map(({ name }) => name)].includes(dialect);

test.each(servers)(
	"check --live tells that %s is there, and what it speaks",
	async (_name, server, provider, speaks) => {
		const host = await start(server);
		const { code, stdout } = await resultOf(["check", "--live", "--aihost", `${host.url}/v1`]);
		expect(code).toBe(0);
		const line = stdout.split("\n").find((text) => text.startsWith("aihost"));
		const name = provider === "openai-compatible" ? provider : `${provider} (found)`;
		const [, , , spoken = ""] = line?.split(/ {2,}/) ?? [];
		expect(line?.split(/ {2,}/)).toEqual(["aihost", name, "m", spoken]);
		expect(spoken.split(", ").filter(isAboutText)).toEqual([...usual, ...speaks]);
	},
);

test("check --live fails for an upstream that can't be reached, and tells why", async () => {
	const { code, stderr } = await resultOf(["check", "--live", "--aihost", "http://127.0.0.1:9/v1"]);
	expect(code).not.toBe(0);
	expect(stderr).toContain("the upstream aihost (http://127.0.0.1:9/v1): can't be reached");
});

test("what the configuration says of an upstream is not asked again", async () => {
	const host = await start({ owner: "vllm", paths: ["/v1/messages"] });
	const config = temporaryFile(
		"llmw.yaml",
		`upstreams:
  named: {url: "${host.url}/v1", provider: openai-compatible}
  listed: {url: "${host.url}/v1", dialects: [openai.chat]}
  preset: {url: "${host.url}/v1", provider: vllm}
routes:
  - {model: "a", targets: [named, listed, preset]}
`,
	);
	const { code, stdout } = await resultOf(["check", "--live", "--config", config]);
	expect(code).toBe(0);
	const rows = stdout.split("\n").map((line) => {
		const [name, provider, , speaks = ""] = line.split(/ {2,}/);
		return [name, provider, speaks.split(", ").filter(isAboutText).join(", ")].join(" | ");
	});
	expect(rows).toContain("named | openai-compatible | openai.chat, openai.completions, openai.embeddings");
	expect(rows).toContain("listed | vllm (found) | openai.chat");
	expect(rows).toContain("preset | vllm | openai.chat, openai.completions, openai.embeddings, anthropic.messages");
});

test("a running gateway passes Messages to a server that speaks them, and shows who it is", async () => {
	const host = await start({ owner: "vllm", paths: ["/v1/messages"] });
	const llmw = runLlmw(["--aihost", `${host.url}/v1`, "--bindport", "0", "--workers", "1"]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const asked = { model: "m", max_tokens: 5, messages: [{ role: "user", content: "Hello" }] };
	const ask = () =>
		fetch(`${url}/v1/messages`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(asked),
		});
	const isPassed = () => host.received.some(({ url: path, body }) => path === "/v1/messages" && body.length > 2);
	while (!isPassed()) expect((await ask()).status).toBe(200);
	expect(await (await ask()).text()).toBe(JSON.stringify(message));
	expect(host.received.at(-1)?.body.toString()).toBe(JSON.stringify(asked));
	const { stdout } = await resultOf(["status", "--bindport", new URL(url).port]);
	expect(stdout).toMatch(/aihost .* vllm \(found\)/);
});

test("a server that comes back as another one is recognised anew", async () => {
	const before = await start({ owner: "vllm", paths: ["/v1/messages"] });
	const { port } = before;
	const config = temporaryFile(
		"llmw.yaml",
		`upstreams:
  one:
    url: "${before.url}/v1"
    health: {path: /models, interval: 50ms, timeout: 1s, unhealthyAfter: 1, healthyAfter: 1}
routes:
  - {model: "*", targets: [one]}
`,
	);
	const llmw = runLlmw(["--config", config, "--bindport", "0", "--workers", "1"]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const status = async () => (await resultOf(["status", "--bindport", new URL(url).port])).stdout;
	while (!(await status()).includes("vllm (found)"));
	await before.close();
	await llmw.says(/The upstream one is down/);
	const after = await startAiHost(
		(_request, response) =>
			sendJson(response, { object: "list", data: [{ id: "m", object: "model", owned_by: "sglang" }] }),
		{ listsModels: true, port },
	);
	onTestFinished(() => after.close());
	await llmw.says(/The upstream one is up again/);
	while (!(await status()).includes("sglang (found)"));
});
