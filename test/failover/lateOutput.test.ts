/** What a client gets of a stream before its first output, and while it is silent. */
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { chunk, completion, type HostAnswer, sendJson, startAiHost, startStream } from "../kit/aiHost.js";
import { errorOf, jsonOf, postChat } from "../kit/gateway.js";
import { gatewayWith, question, route, type TargetOptions, target, upstream } from "../kit/routing.js";

const terminator = "data: [DONE]\n\n";
const rest = chunk({ content: "Hello" }) + chunk({}, "stop") + terminator;
const preamble = chunk({ role: "assistant", content: "" });
const heartbeat = ": heartbeat\n\n";
const stream = { ...question, stream: true };

function progress(processed: number): string {
	const choices = [{ index: 0, delta: { role: "assistant", content: null }, finish_reason: null }];
	const json = { ...completion, object: "chat.completion.chunk", choices, usage: undefined };
	return `data: ${JSON.stringify({ ...json, prompt_progress: { total: 9, cache: 0, processed, time_ms: 1 } })}\n\n`;
}

/** A gateway in front of a host for each of these answers, which all have these options. */
async function inFrontOf(answers: HostAnswer[], options: TargetOptions = {}, more: Parameters<typeof route>[1] = {}) {
	const names = ["a", "b", "c"].slice(0, answers.length);
	const hosts = await Promise.all(answers.map((answer) => startAiHost(answer)));
	const gateway = await gatewayWith({
		upstreams: names.map((name, place) => upstream(name, `${hosts[place]?.url}/v1`)),
		routes: [
			route(
				names.map((name) => target(name, options)),
				more,
			),
		],
	});
	return { gateway, hosts };
}

/** An upstream whose answer a test can continue step by step. */
function led(begin: (response: Parameters<HostAnswer>[1]) => void = () => {}) {
	let tell!: (response: Parameters<HostAnswer>[1]) => void;
	const asked = new Promise<Parameters<HostAnswer>[1]>((resolve) => {
		tell = resolve;
	});
	const answer: HostAnswer = (_request, response) => {
		begin(response);
		tell(response);
	};
	return { answer, asked };
}

/** Reads until the text is there. */
function readerOf(response: Response) {
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	const decoder = new TextDecoder();
	let text = "";
	return {
		async until(part: string): Promise<string> {
			while (!text.includes(part)) {
				const { done, value } = await reader.read();
				if (done) throw new Error(`ended without ${part}: ${text}`);
				text += decoder.decode(value, { stream: true });
			}
			return text;
		},
		async toEnd(): Promise<string> {
			for (let piece = await reader.read(); !piece.done; piece = await reader.read())
				text += decoder.decode(piece.value);
			return text;
		},
	};
}

function begins(events: string) {
	return (response: Parameters<HostAnswer>[1]) => {
		startStream(response);
		response.write(events);
	};
}

