import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { chunk, completion, type HostAnswer, sendJson, startAiHost, startStream } from "./kit/aiHost.js";
import { errorOf, gatewayFor, hello, postChat, startGateway } from "./kit/gateway.js";
import { openRaw, requestText, sendRaw } from "./kit/rawHttp.js";

const done = "data: [DONE]\n\n";

async function hostFor(answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

async function streamText(answer: HostAnswer, flags: Record<string, unknown> = {}): Promise<string> {
	const gateway = await gatewayFor(await hostFor(answer), flags);
	const response = await postChat(gateway.baseUrl, { ...hello, stream: true });
	expect(response.status).toBe(200);
	return response.text();
}

/** The error of the last event. */
function errorIn(text: string): { type: string; code: string; message: string } {
	const last = text.trimEnd().split("\n\n").at(-1) ?? "";
	return JSON.parse(last.slice("data: ".length)).error;
}

function chatRequest(more: object): string {
	const body = JSON.stringify({ ...hello, ...more });
	return `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

function deferred() {
	let resolve!: () => void;
	const promise = new Promise<void>((settle) => {
		resolve = settle;
	});
	return { promise, resolve };
}

test("a stream arrives as the host sent it, byte for byte", async () => {
	const sent = `: ping\n\n${chunk({ role: "assistant" })}${chunk({ content: "häé 🎉" })}${chunk({}, "stop")}${done}`;
	const text = await streamText((_request, response) => {
		startStream(response);
		response.end(sent);
	});
	expect(text).toBe(sent);
});

test("each event is forwarded when it comes; the head at once, a preamble with the first output", async () => {
	const gates = [deferred(), deferred()] as const;
	const host = await hostFor(async (_request, response) => {
		startStream(response);
		response.write(chunk({ role: "assistant", content: "" }));
		await gates[0].promise;
		response.write(chunk({ content: "first" }));
		await gates[1].promise;
		response.end(chunk({ content: "second" }, "stop") + done);
	});
	const gateway = await gatewayFor(host);
	const response = await postChat(gateway.baseUrl, { ...hello, stream: true });
	expect(response.headers.get("content-type")).toBe("text/event-stream");
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	let text = "";
	const decoder = new TextDecoder();
	// The host says nothing until the client has its head, and the same host may have to be asked again until it has.
	gates[0].resolve();
	// The host sends nothing more until the client has seen this: it would hang if the event were held back.
	while (!text.includes("first")) text += decoder.decode((await reader.read()).value);
	expect(text.startsWith(chunk({ role: "assistant", content: "" }))).toBe(true);
	gates[1].resolve();
	for (let piece = await reader.read(); !piece.done; piece = await reader.read()) text += decoder.decode(piece.value);
	expect(text).toContain("second");
});

test("events that are cut anywhere by the network come out whole", async () => {
	const sent =
		chunk({ content: "one" }) + chunk({ content: "two\u2028" }).replaceAll("\n", "\r\n") + chunk({}, "stop") + done;
	const text = await streamText(async (_request, response) => {
		startStream(response);
		for (const byte of Buffer.from(sent)) {
			response.write(Buffer.from([byte]));
			await new Promise(setImmediate);
		}
		response.end();
	});
	expect(text).toBe(sent);
});

describe("a truncated answer is never taken for a whole one", () => {
	const cuts: [string, HostAnswer, string][] = [
		[
			"the host's connection breaks",
			(_request, response) => {
				startStream(response);
				response.write(chunk({ content: "Hel" }), () => response.destroy());
			},
			"upstream_closed",
		],
		[
			"the host's connection breaks inside an event",
			(_request, response) => {
				startStream(response);
				response.write(`${chunk({ content: "Hel" })}data: {"id":"x","cho`, () => response.destroy());
			},
			"upstream_closed",
		],
		[
			"the host ends the stream without a finish reason",
			(_request, response) => {
				startStream(response);
				response.end(chunk({ content: "Hel" }));
			},
			"upstream_closed",
		],
		[
			"the host falls silent",
			(_request, response) => {
				startStream(response);
				response.write(chunk({ content: "Hel" }));
			},
			"upstream_idle_timeout",
		],
	];
	test.each(cuts)("%s", async (_name, answer, code) => {
		const text = await streamText(answer, { "idle-timeout": "300ms" });
		expect(text.startsWith(chunk({ content: "Hel" }))).toBe(true);
		expect(text).not.toContain("[DONE]");
		expect(errorIn(text)).toMatchObject({ code, type: "server_error" });
		// All but the error are whole events of the host.
		expect(text.split("\n\n").slice(0, -2)).toEqual([chunk({ content: "Hel" }).trimEnd()]);
	});
});

