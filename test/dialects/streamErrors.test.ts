/** Answers that fail, as clients of each dialect are told: which words, which headers, and where in a stream. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { type HostAnswer, sendJson } from "../kit/aiHost.js";
import { temporaryFile } from "../kit/gateway.js";
import { gatewayWith as limitedGateway } from "../kit/limited.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { cutOff, eventsIn, hostOf, post, readerOf, streaming, type Wire, wires } from "../kit/spoken.js";

async function inFrontOf(spoken: Wire, answer: HostAnswer, more: object = {}, flags = {}) {
	const host = await hostOf(answer);
	const one = target("one/m", more);
	const gateway = await gatewayWith(
		{
			upstreams: [upstream("one", `${host.url}/v1`, { dialects: [spoken] })],
			routes: [route([one], { rescue: "off", retry: { ...route([]).retry, attempts: 1 } })],
		},
		flags,
	);
	return { host, gateway };
}

const texts = ["One", " two", " three."];
const upToText = (wire: Wire) => eventsIn(wire, { texts }).findIndex((event) => event.includes("One")) + 1;

interface Ended {
	name: string | undefined;
	json: { type?: string; error?: { type: string; code?: string; message: string }; request_id?: string } & Record<
		string,
		unknown
	>;
	numbers: unknown[];
}

/** The last event of a stream, and the numbers of all. */
function endingOf(text: string): Ended {
	const events = text.trim().split("\n\n");
	const jsons = events.flatMap((event) => {
		const data = /^data: (\{.*)$/m.exec(event)?.[1];
		return data === undefined ? [] : [JSON.parse(data)];
	});
	return {
		name: /^event: (.*)$/m.exec(events.at(-1) ?? "")?.[1],
		json: jsons.at(-1),
		numbers: jsons.map(({ sequence_number: number }) => number),
	};
}

/** Words on which clients ask again, and the gateway's own code where the dialect has a place for it. */
function expectWorthRetrying(wire: Wire, { name, json, numbers }: Ended) {
	if (wire === "openai.chat") expect(json.error?.type).toBe("server_error");
	else if (wire === "anthropic.messages") {
		expect(name).toBe("error");
		expect(json).toMatchObject({ type: "error", error: { type: "api_error" } });
		expect(json.request_id).toMatch(/./);
	} else {
		expect(name).toBe("response.failed");
		expect(json).toMatchObject({ response: { status: "failed", error: { code: "server_error" } } });
		expect((json.response as { id: string }).id).toMatch(/^resp_/);
		expect(numbers).toEqual([...numbers.keys()]);
	}
}

describe.each(wires)("a stream of an upstream of %s", (spoken) => {
	test.each(wires)("that is cut off ends with an error on which a client of %s asks again", async (wire) => {
		const events = eventsIn(spoken, { texts });
		let after = upToText(spoken);
		const { gateway } = await inFrontOf(spoken, (...asked) => cutOff(events.slice(0, after).join(""))(...asked));
		for (; after < events.length - 2; after += 1) {
			const text = await (await post(gateway, wire, streaming(wire))).text();
			expect(text).toContain("One");
			expect(text).not.toMatch(/\[DONE\]|message_stop|response\.completed/);
			expectWorthRetrying(wire, endingOf(text));
		}
	});

	test.each(wires)("that ends with an error of the upstream's tells a client of %s of it", async (wire) => {
		const errors: Record<Wire, (number: number) => string> = {
			"openai.chat": () =>
				'data: {"error":{"message":"No more of it","type":"server_error","code":"server_error"}}\n\n',
			"anthropic.messages": () =>
				'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"No more of it"},"request_id":"req_1"}\n\n',
			"openai.responses": (sequence_number) =>
				`event: response.failed\ndata: ${JSON.stringify({
					type: "response.failed",
					sequence_number,
					response: { id: "resp_a", status: "failed", error: { code: "server_error", message: "No more of it" } },
				})}\n\n`,
		};
		const after = upToText(spoken);
		const sent = eventsIn(spoken, { texts }).slice(0, after).join("") + errors[spoken](after);
		const { gateway } = await inFrontOf(spoken, (_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.end(sent);
		});
		const text = await (await post(gateway, wire, streaming(wire))).text();
		if (wire === spoken) expect(text).toBe(sent);
		const ending = endingOf(text);
		expect(JSON.stringify(ending.json)).toContain("No more of it");
		expectWorthRetrying(wire, ending);
	});
});

describe("an upstream that is overloaded in mid-stream", () => {
	test.each([
		["openai.chat", "overloaded_error"],
		["anthropic.messages", "overloaded_error"],
	] as const)("is so to a client of %s", async (wire, word) => {
		const spoken = wire === "openai.chat" ? "anthropic.messages" : "openai.chat";
		const event =
			spoken === "openai.chat"
				? 'data: {"error":{"message":"Busy","code":503}}\n\n'
				: 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Busy"}}\n\n';
		const sent = eventsIn(spoken, { texts }).slice(0, upToText(spoken)).join("") + event;
		const { gateway } = await inFrontOf(spoken, (_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.end(sent);
		});
		const { json } = endingOf(await (await post(gateway, wire, streaming(wire))).text());
		expect(json.error).toMatchObject({ type: word });
	});
});

describe.each(wires)("an upstream of %s that refuses after its stream's head was sent", (wire) => {
	test("has its words in an event that a client of the same dialect knows", async () => {
		let refuse = () => {};
		const refused = new Promise<void>((resolve) => {
			refuse = resolve;
		});
		const body =
			wire === "anthropic.messages"
				? { type: "error", error: { type: "invalid_request_error", message: "Not this one" }, request_id: "req_7" }
				: { error: { message: "Not this one", type: "invalid_request_error", param: null, code: "odd" } };
		const { gateway } = await inFrontOf(
			wire,
			async (_request, response) => {
				await refused;
				sendJson(response, body, 400);
			},
			{ timeouts: { holdMs: 0, heartbeatMs: 20 } },
		);
		const response = await post(gateway, wire, { stream: true });
		const reader = readerOf(response);
		await reader.until(": heartbeat\n\n");
		refuse();
		const { name, json } = endingOf((await reader.toEnd()).replaceAll(": heartbeat\n\n", ""));
		if (wire === "openai.responses") {
			expect(json).toMatchObject({ sequence_number: 0, response: { error: { code: "odd", message: "Not this one" } } });
		} else {
			expect(json).toEqual(body);
			expect(name).toBe(wire === "anthropic.messages" ? "error" : undefined);
		}
		expect(response.headers.get("request-id") !== null).toBe(wire === "anthropic.messages");
	});
});

const busy: Record<Wire, object> = {
	"openai.chat": { error: { message: "Slow down", type: "requests", param: null, code: "rate_limit_exceeded" } },
	"anthropic.messages": {
		type: "error",
		error: { type: "rate_limit_error", message: "Slow down" },
		request_id: "req_2",
	},
	"openai.responses": { error: { message: "Slow down", type: "requests", param: null, code: "rate_limit_exceeded" } },
};

describe.each(wires)("a 429 of an upstream of %s", (spoken) => {
	const refusing =
		(headers: Record<string, string>): HostAnswer =>
		(_request, response) => {
			response.writeHead(429, { "content-type": "application/json", ...headers });
			response.end(JSON.stringify(busy[spoken]));
		};

	test.each(wires)("without retry-after has one for a client of %s", async (wire) => {
		const { gateway } = await inFrontOf(spoken, refusing({}));
		for (const stream of [true, false]) {
			const response = await post(gateway, wire, { stream });
			expect([response.status, response.headers.get("retry-after")]).toEqual([429, "5"]);
			const text = await response.text();
			if (wire === spoken) expect(text).toBe(JSON.stringify(busy[spoken]));
			expect(JSON.parse(text).error).toMatchObject({ message: "Slow down" });
			if (wire === "anthropic.messages") expect(JSON.parse(text).error.type).toBe("rate_limit_error");
		}
	});

	test("keeps its own hints", async () => {
		const hints = { "retry-after-ms": "1500", "x-should-retry": "true", "request-id": "req_9", "openai-odd": "1" };
		const { gateway } = await inFrontOf(spoken, refusing({ ...hints, "openai-organization": "org-1" }));
		const { headers } = await post(gateway, spoken);
		for (const [name, value] of Object.entries(hints)) expect(headers.get(name), name).toBe(value);
		expect([headers.get("retry-after"), headers.get("openai-organization")]).toEqual(["2", null]);
		const { gateway: other } = await inFrontOf(spoken, refusing({ "retry-after": "7" }));
		expect((await post(other, spoken)).headers.get("retry-after")).toBe("7");
	});
});

test("a quota that is used up upstream is not asked for again", async () => {
	const body = { error: { message: "No money", type: "insufficient_quota", param: null, code: "insufficient_quota" } };
	for (const wire of wires) {
		const { gateway } = await inFrontOf("openai.chat", (_request, response) => sendJson(response, body, 429));
		const response = await post(gateway, wire);
		expect([response.headers.get("x-should-retry"), response.headers.has("retry-after")]).toEqual(["false", true]);
		expect(await response.text()).toContain("insufficient_quota");
	}
});

describe("a prompt that is too long for the model", () => {
	const words: Record<Wire, object> = {
		"openai.chat": { error: { message: "maximum context length is 8 tokens", type: "invalid_request_error" } },
		"anthropic.messages": {
			type: "error",
			error: { type: "invalid_request_error", message: "prompt is too long: 9 > 8" },
		},
		"openai.responses": { error: { message: "maximum context length is 8 tokens", type: "invalid_request_error" } },
	};
	test.each([
		["openai.chat", "anthropic.messages"],
		["anthropic.messages", "openai.chat"],
		["anthropic.messages", "openai.responses"],
		["openai.chat", "openai.responses"],
	] as const)("for an upstream of %s is so in the words of %s", async (spoken, wire) => {
		const { gateway } = await inFrontOf(spoken, (_request, response) => sendJson(response, words[spoken], 400));
		const { error } = (await (await post(gateway, wire)).json()) as { error: { message: string; code?: string } };
		if (wire === "anthropic.messages") expect(error.message).toContain("capability_rejected: prompt_too_long");
		else expect(error.code).toBe("context_length_exceeded");
	});
});

describe("the gateway's own refusals", () => {
	test.each(wires)("over a limit say to a client of %s when to come back", async (wire) => {
		const host = await hostOf((_request, response) => sendJson(response, {}));
		const gateway = await limitedGateway(host, { clients: { requestsPerMinute: 1 } });
		await post(gateway, wire);
		const response = await post(gateway, wire);
		expect(response.status).toBe(429);
		expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
		expectNamed(wire, response, await response.text());
	});

	test.each(wires)("of what can never fit have both headers for a client of %s", async (wire) => {
		const host = await hostOf((_request, response) => sendJson(response, {}));
		const gateway = await limitedGateway(host, { clients: { tokensPerMinute: 2 } });
		const response = await post(gateway, wire);
		expect(response.status).toBe(429);
		expect([response.headers.get("x-should-retry"), response.headers.get("retry-after")]).toEqual(["false", "5"]);
	});

	test.each(wires)("by policy tell a client of %s not to try again", async (wire) => {
		const plugin = temporaryFile(
			"no.mjs",
			`export default { name: "no", stage: "validated", middleware: () => (ctx) => { ctx.status = 403; } };`,
		);
		const { gateway } = await inFrontOf("openai.chat", () => {}, {}, { plugin: [plugin] });
		const response = await post(gateway, wire);
		expect([response.status, response.headers.get("x-should-retry")]).toEqual([403, "false"]);
		expectNamed(wire, response, await response.text());
	});

	test.each(wires)("of a plugin's with status 429 say when to come back to a client of %s", async (wire) => {
		const plugin = temporaryFile(
			"later.mjs",
			`export default { name: "later", stage: "validated", middleware: () => (ctx) => { ctx.status = 429; } };`,
		);
		const { gateway } = await inFrontOf("openai.chat", () => {}, {}, { plugin: [plugin] });
		const response = await post(gateway, wire);
		expect([response.status, response.headers.get("retry-after")]).toEqual([429, "5"]);
	});

	test.each(["/v1/messages", "/v1/messages/none", "/v1/messages/count_tokens"])(
		"at %s have a request id",
		async (path) => {
			const { gateway } = await inFrontOf("openai.chat", () => {});
			for (const [method, body] of [
				["POST", "{"],
				["POST", "{}"],
				["DELETE", undefined],
			] as const) {
				const headers = { "content-type": "application/json", "x-request-id": "mine-1" };
				const response = await fetch(`${gateway.url}${path}`, { method, headers, ...(body && { body }) });
				expect(response.status).toBeGreaterThanOrEqual(400);
				expect(response.headers.get("request-id")).toBe("mine-1");
				expect(await response.json()).toMatchObject({ type: "error", request_id: "mine-1" });
			}
		},
	);
});

function expectNamed(wire: Wire, response: Response, text: string) {
	const id = response.headers.get("x-request-id");
	if (wire !== "anthropic.messages") return;
	expect(response.headers.get("request-id")).toBe(id);
	expect(JSON.parse(text)).toMatchObject({ type: "error", request_id: id });
}

describe("the official SDKs", () => {
	test("read the request id, the type and the wait of an error", async () => {
		const { gateway } = await inFrontOf("openai.chat", (_request, response) =>
			sendJson(response, busy["openai.chat"], 429),
		);
		const client = new Anthropic({ apiKey: "k", baseURL: gateway.url, maxRetries: 0 });
		const failed = await client.messages
			.create({ model: "test-model", max_tokens: 5, messages: [{ role: "user", content: "?" }] })
			.catch((error) => error);
		expect(failed).toBeInstanceOf(Anthropic.RateLimitError);
		expect(failed.requestID).toMatch(/./);
		expect(failed.headers.get("retry-after")).toBe("5");
	});

	test("throw at an error in mid-stream", async () => {
		const events = eventsIn("openai.chat", { texts }).slice(0, 2).join("");
		const { gateway } = await inFrontOf("openai.chat", cutOff(events));
		const anthropic = new Anthropic({ apiKey: "k", baseURL: gateway.url, maxRetries: 0 });
		const request = { model: "test-model", max_tokens: 5, messages: [{ role: "user" as const, content: "?" }] };
		const failed = await anthropic.messages
			.stream(request)
			.finalMessage()
			.catch((error) => error);
		expect(failed).toBeInstanceOf(Anthropic.APIError);
		expect(failed.error.error.type).toBe("api_error");
		const openai = new OpenAI({ apiKey: "k", baseURL: gateway.baseUrl, maxRetries: 0 });
		const response = await openai.responses.stream({ model: "test-model", input: "?" }).finalResponse();
		expect(response).toMatchObject({ status: "failed", error: { code: "server_error" } });
		expect(response.id).toMatch(/^resp_./);
	});
});

describe("what a client says to its upstream", () => {
	test.each(wires)("in headers and query goes up from a client of %s to its own dialect", async (wire) => {
		const { gateway, host } = await inFrontOf(wire, (_request, response) => sendJson(response, {}, 400));
		const headers = {
			"x-client-request-id": "c-1",
			"anthropic-beta": "one,two",
			"anthropic-version": "2099-01-01",
			"x-stainless-retry-count": "0",
		};
		const paths = {
			"openai.chat": "chat/completions",
			"anthropic.messages": "messages",
			"openai.responses": "responses",
		};
		await fetch(`${gateway.baseUrl}/${paths[wire]}?beta=true&x=a%20b`, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify({
				model: "test-model",
				max_tokens: 5,
				messages: [{ role: "user", content: "?" }],
				input: "?",
			}),
		});
		const [received] = host.received;
		expect(received?.url).toBe(`/v1/${paths[wire]}?beta=true&x=a%20b`);
		expect(received?.headers).toMatchObject(headers);
	});

	test("and what comes back of an answer", async () => {
		const named = {
			"request-id": "req_1",
			"anthropic-ratelimit-requests-remaining": "3",
			"anthropic-ratelimit-input-tokens-reset": "2099-01-01T00:00:00Z",
			"retry-after-ms": "1",
			"x-should-retry": "false",
			"openai-processing-ms": "4",
			"openai-version": "2020-10-01",
			"openai-poll-after-ms": "9",
		};
		const { gateway } = await inFrontOf("anthropic.messages", (_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream", ...named });
			response.end(eventsIn("anthropic.messages", { texts }).join(""));
		});
		const response = await post(gateway, "anthropic.messages", { stream: true });
		for (const [name, value] of Object.entries(named)) expect(response.headers.get(name), name).toBe(value);
		const { gateway: translating } = await inFrontOf("openai.chat", (_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.end(eventsIn("openai.chat", { texts }).join(""));
		});
		const translated = await post(translating, "anthropic.messages", { stream: true }, { "x-request-id": "mine-2" });
		expect(translated.headers.get("request-id")).toBe("mine-2");
	});
});
