import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { chunk, type HostAnswer, type Received, sendJson, startAiHost, startStream } from "./kit/aiHost.js";
import { gatewayFor, temporaryFile } from "./kit/gateway.js";
import { startHeldHost } from "./kit/heldStreams.js";
import { resultOf, runLlmw } from "./kit/llmw.js";

const done = "data: [DONE]\n\n";

const say: HostAnswer = (_request, response) => {
	startStream(response);
	for (const word of ["Hello ", "you"]) response.write(chunk({ content: word }));
	response.end(chunk({}, "stop") + done);
};

async function startBoth(answer: HostAnswer, flags: Record<string, unknown> = {}) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host, flags);
	return { host, url: gateway.baseUrl, port: gateway.port };
}

const bodyOf = (request: Received | undefined) => JSON.parse(request?.body.toString() ?? "null");

test("streams the answer to the terminal as it comes", async () => {
	const host = await startHeldHost();
	const { baseUrl } = await gatewayFor(host);
	const llmw = runLlmw(["chat", "--url", baseUrl, "Hello", "AI"]);
	llmw.process.stdin.end();
	await llmw.says(/^begin$/);
	host.release();
	expect(await llmw.exited).toBe(0);
	expect(llmw.stdout()).toBe("beginend\n");
	expect(bodyOf(host.received[0])).toMatchObject({ messages: [{ role: "user", content: "Hello AI" }], stream: true });
});

test("asks where --bindip and --bindport say, with --model and --key", async () => {
	const { host, port } = await startBoth(say);
	const args = ["chat", "--bindport", String(port), "--model", "m-1", "--key", "sk-test", "42"];
	expect(await resultOf(args)).toEqual({ code: 0, stdout: "Hello you\n", stderr: "" });
	expect(bodyOf(host.received[0])).toMatchObject({ model: "m-1", messages: [{ role: "user", content: "42" }] });
	expect(host.received[0]?.headers.authorization).toBe("Bearer sk-test");
});

test("reads stdin when it is piped, below the prompt or in its place", async () => {
	const { host, url } = await startBoth(say);
	const both = runLlmw(["chat", "--url", url, "Summarise this:"]);
	both.process.stdin.end("A long report.\nWith two lines.\n");
	expect(await both.exited).toBe(0);
	const piped = runLlmw(["chat", "--url", url]);
	piped.process.stdin.end("Hello from a pipe\n");
	expect(await piped.exited).toBe(0);
	expect(host.received.map((request) => bodyOf(request).messages[0].content)).toEqual([
		"Summarise this:\n\nA long report.\nWith two lines.",
		"Hello from a pipe",
	]);
});

test("a silent stdin is not waited for, unless - says so", async () => {
	const { host, url } = await startBoth(say);
	const silent = runLlmw(["chat", "--url", url, "Hello"]);
	expect(await silent.exited).toBe(0);
	expect(silent.stdout()).toBe("Hello you\n");
	expect(silent.stderr()).toMatch(/^llmw: nothing came on stdin in 3 s/);
	expect(bodyOf(host.received[0]).messages[0].content).toBe("Hello");
	const file = temporaryFile("report.txt", "A report.\n");
	const cli = new URL("../dist/cli.js", import.meta.url).pathname;
	const run = promisify(execFile);
	await run("sh", [
		"-c",
		`node '${cli}' chat --url ${url} Sum: < '${file}'; (sleep 4; cat '${file}') | node '${cli}' chat --url ${url} Sum: -`,
	]);
	for (const request of host.received.slice(1)) expect(bodyOf(request).messages[0].content).toBe("Sum:\n\nA report.");
	expect(host.received).toHaveLength(3);
});

test("takes its options from variables too, and a prompt that begins with a dash", async () => {
	const { host, url } = await startBoth(say);
	const variables = { LLMW_URL: url.replace(/\/v1$/, "/"), LLMW_MODEL: "m-2", LLMW_KEY: "sk-variable" };
	expect(await resultOf(["chat", "--max-tokens", "7", "-5 + 3?"], variables)).toMatchObject({ code: 0, stderr: "" });
	expect(bodyOf(host.received[0])).toMatchObject({
		model: "m-2",
		max_tokens: 7,
		messages: [{ role: "user", content: "-5 + 3?" }],
	});
	expect(host.received[0]?.headers.authorization).toBe("Bearer sk-variable");
});