describe("a head and its comments are passed before there is output", () => {
	test("at once, with the preamble, where nobody else can be asked", async () => {
		const host = led(begins(`: queued\n\n${preamble}`));
		const { gateway } = await inFrontOf([host.answer], {}, { retry: { ...route([]).retry, attemptsPerTarget: 1 } });
		const response = await postChat(gateway.baseUrl, stream);
		expect(response.headers.get("content-type")).toBe("text/event-stream");
		const reader = readerOf(response);
		expect(await reader.until(preamble)).toBe(`: queued\n\n${preamble}`);
		const answer = await host.asked;
		answer.write(": still queued\n\n");
		await reader.until(": still queued\n\n");
		answer.end(rest);
		expect(await reader.toEnd()).toBe(`: queued\n\n${preamble}: still queued\n\n${rest}`);
	});

	test("without the preamble, where the same target can be asked again: the answer has one id and one role", async () => {
		const host = led(begins(`: queued\n\n${preamble.replace("chatcmpl", "chatcmpl-before")}`));
		let asked = 0;
		const { gateway } = await inFrontOf([
			(...exchange) => {
				const [, response] = exchange;
				asked += 1;
				if (asked === 1) host.answer(...exchange);
				else begins(preamble + rest)(response.on("error", () => {}));
			},
		]);
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		expect(await reader.until("queued\n\n")).toBe(": queued\n\n");
		(await host.asked).destroy();
		expect(await reader.toEnd()).toBe(`: queued\n\n${preamble}${rest}`);
	});

	test("after `hold` where another target could answer; its preamble stays back", async () => {
		const host = led(begins(`: queued\n\n${preamble}`));
		const { gateway, hosts } = await inFrontOf([host.answer, () => {}], { timeouts: { holdMs: 400 } });
		const startedMs = performance.now();
		const response = await postChat(gateway.baseUrl, stream);
		expect(performance.now() - startedMs).toBeGreaterThan(395);
		const reader = readerOf(response);
		expect(await reader.until("queued\n\n")).toBe(": queued\n\n");
		const answer = await host.asked;
		answer.write(": still queued\n\n");
		expect(await reader.until(": still queued\n\n")).toBe(": queued\n\n: still queued\n\n");
		answer.end(rest);
		expect(await reader.toEnd()).toBe(`: queued\n\n: still queued\n\n${preamble}${rest}`);
		expect(hosts[1]?.received).toHaveLength(0);
	});

	test.each<[string, (response: Parameters<HostAnswer>[1]) => void]>([
		["breaks off", (response) => response.destroy()],
		["says an error", (response) => response.end('data: {"error":{"message":"overloaded"}}\n\n')],
		["ends", (response) => response.end()],
	])("and one that then %s is replaced unseen", async (_name, fail) => {
		const host = led(begins(`: queued\n\n${preamble}`));
		const { gateway, hosts } = await inFrontOf(
			[host.answer, (_request, response) => begins(preamble + rest)(response.on("error", () => {}))],
			{ timeouts: { holdMs: 100 } },
			{ retry: { ...route([]).retry, attemptsPerTarget: 1 } },
		);
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until("queued");
		fail(await host.asked);
		expect(await reader.toEnd()).toBe(`: queued\n\n${preamble}${rest}`);
		expect(hosts.map(({ received }) => received.length)).toEqual([1, 1]);
	});

	test("and the same target is asked once more where it is the only one", async () => {
		let asked = 0;
		const host = led(begins(": queued\n\n"));
		const { gateway } = await inFrontOf([
			(request, response, message) => {
				asked += 1;
				if (asked === 1) host.answer(request, response, message);
				else {
					startStream(response);
					response.end(rest);
				}
			},
		]);
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until("queued");
		(await host.asked).destroy();
		expect(await reader.toEnd()).toBe(`: queued\n\n${rest}`);
	});

	test("and when all have failed, the last one's words are an event, and no [DONE] follows", async () => {
		const host = led(begins(": queued\n\n"));
		const { gateway, hosts } = await inFrontOf(
			[host.answer, (_request, response) => sendJson(response, { error: { message: "No more", type: "x" } }, 503)],
			{ timeouts: { holdMs: 100 } },
			{ retry: { ...route([]).retry, attemptsPerTarget: 1 } },
		);
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until("queued");
		(await host.asked).destroy();
		expect(await reader.toEnd()).toBe(': queued\n\ndata: {"error":{"message":"No more","type":"x"}}\n\n');
		expect(hosts[1]?.received).toHaveLength(1);
		await expect
			.poll(async () => (await fetch(`${gateway.url}/metrics`)).text())
			.toMatch(/llmgw_broken_answers_total\{[^}]*\} 1\n/);
	});

	test("and a whole completion that comes then is sent as a stream", async () => {
		const host = led(begins(": queued\n\n"));
		const { gateway } = await inFrontOf(
			[host.answer, (_request, response) => sendJson(response, completion)],
			{ timeouts: { holdMs: 100 } },
			{ retry: { ...route([]).retry, attemptsPerTarget: 1 } },
		);
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until("queued");
		(await host.asked).destroy();
		const text = await reader.toEnd();
		expect(text).toContain('"delta":{"role":"assistant","content":"Hello"}');
		expect(text.endsWith(terminator)).toBe(true);
	});

	test("but a refusal that comes before any head keeps its status", async () => {
		const { gateway } = await inFrontOf(
			[(_request, response) => sendJson(response, { error: { message: "No" } }, 401)],
			{
				timeouts: { holdMs: 0, heartbeatMs: 60_000 },
			},
		);
		expect((await postChat(gateway.baseUrl, stream)).status).toBe(401);
	});
});

describe("progress is output", () => {
	test("which is passed when it comes, long before a head would be", async () => {
		const host = led(begins(progress(1)));
		const { gateway } = await inFrontOf([host.answer, () => {}]);
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until(progress(1));
		const answer = await host.asked;
		answer.write(progress(5));
		await reader.until(progress(5));
		answer.end(rest);
		expect(await reader.toEnd()).toBe(progress(1) + progress(5) + rest);
	});

	test("and more than `firstToken` waits for", async () => {
		const host = led(begins(progress(1)));
		const { gateway } = await inFrontOf([host.answer], { timeouts: { firstTokenMs: 300 } });
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until(progress(1));
		await new Promise((resolve) => setTimeout(resolve, 500));
		(await host.asked).end(rest);
		expect(await reader.toEnd()).toBe(progress(1) + rest);
	});

	test("after which another target may still answer", async () => {
		const host = led(begins(progress(1)));
		const { gateway } = await inFrontOf([
			host.answer,
			(_request, response) => {
				startStream(response);
				response.end(rest);
			},
		]);
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until(progress(1));
		(await host.asked).destroy();
		const text = await reader.toEnd();
		expect(text.endsWith(terminator)).toBe(true);
		expect(text).toContain('"content":"Hello"');
	});
});

