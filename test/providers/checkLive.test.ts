/** What `llmw check --live` says of upstreams that are well, and of those that are not. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer as createPlainServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { checkLive } from "../../src/cli/commands/checkLive.js";
import { Problems } from "../../src/errors/problem.js";
import { labUpstreams } from "../../src/mockHosts/lab/upstreamLines.js";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { type Received, sendJson, startAiHost } from "../kit/aiHost.js";
import { temporaryFile } from "../kit/gateway.js";
import { resultOf } from "../kit/llmw.js";
import { route, startLab, target, upstream } from "../kit/routing.js";

/** @returns what is printed, what is noted, and what is wrong */
async function check(settings: Partial<UpstreamSettings> & { url: string }, model?: string) {
	const [printed, notes]: [string[], string[]] = [[], []];
	const upstreams = [upstream("one", settings.url, settings)];
	const routes = model === undefined ? [] : [route([target(`one/${model}`)])];
	const output = { print: (text: string) => void printed.push(text), note: (text: string) => void notes.push(text) };
	try {
		await checkLive({ upstreams, routes }, { ...output, json: false });
		return { printed: printed.join("\n"), notes, problem: undefined };
	} catch (error) {
		if (!(error instanceof Problems)) throw error;
		return { printed: printed.join("\n"), notes, problem: error.message };
	}
}

async function hostWith(answer: (request: Received) => { status: number; body: unknown; type?: string }) {
	const host = await startAiHost(
		(request, response) => {
			const { status, body, type } = answer(request);
			if (type === undefined) return sendJson(response, body, status);
			response.writeHead(status, { "content-type": type }).end(String(body));
		},
		{ listsModels: true },
	);
	onTestFinished(() => host.close());
	return host.url;
}

const list = { object: "list", data: [{ id: "m", object: "model" }] };
const openaiRefusal = { error: { message: "Incorrect API key provided: sk-wrong.", type: "invalid_request_error" } };
const key = "sk-wrong";

test.each(labUpstreams)("$provider is well at the lab", async ({ provider, path }) => {
	const lab = await startLab();
	const url = lab.url.replace(/\/v1$/, "") + path.replace(/\?.*/, "");
	const query = path.split("?")[1];
	const more = { provider, key: "any", ...(query === undefined ? {} : { query }) };
	const { printed, notes, problem } = await check({ url, ...more }, "ok");
	expect({ notes, problem }).toEqual({ notes: [], problem: undefined });
	expect(printed).toMatch(new RegExp(`^one +${provider} +ok and \\d+ more +\\S`, "m"));
	// It has asked at the path of its chat as well.
	expect(lab.ledger.entries().at(-1)).toMatchObject({ method: "POST", status: 400, completion_tokens: 0 });
});

/** Wrong keys, in the words of each vendor. */
test.each<[string, number, object]>([
	["openai", 401, openaiRefusal],
	["anthropic", 401, { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } }],
	["gemini", 400, { error: { code: 400, message: "API key not valid.", details: [{ reason: "API_KEY_INVALID" }] } }],
	["bedrock", 403, { Message: "The security token included in the request is invalid." }],
	["cohere", 401, { message: "invalid api token" }],
])("a wrong key at %s", async (provider, status, body) => {
	const url = await hostWith(() => ({ status, body }));
	const { problem } = await check({ url, provider, key });
	expect(problem).toMatch(
		new RegExp(`^the upstream one \\(.*\\): refuses the key it was given \\(GET /models: ${status}\\)$`),
	);
});

test("a wrong key where models are listed for everybody, without showing it", async () => {
	const url = await hostWith(({ method }) =>
		method === "GET" ? { status: 200, body: list } : { status: 401, body: openaiRefusal },
	);
	const { problem } = await check({ url: `${url}/v1`, provider: "openrouter", key });
	expect(problem).toContain(
		'refuses the key it was given (POST /v1/chat/completions: 401, "Incorrect API key provided: [key].")',
	);
	expect(problem).not.toContain(key);
});

test("no key where one is wanted, and a key that clients bring", async () => {
	const url = await hostWith(() => ({ status: 401, body: { error: { message: "You have no key" } } }));
	expect((await check({ url: `${url}/v1`, provider: "openai" })).problem).toMatch(
		/wants a key, and has been given none \(POST \/v1\/chat\/completions: 401, "You have no key"\)/,
	);
	const brought = await check({ url: `${url}/v1`, provider: "openai", forwardsCredential: true });
	expect(brought).toMatchObject({ problem: undefined, printed: expect.stringContaining("lists none") });
});

test("a wrong path", async () => {
	const lab = await startLab();
	const { problem } = await check({ url: lab.url.replace("/v1", "/v9/nowhere"), provider: "anthropic", key }, "ok");
	// The lab minds no prefix before /messages, but lists nothing there.
	expect(problem).toBeUndefined();
	const url = await hostWith(() => ({ status: 404, body: { error: { message: "Invalid URL" } } }));
	expect((await check({ url: `${url}/v2`, provider: "openai", key })).problem).toMatch(
		/does not speak openai\.chat there \(POST \/v2\/chat\/completions: 404, "Invalid URL"\); is `provider: openai` right/,
	);
});

