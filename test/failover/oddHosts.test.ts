import { describe, expect, test, vi } from "vitest";
import type { Route, Target } from "../../src/settings/routes.js";
import { chunk, completion, type HostAnswer, startAiHost, startStream } from "../kit/aiHost.js";
import { jsonOf, postChat } from "../kit/gateway.js";
import { gatewayWith, question, route, target, upstream } from "../kit/routing.js";

/** A gateway in front of a host for each of these answers: `a`, `b`, and so on. */
async function inFrontOf(answers: HostAnswer[], more: Partial<Route> = {}, targets?: (Target | string)[]) {
	const names = ["a", "b", "c"].slice(0, answers.length);
	const hosts = await Promise.all(answers.map((answer) => startAiHost(answer)));
	const gateway = await gatewayWith({
		upstreams: names.map((name, place) => upstream(name, `${hosts[place]?.url}/v1`)),
		routes: [route(targets ?? names, more)],
	});
	return { gateway, hosts };
}

const terminator = "data: [DONE]\n\n";
const usage = `data: ${JSON.stringify({ ...completion, object: "chat.completion.chunk", choices: [] })}\n\n`;

describe("a body that is no stream", () => {
	test.each<[string, string[]]>([
		["begins with the white space that keeps it alive", ["\n", "\n\n", JSON.stringify(completion)]],
		["begins with much of it", [" ".repeat(200), "\n", JSON.stringify(completion)]],
		["ends with a line end of its own", [JSON.stringify(completion), "\n"]],
		["ends with much white space", [JSON.stringify(completion), "\n".repeat(200)]],
		["comes byte by byte", [...JSON.stringify(completion)]],
	])("that %s is an answer", async (_name, pieces) => {
		const { gateway, hosts } = await inFrontOf([
			async (_request, response) => {
				response.writeHead(200, { "content-type": "application/json" });
				for (const piece of pieces) await new Promise<void>((resolve) => response.write(piece, () => resolve()));
				response.end();
			},
		]);
		const response = await postChat(gateway.baseUrl, question);
		expect(await jsonOf(response)).toEqual(completion);
		expect(hosts[0]?.received).toHaveLength(1);
	});

	test("that says an error after white space is none", async () => {
		const { gateway } = await inFrontOf([
			async (_request, response) => {
				response.writeHead(200, { "content-type": "application/json" });
				await new Promise<void>((resolve) => response.write(" \n".repeat(80), () => resolve()));
				response.end(JSON.stringify({ error: { message: "overloaded" } }));
			},
			(_request, response) => response.end(JSON.stringify(completion)),
		]);
		expect(await jsonOf(await postChat(gateway.baseUrl, question))).toEqual(completion);
	});
});

test.each([
	["after its finish reason", "", true],
	["after its terminator", terminator, false],
])(
	"a stream that is kept alive %s ends, and its request too",
	async (_name, last) => {
		let isOver = false;
		const answer: HostAnswer = (_request, response) => {
			startStream(response);
			response.write(chunk({ content: "Hello" }));
			response.write(chunk({}, "stop") + last);
			const timer = setInterval(() => response.write(": still here\n\n"), 100);
			response.on("close", () => {
				isOver = true;
				clearInterval(timer);
			});
		};
		const { gateway, hosts } = await inFrontOf([answer], {}, [target("a", { timeouts: { idleMs: 500 } })]);
		const aborted = hosts[0]?.nextAbort();
		const response = await postChat(gateway.baseUrl, { ...question, stream: true });
		expect((await response.text()).endsWith(terminator)).toBe(true);
		await aborted;
		expect(isOver).toBe(true);
	},
	6_000,
);

test("a client that reads slowly gets what follows the finish reason", async () => {
	const long = "x".repeat(1000);
	const { gateway } = await inFrontOf([
		async (_request, response) => {
			startStream(response);
			for (let at = 0; at < 12_000; at += 1) response.write(chunk({ content: long }));
			response.write(chunk({}, "stop"));
			for (let at = 0; at < 3_000; at += 1) response.write(`: ${long}\n\n`);
			response.write(usage);
			response.end(terminator);
		},
	]);
	const response = await postChat(gateway.baseUrl, {
		...question,
		stream: true,
		stream_options: { include_usage: true },
	});
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	let tail = "";
	let bytes = 0;
	let hasWaited = false;
	for (;;) {
		const { done, value } = await reader.read();
		if (done) break;
		bytes += value.length;
		tail = (tail + Buffer.from(value).toString()).slice(-2000);
		if (!hasWaited && bytes > 9_000_000) {
			hasWaited = true;
			await new Promise((resolve) => setTimeout(resolve, 2_500));
		}
	}
	expect(tail).toContain(usage);
	expect(tail.split(terminator)).toHaveLength(2);
});