test.each([
	["length", {}, /^llmw: the answer was cut off at max_tokens; --max-tokens N allows more\n$/],
	["content_filter", {}, /^llmw: the answer was cut off by a content filter\n$/],
	["tool_calls", {}, /^llmw: the model asks for a tool/],
	["stop", { refusal: "No." }, /^llmw: the model refused\n$/],
	["odd", {}, /^llmw: the answer ended with finish_reason "odd"\n$/],
])("says how an answer ended: %s %j", async (finish, delta, line) => {
	const { url } = await startBoth((_request, response) => {
		startStream(response);
		response.end(chunk({ content: "Hi", ...delta }) + chunk({}, finish) + done);
	});
	const { code, stdout, stderr } = await resultOf(["chat", "--url", url, "Hello"]);
	expect([code, stdout]).toEqual([0, "refusal" in delta ? "HiNo.\n" : "Hi\n"]);
	expect(stderr).toMatch(line);
});

test.each([
	[["--url"], /^llmw: --url: no value was given\n$/],
	[["--url", "--model", "m"], /^llmw: --url: no value was given\n$/],
	[["--url", "localhost:42069"], /^llmw: --url: must be an http or https URL such as/],
	[["--url", "http://me:secret@127.0.0.1"], /^llmw: --url: must be an http or https URL (?!.*secret)/],
	[["--key", "sk secret"], /^llmw: --key: must be visible ASCII characters (?!.*secret)/],
	[["--max-tokens", "0"], /^llmw: --max-tokens: must be a whole number above 0 \(got "0"\)\n$/],
])("refuses %j", async (options, line) => {
	const { code, stdout, stderr } = await resultOf(["chat", "Hello", ...options]);
	expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
	expect(stderr).toMatch(line);
	expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});

test("without a word to say is refused", async () => {
	const { code, stdout, stderr } = await resultOf(["chat"]);
	expect(code).toBe(1);
	expect(stdout).toBe("");
	expect(stderr).toBe('llmw: chat: nothing to say; try llmw chat "Hello AI"\n');
});

test("a gateway that is not there is one line", async () => {
	const { code, stdout, stderr } = await resultOf(["chat", "--bindport", "1", "Hello"]);
	expect(code).toBe(1);
	expect(stdout).toBe("");
	expect(stderr).toMatch(
		/^llmw: http:\/\/127\.0\.0\.1:1\/v1\/chat\/completions: can't be reached \(connect ECONNREFUSED 127\.0\.0\.1:1\)\n$/,
	);
});

test("a refusal is shown in the gateway's words", async () => {
	const { url } = await startBoth((_request, response) => {
		sendJson(
			response,
			{ error: { message: "Model gone", type: "invalid_request_error", param: null, code: null } },
			404,
		);
	});
	const { code, stdout, stderr } = await resultOf(["chat", "--url", url, "Hello"]);
	expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
	expect(stderr).toBe(`llmw: ${url}/chat/completions: answered 404: Model gone\n`);
});

test("who gave no key where one is wanted is told how to", async () => {
	const { url } = await startBoth((_request, response) => {
		sendJson(response, { error: { message: "No key.", type: "invalid_request_error", param: null, code: null } }, 401);
	});
	const without = await resultOf(["chat", "--url", url, "Hello"]);
	expect(without.stderr).toMatch(/answered 401: .* Give one by --key\.\n$/);
	const { stderr } = await resultOf(["chat", "--url", url, "--key", "sk-wrong", "Hello"]);
	expect(stderr).toMatch(/answered 401: /);
	expect(stderr).not.toMatch(/--key/);
});

test.each<[what: string, answer: HostAnswer, reason: RegExp]>([
	[
		"ends without its last event",
		(_request, response) => {
			startStream(response);
			response.end(chunk({ content: "Hel" }));
		},
		/The upstream ended the stream before its answer was whole/,
	],
	[
		"breaks",
		(_request, response) => {
			startStream(response);
			response.write(chunk({ content: "Hel" }), () => response.destroy());
		},
		/closed the connection/,
	],
])("a stream that %s is reported as a failure", async (_what, answer, reason) => {
	const { url } = await startBoth(answer);
	const { code, stdout, stderr } = await resultOf(["chat", "--url", url, "Hello"]);
	expect({ code, stdout }).toEqual({ code: 1, stdout: "Hel\n" });
	expect(stderr).toMatch(reason);
	expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});

test.each<[what: string, end: string | undefined, reason: RegExp]>([
	["cuts the connection", undefined, /the answer broke off/],
	["ends without [DONE]", "", /the stream ended before the answer was whole/],
	["sends what is no chunk", "data: oops\n\n", /sent what is no completion chunk: oops/],
])("a server that %s is reported as a failure", async (_what, end, reason) => {
	const host = await startAiHost((_request, response) => {
		startStream(response);
		response.write(chunk({ content: "Hel" }), () => (end === undefined ? response.destroy() : response.end(end)));
	});
	onTestFinished(() => host.close());
	const { code, stdout, stderr } = await resultOf(["chat", "--url", `${host.url}/v1`, "Hello"]);
	expect({ code, stdout }).toEqual({ code: 1, stdout: "Hel\n" });
	expect(stderr).toMatch(reason);
	expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});