test("a host that forgets [DONE] after a finish reason gets it added", async () => {
	const sent = chunk({ content: "Hello" }) + chunk({}, "stop");
	const text = await streamText((_request, response) => {
		startStream(response);
		response.end(sent);
	});
	expect(text).toBe(sent + done);
});

describe("with several choices", () => {
	const part = (index: number, finish_reason: string | null) =>
		`data: ${JSON.stringify({ choices: [{ index, delta: { content: "x" }, finish_reason }] })}\n\n`;
	const answerOf = async (sent: string, more: object, path = "/chat/completions") => {
		const host = await hostFor((_request, response) => {
			startStream(response);
			response.end(sent);
		});
		const gateway = await gatewayFor(host);
		const { messages } = hello;
		const body = JSON.stringify({
			...(path === "/completions" ? { model: "m" } : { messages }),
			stream: true,
			...more,
		});
		const headers = { "content-type": "application/json" };
		return (await fetch(gateway.baseUrl + path, { method: "POST", headers, body })).text();
	};

	test.each([
		["chat", { n: 2 }, "/chat/completions"],
		["text", { prompt: ["a", "b"] }, "/completions"],
	])("one that is finished does not make the others whole: %s", async (_name, more, path) => {
		const cut = part(0, null) + part(1, null) + part(0, "stop");
		expect(errorIn(await answerOf(cut, more, path)).code).toBe("upstream_closed");
		expect(await answerOf(cut + part(1, "length"), more, path)).toBe(cut + part(1, "length") + done);
	});

	test("an empty finish reason is none", async () => {
		expect(errorIn(await answerOf(part(0, ""), {})).code).toBe("upstream_closed");
	});

	test("a prompt of tokens is one prompt", async () => {
		expect(await answerOf(part(0, "stop"), { prompt: [1, 2, 3] }, "/completions")).toBe(part(0, "stop") + done);
	});
});

test("a stream is known by its type, however that is written", async () => {
	const text = await streamText((_request, response) => {
		response.writeHead(200, { "content-type": "Text/Event-Stream;charset=utf-8" });
		response.write(chunk({ content: "Hel" }), () => response.destroy());
	});
	expect(errorIn(text).code).toBe("upstream_closed");
});

test("a stream in a coding that it is not in is refused", async () => {
	const host = await hostFor((request, response) => {
		expect(request.headers["accept-encoding"]).toBe("identity");
		response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" }).write("data: x\n\n");
	});
	const gateway = await gatewayFor(host);
	const aborted = host.nextAbort();
	const response = await postChat(gateway.baseUrl, { ...hello, stream: true }, { "accept-encoding": "gzip" });
	expect([response.status, (await errorOf(response)).code]).toEqual([502, "upstream_encoded"]);
	await aborted;
});

test("an event of megabytes passes, and when it breaks off the error is an event of its own", async () => {
	const long = chunk({ content: "x".repeat(3_000_000) });
	const whole = await streamText((_request, response) => {
		startStream(response);
		response.end(long + chunk({}, "stop") + done);
	});
	expect(whole === long + chunk({}, "stop") + done).toBe(true);
	const broken = await streamText((_request, response) => {
		startStream(response);
		response.write(long.slice(0, 2_000_000), () => setTimeout(() => response.destroy(), 100));
	});
	expect(errorIn(broken).code).toBe("upstream_closed");
});

test("a host that breaks off right after [DONE] has said everything", async () => {
	const sent = chunk({ content: "Hello" }, "stop") + done;
	const text = await streamText((_request, response) => {
		startStream(response);
		response.write(sent, () => response.destroy());
	});
	expect(text).toBe(sent);
});

test("the host's own error in a stream is passed on, and no second one is added", async () => {
	const sent = `${chunk({ content: "Hel" })}data: {"error": {"message": "out of memory", "type": "server_error"}}\n\n`;
	const text = await streamText((_request, response) => {
		startStream(response);
		response.end(sent);
	});
	expect(text).toBe(sent);
});