describe("a silent stream has the gateway's own heartbeat", () => {
	const beating = { timeouts: { holdMs: 0, heartbeatMs: 300 } };

	test("before the host has given its head, which nobody else can give", async () => {
		const host = led();
		const { gateway } = await inFrontOf([host.answer], { timeouts: { holdMs: 60_000, heartbeatMs: 300 } });
		const response = await postChat(gateway.baseUrl, stream);
		expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
		const reader = readerOf(response);
		await reader.until(heartbeat + heartbeat);
		const answer = await host.asked;
		startStream(answer);
		answer.end(rest);
		expect((await reader.toEnd()).replaceAll(heartbeat, "")).toBe(rest);
	});

	test("between its events, and not in what is stored", async () => {
		const host = led(begins(chunk({ content: "One" })));
		const { gateway } = await inFrontOf([host.answer], beating);
		const reader = readerOf(await postChat(gateway.baseUrl, { ...stream, store: true }));
		const text = await reader.until(heartbeat + heartbeat);
		expect(text.indexOf("One")).toBeLessThan(text.indexOf(heartbeat));
		(await host.asked).end(rest);
		const id = /"id":"(chatcmpl-[^"]+)"/.exec(await reader.toEnd())?.[1];
		const stored = await jsonOf(await fetch(`${gateway.baseUrl}/chat/completions/${id}`));
		expect(stored).toMatchObject({ choices: [{ message: { content: "OneHello" } }] });
	});

	test("while the next target is waited for", async () => {
		const second = led();
		const { gateway } = await inFrontOf([(_request, response) => response.destroy(), second.answer], beating, {
			retry: { ...route([]).retry, attemptsPerTarget: 1 },
		});
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until(heartbeat);
		const answer = await second.asked;
		startStream(answer);
		answer.end(rest);
		expect((await reader.toEnd()).replaceAll(heartbeat, "")).toBe(rest);
	});

	test("and then a refusal is an event", async () => {
		const host = led();
		const { gateway } = await inFrontOf([host.answer], beating);
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until(heartbeat);
		sendJson(await host.asked, { error: { message: "Too long", code: "context_length_exceeded" } }, 400);
		expect((await reader.toEnd()).replaceAll(heartbeat, "")).toBe(
			'data: {"error":{"message":"Too long","code":"context_length_exceeded"}}\n\n',
		);
	});

	test("but not inside of an event that comes in pieces", async () => {
		const long = chunk({ content: "x".repeat(3_000_000) });
		const host = led(begins(long.slice(0, 2_000_000)));
		const { gateway } = await inFrontOf([host.answer], beating);
		const reader = readerOf(await postChat(gateway.baseUrl, stream));
		await reader.until("xxx");
		await new Promise((resolve) => setTimeout(resolve, 800));
		(await host.asked).end(long.slice(2_000_000) + rest);
		expect((await reader.toEnd()) === long + rest).toBe(true);
	});

	test("but not where it is off, nor in any other answer", async () => {
		const answer: HostAnswer = async (_request, response) => {
			await new Promise((resolve) => setTimeout(resolve, 800));
			sendJson(response, completion);
		};
		const { gateway } = await inFrontOf([answer], beating);
		expect(await (await postChat(gateway.baseUrl, question)).text()).toBe(JSON.stringify(completion));
		const late = await inFrontOf(
			[
				async (_request, response) => {
					await new Promise((resolve) => setTimeout(resolve, 800));
					sendJson(response, { error: { message: "No" } }, 400);
				},
			],
			{ timeouts: { holdMs: 0, heartbeatMs: 0 } },
		);
		const response = await postChat(late.gateway.baseUrl, stream);
		expect([response.status, (await errorOf(response)).message]).toEqual([400, "No"]);
	});

	test("and a client that leaves meanwhile ends the request", async () => {
		const host = led();
		const { gateway, hosts } = await inFrontOf([host.answer], beating);
		const abort = new AbortController();
		const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(stream),
			signal: abort.signal,
		});
		await readerOf(response).until(heartbeat);
		const closed = once(await host.asked, "close");
		abort.abort();
		await closed;
		expect(hosts[0]?.aborted).toBe(1);
		await expect.poll(() => gateway.gateway.services.load).toEqual({ requests: 0, streams: 0 });
	});
});
