/** Requests in one vendor's words, to an upstream that speaks another's: a toy, of which the gateway knows nothing else. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Provider } from "../../src/providers/provider.js";
import { providers } from "../../src/providers/providers.js";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { clientOf, gatewayWith, question, route, startLab, target, upstream } from "../kit/routing.js";
import { toyVendor } from "./toy/toy.js";

const known = providers as Map<string, Provider>;
beforeAll(() => void known.set("toy", toyVendor));
afterAll(() => void known.delete("toy"));

async function startToy(answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

async function toyGateway(answer: HostAnswer) {
	const host = await startToy(answer);
	const toy = upstream("toy", host.url.replace(/\/v1$/, ""), { provider: "toy", key: "secret" });
	const gateway = await gatewayWith({ upstreams: [toy], routes: [route(["toy/parrot"])] });
	return { host, gateway, client: clientOf(gateway) };
}

const json =
	(body: object, status = 200): HostAnswer =>
	(_request, response) => {
		response.writeHead(status, { "content-type": "application/json" });
		response.end(JSON.stringify(body));
	};

const events =
	(...all: object[]): HostAnswer =>
	(_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.end(all.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
	};

const whole = { engine: "parrot-2", turn: { who: "you", says: "Hello." }, stopped: "done", spent: { in: 7, out: 2 } };

describe("a whole answer", () => {
	test("is asked for in the upstream's words, at its path and with its credential", async () => {
		const { host, client } = await toyGateway(json(whole));
		const answer = await client.chat.completions.create({
			...question,
			messages: [
				{ role: "system", content: "Be brief." },
				{ role: "user", content: [{ type: "text", text: "Say your text." }] },
			],
			tools: [{ type: "function", function: { name: "look", parameters: { type: "object" } } }],
		});
		const [{ url, headers, body }] = host.received as [(typeof host.received)[0]];
		expect(url).toBe("/engines/parrot/turn");
		expect([headers["x-toy-pass"], headers.authorization]).toEqual(["secret", undefined]);
		expect(JSON.parse(body.toString())).toEqual({
			engine: "parrot",
			turns: [
				{ who: "rule", says: "Be brief." },
				{ who: "me", says: "Say your text." },
			],
			cap: 1000,
			live: false,
			skills: [{ what: "look", with: { type: "object" } }],
		});
		expect(answer).toMatchObject({
			object: "chat.completion",
			model: "parrot-2",
			choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
			usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
		});
	});

	test("carries tool calls, there and back", async () => {
		const turn = { who: "you", calls: [{ ref: "c1", what: "look", with: { at: "sky" } }] };
		const { host, client } = await toyGateway(json({ ...whole, turn, stopped: "call" }));
		const answer = await client.chat.completions.create(question);
		const [choice] = answer.choices;
		expect(choice?.finish_reason).toBe("tool_calls");
		expect(choice?.message).toMatchObject({
			content: null,
			tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":"sky"}' } }],
		});
		await client.chat.completions.create({
			...question,
			messages: [
				...question.messages,
				choice?.message as OpenAI.ChatCompletionMessageParam,
				{ role: "tool", tool_call_id: "c1", content: "blue" },
			],
		});
		expect(JSON.parse(host.received[1]?.body.toString() ?? "").turns.slice(1)).toEqual([
			{ who: "you", calls: [{ ref: "c1", what: "look", with: { at: "sky" } }] },
			{ who: "tool", ref: "c1", says: "blue" },
		]);
	});

	test("tells what of the request could not be carried", async () => {
		const { client } = await toyGateway(json(whole));
		const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } } as const;
		const { response } = await client.chat.completions
			.create({ ...question, messages: [{ role: "user", content: [{ type: "text", text: "?" }, image] }] })
			.withResponse();
		expect(response.headers.get("x-llmgw-dropped")).toBe("image");
	});
});

describe("a stream", () => {
	const said = [
		{ engine: "parrot-2" },
		{ thinks: "Hm." },
		{ says: "Hel" },
		{ says: "lo." },
		{ stopped: "cap", spent: { in: 7, out: 3 } },
		{ bye: true },
	];

	test("comes as chunks that the SDK reads, with usage where it was asked for", async () => {
		const { client } = await toyGateway(events(...said));
		const heard = await client.chat.completions
			.stream({ ...question, stream_options: { include_usage: true } })
			.finalChatCompletion();
		expect(heard).toMatchObject({
			model: "parrot-2",
			choices: [{ message: { content: "Hello.", reasoning_content: "Hm." }, finish_reason: "length" }],
			usage: { prompt_tokens: 7, completion_tokens: 3 },
		});
		const quiet = await client.chat.completions.create({ ...question, stream: true });
		for await (const chunk of quiet) expect(chunk.usage ?? undefined).toBeUndefined();
	});

	test("may be cut anywhere on its way", async () => {
		const { client } = await toyGateway(async (_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			const bytes = Buffer.from(said.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
			for (let at = 0; at < bytes.length; at += 7) {
				response.write(bytes.subarray(at, at + 7));
				await new Promise(setImmediate);
			}
			response.end();
		});
		const heard = await client.chat.completions.stream(question).finalChatCompletion();
		expect(heard.choices[0]?.message.content).toBe("Hello.");
	});

	test("that was asked for is made of a whole answer", async () => {
		const { client } = await toyGateway(json(whole));
		const heard = await client.chat.completions.stream(question).finalChatCompletion();
		expect(heard.choices[0]).toMatchObject({ message: { content: "Hello." }, finish_reason: "stop" });
	});

	test("that fails in the middle ends with an error event, and no terminator", async () => {
		const { gateway } = await toyGateway(events(said[0] as object, { says: "Hel" }, { oops: "out of seeds" }));
		const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ ...question, stream: true }),
		});
		const text = await response.text();
		expect(text).toContain('"content":"Hel"');
		const last = JSON.parse(text.trim().split("\n\n").at(-1)?.slice("data: ".length) ?? "");
		expect(last.error).toMatchObject({ type: "server_error", message: expect.stringContaining("out of seeds") });
		expect(text).not.toContain("[DONE]");
	});

	test("that breaks off is rescued by an upstream that speaks the client's dialect", async () => {
		const lab = await startLab();
		const broken = await startToy((_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.write('data: {"engine":"parrot-2"}\n\ndata: {"says":"The "}\n\n');
			setImmediate(() => response.destroy());
		});
		const toy = upstream("toy", broken.url.replace(/\/v1$/, ""), { provider: "toy" });
		const gateway = await gatewayWith({
			upstreams: [toy, upstream("lab", lab.url)],
			routes: [route(["toy/parrot", target("lab/ok")], { rescue: "allow-seam" })],
		});
		const text = await (
			await fetch(`${gateway.baseUrl}/chat/completions`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ ...question, stream: true }),
			})
		).text();
		expect(text).toContain('"content":"The "');
		expect(text).toContain("data: [DONE]");
		expect(new Set([...text.matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id)).size).toBe(1);
	});
});

test("an upstream's refusal comes in the client's envelope, with its status and its words", async () => {
	const { client } = await toyGateway(json({ oops: "no such engine" }, 404));
	const refused = await client.chat.completions.create(question).catch((error: unknown) => error);
	expect(refused).toBeInstanceOf(OpenAI.APIError);
	expect(refused).toMatchObject({ status: 404, error: { message: "no such engine", type: "invalid_request_error" } });
});

test("a failed attempt is made good by an upstream of another dialect, and the other way round", async () => {
	const failing = await startToy(json({ oops: "no seeds" }, 503));
	const toy = upstream("toy", failing.url.replace(/\/v1$/, ""), { provider: "toy" });
	const lab = await startLab();
	const gateway = await gatewayWith({
		upstreams: [toy, upstream("lab", lab.url)],
		routes: [route(["toy/parrot", "lab/ok"])],
	});
	const { data, response } = await clientOf(gateway).chat.completions.create(question).withResponse();
	expect(data.choices[0]?.finish_reason).toBe("stop");
	expect(response.headers.get("x-llmgw-attempts")).toMatch(/toy\/parrot.*503.*lab\/ok.*200/);
	const talking = await startToy(json(whole));
	const other = await gatewayWith({
		upstreams: [upstream("down", "http://127.0.0.1:9/v1"), { ...toy, url: talking.url.replace(/\/v1$/, "") }],
		routes: [route(["down", "toy/parrot"])],
	});
	const answer = await clientOf(other).chat.completions.create(question);
	expect(answer.choices[0]?.message.content).toBe("Hello.");
});

test("what can't be translated is refused, and the next target that speaks it is asked", async () => {
	const { client, host } = await toyGateway(json(whole));
	const refused = await client.completions
		.create({ model: "test-model", prompt: "?" })
		.catch((error: unknown) => error);
	expect(refused).toMatchObject({ status: 400, code: "unsupported_by_upstream" });
	expect(host.received).toEqual([]);
	const lab = await startLab();
	const gateway = await gatewayWith({
		upstreams: [upstream("toy", host.url, { provider: "toy" }), upstream("lab", lab.url)],
		routes: [route(["toy/parrot", "lab/ok"])],
	});
	const answer = await clientOf(gateway).completions.create({ model: "test-model", prompt: "?" });
	expect(answer.choices[0]?.finish_reason).toBe("stop");
});