test("a wrong provider", async () => {
	const url = await hostWith(({ url: path }) => {
		if (path === "/v1/models") return { status: 200, body: list };
		if (path === "/v1/chat/completions") return { status: 400, body: { error: { message: "messages is missing" } } };
		return { status: 404, body: { detail: "Not Found" } };
	});
	expect((await check({ url: `${url}/v1`, provider: "openai", key })).problem).toBeUndefined();
	expect((await check({ url: `${url}/v1`, provider: "anthropic", key })).problem).toMatch(
		/does not speak anthropic\.messages there \(POST \/v1\/messages: 404, "Not Found"\); is `provider: anthropic` right/,
	);
	expect((await check({ url: `${url}/v1beta`, provider: "gemini", key }, "gemini-pro")).problem).toMatch(
		/does not speak gemini/,
	);
});

test("a deployment that is not there", async () => {
	const url = await hostWith(({ method }) =>
		method === "GET"
			? { status: 404, body: { error: { code: "404", message: "Resource not found" } } }
			: { status: 404, body: { error: { code: "DeploymentNotFound", message: "The API deployment does not exist." } } },
	);
	const settings = { url: `${url}/openai`, query: "api-version=2024-10-21", provider: "azure", key };
	expect((await check(settings, "gone")).problem).toMatch(/does not have the model gone \(POST .*deployment/);
	// Without a model there is no path to ask at.
	expect(await check(settings)).toMatchObject({ problem: undefined, printed: expect.stringContaining("lists none") });
});

test.each<[string, { status: number; body: unknown; type?: string }, RegExp]>([
	[
		"HTML",
		{ status: 200, body: "<html>", type: "text/html" },
		/answers, but not as an OpenAI-compatible API \(GET \/models: 200, text\/html\)/,
	],
	["a redirect", { status: 302, body: "", type: "text/html" }, /answers, but not as .*302/],
	[
		"a server that is not ready",
		{ status: 503, body: { error: {} } },
		/is not ready: GET \/models was answered with 503/,
	],
])("%s", async (_what, answer, wanted) => {
	const url = await hostWith(() => answer);
	expect((await check({ url: `${url}/v1` })).problem).toMatch(wanted);
});

test("HTML is not the API of another vendor", async () => {
	const url = await hostWith(() => ({ status: 200, body: "<html>", type: "text/html" }));
	expect((await check({ url: `${url}/v1`, provider: "anthropic", key })).problem).toMatch(
		/not as the API of anthropic/,
	);
});

test("nobody there, no name, no TLS, no HTTP", async () => {
	const server = createPlainServer((socket) => socket.on("error", () => {}).end("SSH-2.0-x\r\n")).listen(
		0,
		"127.0.0.1",
	);
	await once(server, "listening");
	onTestFinished(() => void server.close());
	const { port } = server.address() as AddressInfo;
	const lab = await startLab();
	const problems = async (url: string) => (await check({ url })).problem;
	expect(await problems("http://127.0.0.1:1/v1")).toMatch(
		/can't be reached: it refuses connections; nothing seems to listen/,
	);
	expect(await problems("http://no-such-host.invalid/v1")).toMatch(
		/can't be reached: (its name is unknown to DNS|DNS does not)/,
	);
	expect(await problems(lab.url.replace("http:", "https:"))).toMatch(
		/speaks no TLS; is it http:\/\/ in place of https/,
	);
	expect(await problems(`http://127.0.0.1:${port}/v1`)).toMatch(/what it answers is no HTTP/);
});

test("a model that is not listed is noted; lists of each shape are read", async () => {
	const lists: [string, object][] = [
		["together", [{ id: "m", object: "model", type: "chat" }]],
		["openai", list],
		["gemini", { models: [{ name: "models/m" }] }],
		["cohere", { models: [{ name: "m", endpoints: ["chat"] }] }],
		["bedrock", { modelSummaries: [{ modelId: "m", outputModalities: ["TEXT"] }] }],
	];
	for (const [provider, body] of lists) {
		const url = await hostWith(({ method }) => (method === "GET" ? { status: 200, body } : { status: 400, body: {} }));
		const { printed, notes, problem } = await check({ url, provider, key }, "other");
		expect([provider, problem, printed]).toEqual([provider, undefined, expect.stringMatching(/ m {2,}\S/)]);
		const isNoted = provider !== "bedrock";
		expect(notes).toEqual(isNoted ? ["the upstream one does not list other, which routes ask of it"] : []);
	}
});

test("llmw check --live --json says it all as JSON, and fails with a line for each upstream that is not well", async () => {
	const lab = await startLab();
	const file = temporaryFile(
		"llmw.yaml",
		`upstreams:
  good: {url: "${lab.url}"}
  away: {url: "http://127.0.0.1:1/v1?secret=hunter2"}
routes:
  - {model: a, targets: [good/ok], fallback: [away]}
`,
	);
	const { code, stdout, stderr } = await resultOf(["check", "--live", "--json", "--config", file]);
	expect(code).toBe(1);
	expect(JSON.parse(stdout)).toEqual({
		upstreams: [
			{
				name: "good",
				url: lab.url,
				provider: "openai-compatible",
				isFound: false,
				dialects: expect.arrayContaining(["openai.chat", "openai.completions", "openai.embeddings"]),
				models: expect.arrayContaining(["ok"]),
				unlisted: [],
				problem: null,
			},
			expect.objectContaining({
				name: "away",
				models: null,
				problem: expect.stringMatching(/nothing seems to listen/),
			}),
		],
	});
	expect(stderr).toMatch(/^llmw: the upstream away \(http:\/\/127\.0\.0\.1:1\/v1\): can't be reached.*\n$/);
	expect(stderr + stdout).not.toContain("hunter2");
	expect((await resultOf(["check", "--json", "--config", file])).stderr).toMatch(/--json is for --live/);
});