test("a client that leaves in mid-stream ends the host's work at once", async () => {
	const host = await hostFor((_request, response) => {
		startStream(response);
		response.write(chunk({ content: "Hel" }));
	});
	const gateway = await gatewayFor(host);
	const abort = new AbortController();
	const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...hello, stream: true }),
		signal: abort.signal,
	});
	await response.body?.getReader().read();
	const aborted = host.nextAbort();
	const leftAt = performance.now();
	abort.abort();
	await aborted;
	expect(performance.now() - leftAt).toBeLessThan(1000);
	expect(gateway.gateway.services.load).toEqual({ requests: 0, streams: 0 });
});

test("a slow client slows the host down instead of filling memory", async () => {
	const event = chunk({ content: "x".repeat(16_000) });
	let written = 0;
	const host = await hostFor(async (_request, response) => {
		startStream(response);
		response.setMaxListeners(0);
		while (written < 200_000_000 && !response.destroyed) {
			written += event.length;
			if (!response.write(event)) await Promise.race([once(response, "drain"), once(response, "close")]);
		}
		response.end();
	});
	const gateway = await gatewayFor(host);
	const socket = connect(gateway.port, "127.0.0.1");
	socket.pause();
	socket.write(chatRequest({ stream: true }));
	// Once the buffers between host and client are full, the host can't write any more.
	let before = -1;
	while (written !== before || written === 0) {
		before = written;
		await new Promise((resolve) => setTimeout(resolve, 300));
	}
	expect(written).toBeLessThan(50_000_000);
	const aborted = host.nextAbort();
	socket.destroy();
	await aborted;
});

test("a client that never reads is given up after the idle timeout", async () => {
	const event = chunk({ content: "x".repeat(64_000) });
	const host = await hostFor(async (_request, response) => {
		startStream(response);
		response.setMaxListeners(0);
		while (!response.destroyed)
			if (!response.write(event)) await Promise.race([once(response, "drain"), once(response, "close")]);
	});
	const gateway = await gatewayFor(host, { "idle-timeout": "500ms" });
	const socket = connect(gateway.port, "127.0.0.1");
	onTestFinished(() => void socket.destroy());
	socket.pause();
	const aborted = host.nextAbort();
	socket.write(chatRequest({ stream: true }));
	await aborted;
	expect(gateway.gateway.services.load.streams).toBe(0);
});

test("a client that never reads is given up after the end of an answer, too", async () => {
	const host = await hostFor((_request, response) => sendJson(response, { choices: [], x: "x".repeat(20_000_000) }));
	const gateway = await gatewayFor(host, { "idle-timeout": "500ms" });
	const socket = connect(gateway.port, "127.0.0.1");
	onTestFinished(() => void socket.destroy());
	socket.pause();
	socket.write(chatRequest({}));
	await expect.poll(() => gateway.gateway.services.load.requests, { timeout: 5000 }).toBe(1);
	await expect.poll(() => gateway.gateway.services.load.requests, { timeout: 5000 }).toBe(0);
});

test("a client that reads slowly but steadily gets all of it, however long that takes", async () => {
	const size = 6_000_000;
	const host = await hostFor((_request, response) => sendJson(response, { choices: [], x: "x".repeat(size) }));
	const gateway = await gatewayFor(host, { "idle-timeout": "400ms" });
	const socket = connect(gateway.port, "127.0.0.1");
	onTestFinished(() => void socket.destroy());
	let read = 0;
	socket.on("data", (bytes) => {
		read += bytes.length;
		socket.pause();
		setTimeout(() => socket.resume(), 15);
	});
	const closed = once(socket, "close");
	const startedAt = performance.now();
	socket.write(chatRequest({}).replace("host: localhost", "host: localhost\r\nconnection: close"));
	await closed;
	expect(read).toBeGreaterThan(size);
	expect(performance.now() - startedAt).toBeGreaterThan(800);
});

test("a client that leaves ends the work for all its pipelined requests", async () => {
	const host = await hostFor((_request, response) => {
		startStream(response);
		response.write(chunk({ content: "Hel" }));
	});
	const gateway = await gatewayFor(host);
	const socket = connect(gateway.port, "127.0.0.1");
	socket.write(chatRequest({ stream: true }).repeat(3));
	await expect.poll(() => host.received.length).toBe(3);
	socket.destroy();
	await expect.poll(() => host.aborted).toBe(3);
	expect(gateway.gateway.services.load).toEqual({ requests: 0, streams: 0 });
});