test("a rescue that departs in an event without its empty line leads to the next target, once", async () => {
	const { gateway, hosts } = await inFrontOf(
		[
			(_request, response) => {
				startStream(response);
				response.write(chunk({ role: "assistant", content: "" }));
				response.write(chunk({ content: "One two three." }), () => response.destroy());
			},
			(_request, response) => {
				startStream(response);
				response.end(chunk({ content: "Something else." }).trimEnd());
			},
			(_request, response) => {
				startStream(response);
				response.flushHeaders();
				// Longer than the longest backoff, after which a second attempt at the other would have come.
				setTimeout(() => {
					response.end(chunk({ content: "One two three. Four." }) + chunk({}, "stop") + terminator);
				}, 200);
			},
		],
		{ retry: { ...route([]).retry, firstBackoffMs: 10, maxBackoffMs: 20, attempts: 9 } },
	);
	const text = await (await postChat(gateway.baseUrl, { ...question, stream: true })).text();
	expect(hosts.map(({ received }) => received.length)).toEqual([1, 1, 1]);
	expect([...text.matchAll(/"content":"([^"]+)"/g)].map(([, said]) => said).join("")).toBe("One two three. Four.");
	expect(text.endsWith(terminator)).toBe(true);
});

test("a stream for an empty list of prompts is whole only with a finish reason", async () => {
	const { gateway } = await inFrontOf([
		(_request, response) => {
			startStream(response);
			const event = { object: "text_completion", choices: [{ index: 0, text: "Hello", finish_reason: null }] };
			response.end(`data: ${JSON.stringify(event)}\n\n`);
		},
	]);
	const response = await fetch(`${gateway.baseUrl}/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ model: "test-model", prompt: [], stream: true }),
	});
	expect(response.status).toBe(200);
	expect(await response.text()).not.toContain("[DONE]");
});

test("what is no model in a host's list is left out of it", async () => {
	const model = { id: "m", object: "model", created: 1, owned_by: "tests" };
	const { gateway } = await inFrontOf(
		[(_request, response) => response.end(JSON.stringify({ data: [null, 7, {}, model] }))],
		{ models: ["*"] },
		["a", target("a/other")],
	);
	const response = await fetch(`${gateway.baseUrl}/models`);
	expect(await jsonOf(response)).toEqual({ object: "list", data: [model] });
});

test("a stream that begins with a byte order mark is read from its first event", async () => {
	const { gateway, hosts } = await inFrontOf([
		(_request, response) => {
			startStream(response);
			response.write('\uFEFFdata: {"error":{"message":"overloaded"}}\n\n');
		},
		(_request, response) => {
			startStream(response);
			response.end(`\uFEFF${chunk({ content: "Hello" })}${chunk({}, "stop")}${terminator}`);
		},
	]);
	const response = await postChat(gateway.baseUrl, { ...question, stream: true });
	expect(await response.text()).toBe(chunk({ content: "Hello" }) + chunk({}, "stop") + terminator);
	expect(hosts.map(({ received }) => received.length)).toEqual([2, 1]);
});

describe("no host reads another model than was meant", () => {
	const modelsOwn = async () =>
		inFrontOf([(_request, response) => response.end(JSON.stringify(completion))], {}, [target("a/real")]);

	test.each([
		["twice", "model", "model"],
		["twice, once with an escape", "mod\\u0065l", "model"],
		["again in other letters", "Model", "Model"],
	])("a client that names one %s is refused, and no host is asked", async (_how, name, param) => {
		const { gateway, hosts } = await modelsOwn();
		const body = JSON.stringify(question).replace(/}$/, `,"${name}":"test-model"}`);
		const response = await postChat(gateway.baseUrl, body);
		expect(response.status).toBe(400);
		expect(await jsonOf(response)).toMatchObject({ error: { type: "invalid_request_error", param } });
		expect(hosts[0]?.received).toEqual([]);
	});

	test("also where the client writes the name with an escape", async () => {
		const { gateway, hosts } = await modelsOwn();
		const response = await postChat(gateway.baseUrl, JSON.stringify(question).replace('"model"', '"mod\\u0065l"'));
		expect(response.status).toBe(200);
		const received = hosts[0]?.received[0]?.body.toString() ?? "";
		expect(received).toContain('"real"');
		expect(received).not.toContain("test-model");
	});
});

test("a request that waits for its retry when the gateway closes asks nobody any more", async () => {
	const { gateway, hosts } = await inFrontOf(
		[(_request, response) => response.writeHead(503, { "retry-after-ms": "600" }).end()],
		{ retry: { ...route([]).retry, attempts: 9, attemptsPerTarget: 9, maxWaitMs: 60_000 } },
	);
	const answer = postChat(gateway.baseUrl, question);
	await vi.waitFor(() => expect(gateway.printed.join()).toContain("answered with status 503"));
	await gateway.gateway.close();
	const response = await answer;
	expect(response.status).toBe(503);
	expect(await jsonOf(response)).toMatchObject({ error: { code: "gateway_stopping" } });
	expect(hosts[0]?.received).toHaveLength(1);
});

describe("an event too long to be read", () => {
	const long = chunk({ content: "y".repeat(3_000_000) });
	const first = chunk({ content: "One two three." });
	const last = chunk({ content: " Four." }) + chunk({}, "stop") + terminator;
	const cutBehind =
		(events: string): HostAnswer =>
		(_request, response) => {
			startStream(response);
			response.write(events, () => setTimeout(() => response.destroy(), 100));
		};
	const says =
		(events: string): HostAnswer =>
		(_request, response) => {
			startStream(response);
			response.end(events);
		};

	test.each([
		["in what a rescue would add to", [cutBehind(first + long), says(first + long + last)]],
		["in what a rescue adds", [cutBehind(first), says(first + long + last)]],
	])("%s is never left out unseen", async (_name, answers) => {
		const { gateway } = await inFrontOf(answers);
		const response = await postChat(gateway.baseUrl, { ...question, stream: true });
		const text = await response.text();
		expect(text).toContain('"error"');
		expect(text).not.toContain("[DONE]");
		expect(text).not.toContain("Four");
	});
});
