/** Answers with status 200 that are none: errors in any shape, pages for people, texts, nothing. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { UsageRecord } from "../../src/store/usageTypes.js";
import { chunk, completion, type HostAnswer, startAiHost, startStream } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, jsonOf, postChat, temporaryFile } from "../kit/gateway.js";
import { gatewayWith, question, route, upstream } from "../kit/routing.js";

const done = "data: [DONE]\n\n";

async function hostFor(answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

function saying(body: string | object, type = "application/json"): HostAnswer {
	return (_request, response) => {
		response.writeHead(200, { "content-type": type });
		response.end(typeof body === "string" ? body : JSON.stringify(body));
	};
}

function streaming(...events: string[]): HostAnswer {
	return (_request, response) => {
		startStream(response);
		response.end(events.join(""));
	};
}

const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;

const posts: [string, string, object][] = [
	["/chat/completions", "a chat", hello],
	["/chat/completions", "a stored chat", { ...hello, store: true }],
	["/chat/completions", "a chat that was to be streamed", { ...hello, stream: true }],
	["/completions", "a text completion", { model: "m", prompt: "Say" }],
	["/embeddings", "embeddings", { model: "m", input: "Say" }],
];

function post(baseUrl: string, path: string, body: object) {
	return fetch(baseUrl + path, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(body),
	});
}

describe.each(posts)("%s, %s", (path, _name, body) => {
	test.each<[string, string | object, string]>([
		["OpenAI's shape", { error: { message: "it broke", type: "server_error", code: null } }, "it broke"],
		["its shape, later in the body", { id: "x", object: "", error: { message: "it broke" } }, "it broke"],
		["one text", { error: "it broke" }, "it broke"],
		["TGI's", { error: "it broke", error_type: "generation" }, "it broke"],
		[
			"vLLM's and FastChat's",
			{ object: "error", message: "it broke", type: "x", param: null, code: 40303 },
			"it broke",
		],
		["FastAPI's", { detail: "it broke" }, "it broke"],
		["FastAPI's list", { detail: [{ loc: ["body"], msg: "it broke", type: "missing" }] }, "it broke"],
		["Cloudflare's", { success: false, errors: [{ code: 7003, message: "it broke" }], result: null }, "it broke"],
		["a message alone", { message: "it broke" }, "it broke"],
		["Anthropic's", { type: "error", error: { type: "api_error", message: "it broke" } }, "it broke"],
		["MiniMax's", { choices: null, data: null, base_resp: { status_code: 1004, status_msg: "it broke" } }, "it broke"],
		["a list of one", [{ error: { message: "it broke" } }], "it broke"],
		["with an empty answer beside it", { choices: [], data: [], error: { message: "it broke" } }, "it broke"],
		["a JSON string", '"it broke"', "it broke"],
		["a text", "it broke", "it broke"],
	])("an error in %s is a 502 with its words", async (_shape, said, words) => {
		const gateway = await gatewayFor(await hostFor(saying(said)));
		const response = await post(gateway.baseUrl, path, body);
		expect(response.status).toBe(502);
		expect(await errorOf(response)).toMatchObject({
			type: "upstream_error",
			code: expect.stringMatching(/^upstream_(error|no_answer)$/),
			message: expect.stringContaining(words),
		});
	});

	test.each<[string, string, string]>([
		["a login page", "<!DOCTYPE html><html><title>Sign in</title></html>", "text/html"],
		["one that calls itself JSON", " \n<html><body>Sign in</body></html>", "application/json"],
		["a page of XML", '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "application/xml"],
		["nothing", "", "application/json"],
		["white space", " \n", "application/json"],
		["null", "null", "application/json"],
		["half an answer", '{"id":"x","choices":[{"ind', "application/json"],
	])("%s is a 502", async (_name, page, type) => {
		// Bytes of another type may be embeddings.
		if (path === "/embeddings" && type === "application/xml") return;
		const gateway = await gatewayFor(await hostFor(saying(page, type)));
		const response = await post(gateway.baseUrl, path, body);
		expect(response.status).toBe(502);
		const error = await errorOf(response);
		expect(error.type).toBe("upstream_error");
		expect(error.message).not.toMatch(/[<>]/);
	});

	test.each<[string, object, number, string]>([
		["a code", { error: { message: "no such model", code: 404 } }, 404, "no such model"],
		["a code in quotes", { error: { message: "no such model", code: "404" } }, 404, "no such model"],
		["a status beside the error", { error: "no such model", status: 404 }, 404, "no such model"],
		["vLLM's code", { object: "error", message: "too long", type: "BadRequestError", code: 400 }, 400, "too long"],
		["a status_code", { status_code: 403, detail: "no right" }, 403, "no right"],
		["Google's", { error: { code: 400, message: "bad", status: "INVALID_ARGUMENT" } }, 400, "bad"],
		["Google's in a list", [{ error: { code: 400, message: "bad", status: "INVALID_ARGUMENT" } }], 400, "bad"],
	])("an error that names its status has that one: %s", async (_shape, said, status, words) => {
		const host = await hostFor(saying(said));
		const gateway = await gatewayFor(host);
		const response = await post(gateway.baseUrl, path, body);
		expect(response.status).toBe(status);
		expect((await errorOf(response)).message).toBe(words);
		expect(host.received).toHaveLength(1);
	});

	test("it is recorded as failed, and not stored", async () => {
		const gateway = await gatewayFor(await hostFor(saying({ error: { message: "it broke" } })));
		const recorder = gateway.gateway.services.usage;
		const recorded = new Promise<UsageRecord>((resolve) => {
			if (recorder) recorder.add = resolve;
		});
		await (await post(gateway.baseUrl, path, body)).text();
		expect(await recorded).toMatchObject({ status: 502, outcome: "failed", errorCode: "upstream_error" });
		expect(await jsonOf(await fetch(`${gateway.baseUrl}/chat/completions`))).toMatchObject({ data: [] });
	});
});

test("what can't be read is not asked for again, but another target is asked", async () => {
	const page = await hostFor(saying("<html>Sign in</html>", "text/html"));
	const good = await hostFor(saying(completion));
	const gateway = await gatewayWith({
		upstreams: [upstream("a", `${page.url}/v1`), upstream("b", `${good.url}/v1`)],
		routes: [route(["a", "b"])],
	});
	const response = await postChat(gateway.baseUrl, question);
	expect([response.status, await jsonOf(response)]).toEqual([200, completion]);
	expect([page.received.length, good.received.length]).toEqual([1, 1]);
});

test("a rate limit with status 200 goes to another target", async () => {
	const busy = await hostFor(saying({ error: { message: "slow down", code: 429 } }));
	const good = await hostFor(saying(completion));
	const gateway = await gatewayWith({
		upstreams: [upstream("a", `${busy.url}/v1`), upstream("b", `${good.url}/v1`)],
		routes: [route(["a", "b"])],
	});
	expect((await postChat(gateway.baseUrl, question)).status).toBe(200);
});

describe("what is an answer stays as it came", () => {
	test.each<[string, string, object, string | object, string]>([
		["without choices for a reason", "/chat/completions", hello, { request_id: "deferred-1" }, "application/json"],
		["of no choices", "/chat/completions", hello, { object: "chat.completion", choices: [] }, "application/json"],
		["with error: null", "/chat/completions", hello, { error: null, ...completion }, "application/json"],
		[
			"with an error that is told of beside it",
			"/chat/completions",
			hello,
			{ ...completion, error: { message: "one of two tools failed" } },
			"application/json",
		],
		["labelled as a page", "/chat/completions", hello, completion, "text/html"],
		["of numbers alone", "/embeddings", { model: "m", input: "x" }, "[[0.1,0.2]]", "application/json"],
		["of bytes", "/embeddings", { model: "m", input: "x" }, "\u0001<error>", "application/octet-stream"],
	])("one %s: %s", async (_name, path, body, said, type) => {
		const gateway = await gatewayFor(await hostFor(saying(said, type)));
		const response = await post(gateway.baseUrl, path, body);
		expect([response.status, await response.text()]).toEqual([
			200,
			typeof said === "string" ? said : JSON.stringify(said),
		]);
	});

	test.each([
		["text/plain", "error"],
		["text/html", "<html>a rendered page</html>"],
		["audio/mpeg", "ID3"],
		["application/json", '{"error":"low","text":"what was heard"}'],
		["application/json", '"a text"'],
		["application/json", ""],
	])("one of an operation that an overlay adds: %s %s", async (type, said) => {
		const overlay = temporaryFile(
			"overlay.yaml",
			`overlay: 1.0.0
info: { title: Sounds, version: 1.0.0 }
actions:
  - target: $.paths
    update:
      /v1/sounds:
        post:
          operationId: createSound
          x-upstream: /sounds
          requestBody: { content: { application/json: { schema: { type: object } } } }
          responses: { '200': { description: Anything } }
`,
		);
		const gateway = await gatewayFor(await hostFor(saying(said, type)), { overlay: [overlay] });
		const response = await post(gateway.baseUrl, "/sounds", { input: "Say" });
		expect([response.status, await response.text()]).toEqual([200, said]);
	});
});

describe("in a stream", () => {
	const shapes: [string, string][] = [
		["OpenAI's shape", event({ error: { message: "it broke", type: "server_error", code: null } })],
		["one text", event({ error: "it broke" })],
		["vLLM's and FastChat's", event({ object: "error", message: "it broke", code: 50002 })],
		["Anthropic's", event({ type: "error", error: { type: "overloaded_error", message: "it broke" } })],
		["a code and a message", event({ code: 500, message: "it broke" })],
		["a named event of JSON", `event: error\n${event({ message: "it broke" })}`],
		["a named event of text", "event: error\ndata: it broke\n\n"],
	];

	test.each(shapes)("an error in %s before anything was said is a failure that others mend", async (_name, error) => {
		for (const end of ["", done]) {
			const bad = await hostFor(streaming(error, end));
			const good = await hostFor(streaming(chunk({ content: "Hi" }), chunk({}, "stop"), done));
			const gateway = await gatewayWith({
				upstreams: [upstream("a", `${bad.url}/v1`), upstream("b", `${good.url}/v1`)],
				routes: [route(["a", "b"])],
			});
			const response = await postChat(gateway.baseUrl, { ...question, stream: true });
			expect([response.status, await response.text()]).toEqual([
				200,
				chunk({ content: "Hi" }) + chunk({}, "stop") + done,
			]);
		}
	});

	test.each(shapes)("an error in %s where nobody else is: its status or 502, and its words", async (_name, error) => {
		const gateway = await gatewayFor(await hostFor(streaming(error, done)));
		const response = await postChat(gateway.baseUrl, { ...hello, stream: true });
		expect(response.status).toBeGreaterThanOrEqual(500);
		expect((await errorOf(response)).message).toContain("it broke");
	});

	test("an error that names its status before anything was said has that status", async () => {
		const said = { object: "error", message: "too long", type: "BadRequestError", code: 400 };
		const host = await hostFor(streaming(event(said), done));
		const response = await postChat((await gatewayFor(host)).baseUrl, { ...hello, stream: true });
		expect(response.status).toBe(400);
		expect(response.headers.get("content-type")).toBe("application/json");
		expect(await errorOf(response)).toMatchObject({ message: "too long", type: "invalid_request_error" });
		expect(host.received).toHaveLength(1);
	});

	test.each(shapes)("an error in %s after some text ends it, in a shape that clients read", async (_name, error) => {
		const gateway = await gatewayFor(await hostFor(streaming(chunk({ content: "Hi" }), error, done)));
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
		expect(text).not.toContain("[DONE]");
		const last = text.trimEnd().split("\n").at(-1)?.slice("data: ".length) ?? "";
		expect(JSON.parse(last)).toHaveProperty("error");
		expect(last).toContain("it broke");
		expect(await jsonOf(await fetch(`${gateway.baseUrl}/chat/completions`))).toMatchObject({
			data: [{ status: "failed", choices: [{ message: { content: "Hi" } }] }],
		});
	});

	test("events that are neither chunks nor errors pass", async () => {
		const events = [
			event({ object: "progress", message: "still at it", percent: 50 }),
			event({ type: "ping" }),
			event({ code: 200, message: "ok" }),
			chunk({ content: "Hi" }),
			chunk({}, "stop"),
			done,
		];
		const gateway = await gatewayFor(await hostFor(streaming(...events)));
		expect(await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text()).toBe(events.join(""));
	});
});

describe("the event with which the gateway ends a stream", () => {
	test.each<[string, Record<string, unknown>, HostAnswer, object]>([
		[
			"whose connection broke",
			{},
			(_request, response) => {
				startStream(response);
				response.write(chunk({ content: "Hi" }), () => response.destroy());
			},
			{ type: "server_error", code: "upstream_closed" },
		],
		[
			"that fell silent",
			{ "idle-timeout": "300ms" },
			(_request, response) => {
				startStream(response);
				response.write(chunk({ content: "Hi" }));
			},
			{ type: "server_error", code: "upstream_idle_timeout" },
		],
		["that has no end", {}, streaming(chunk({ content: "Hi" })), { type: "server_error", code: "upstream_closed" }],
	])(
		"%s says in its type that asking again may help, and the rest in its code",
		async (_name, flags, answer, error) => {
			const gateway = await gatewayFor(await hostFor(answer), flags);
			const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
			expect(JSON.parse(text.trimEnd().split("data: ").at(-1) ?? "")).toMatchObject({ error });
		},
	);
});