test("a worker that ends answers all pipelined requests that it has, and closes after the last", async () => {
	const host = await hostFor((_request, response) => sendJson(response, completion));
	// More than begin at a time, so that the last ones wait when the worker begins to end.
	let begun = 0;
	const isDraining = () => {
		begun += 1;
		return begun > 16;
	};
	const gateway = await startGateway(host.url, {}, undefined, {}, { isDraining });
	onTestFinished(() => gateway.stop());
	const connection = openRaw(gateway.port);
	connection.send(chatRequest({}).repeat(20));
	await connection.closed;
	const closings = connection.messages().map(({ status, headers }) => `${status} ${headers.connection}`);
	expect(closings).toEqual([...Array.from({ length: 19 }, () => "200 keep-alive"), "200 close"]);
});

test("what came of an answer goes to its client before the connection is broken", async () => {
	const host = await hostFor((_request, response) => {
		response.writeHead(200, { "content-type": "audio/mpeg" });
		response.write("some", () => response.socket?.resetAndDestroy());
	});
	const gateway = await gatewayFor(host);
	const body = JSON.stringify({ model: "tts", input: "Hello", voice: "alloy" });
	const headers = ["content-type: application/json", `content-length: ${body.length}`];
	const request = requestText({ method: "POST", target: "/v1/audio/speech", headers, body });
	for (let time = 0; time < 20; time += 1) expect((await sendRaw(gateway.port, request)).text).toContain("\r\nsome");
});

test("a pipelined stream that is waited for does not disturb the one after it", async () => {
	const isStuck = deferred();
	const isSaid = deferred();
	const host = await hostFor(async (_request, response) => {
		startStream(response);
		if (host.received.length === 1) {
			const long = chunk({ content: "long".repeat(16_384) });
			for (let left = 200; left > 0; left -= 1) response.write(long);
			await expect.poll(() => hasStopped(response), { interval: 100, timeout: 20_000 }).toBe(true);
			isStuck.resolve();
		} else {
			await isStuck.promise;
			for (let number = 0; number < 20; number += 1) {
				response.write(chunk({ content: `${number} ` }));
				await new Promise(setImmediate);
			}
			isSaid.resolve();
		}
		response.end(chunk({}, "stop") + done);
	});
	const gateway = await gatewayFor(host);
	const connection = openRaw(gateway.port);
	onTestFinished(() => connection.destroy());
	connection.socket.pause();
	const asked = chatRequest({ stream: true });
	connection.send(asked + asked.replace("\r\n", "\r\nconnection: close\r\n"));
	await isSaid.promise;
	connection.socket.resume();
	await connection.closed;
	const answers = connection.messages();
	expect(answers.map(({ body }) => body.endsWith(done))).toEqual([true, true]);
	expect(answers[1]?.body).toContain('"19 "');
	expect(gateway.printed).toEqual([]);
});

/** Nobody has read more of it since the last look. */
const lefts = new WeakMap<ServerResponse, number>();
function hasStopped(response: ServerResponse): boolean {
	const left = response.writableLength;
	const isSame = lefts.get(response) === left;
	lefts.set(response, left);
	return isSame;
}

test("fifty streams at once keep to themselves", async () => {
	const host = await hostFor(async (request, response) => {
		const { messages } = JSON.parse(request.body.toString()) as typeof hello;
		startStream(response);
		for (let number = 0; number < 20; number += 1) {
			response.write(chunk({ content: `${messages[0]?.content}:${number} ` }));
			await new Promise(setImmediate);
		}
		response.end(chunk({}, "stop") + done);
	});
	const gateway = await gatewayFor(host);
	const texts = await Promise.all(
		Array.from({ length: 50 }, async (_unused, name) => {
			const response = await postChat(gateway.baseUrl, {
				messages: [{ role: "user", content: `s${name}` }],
				stream: true,
			});
			return [...(await response.text()).matchAll(/"content":"([^"]*)"/g)].map((match) => match[1]).join("");
		}),
	);
	const numbers = Array.from({ length: 20 }, (_unused, number) => number);
	expect(texts).toEqual(texts.map((_text, name) => numbers.map((number) => `s${name}:${number} `).join("")));
});
