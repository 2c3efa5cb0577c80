/** Streams whose clients ask for no token counts: the host is asked for them all the same, and nobody sees it. */
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { withoutUsage } from "../../src/dialects/openai/hiddenUsage.js";
import { usageRequest, withUsageRequest } from "../../src/dialects/openai/usageOptions.js";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import type { UsageRecord } from "../../src/store/usageTypes.js";
import { startAiHost } from "../kit/aiHost.js";
import { startGateway, withoutRateLimit } from "../kit/gateway.js";
import { route, startLab, upstream } from "../kit/routing.js";

const messages = [{ role: "user" as const, content: "Hello AI there" }];

async function inFrontOfLab(
	targets: string[],
	more: Partial<UpstreamSettings> = {},
	routeMore: Parameters<typeof route>[1] = {},
	flags: Record<string, unknown> = {},
) {
	const lab = await startLab();
	const names = [...new Set(targets.map((target) => target.split("/")[0] as string))];
	const routing = {
		upstreams: names.map((name) => upstream(name, lab.url, more)),
		routes: [route(targets, { models: ["*"], ...routeMore })],
	};
	const gateway = await startGateway(lab.url, { overlay: [withoutRateLimit()], ...flags }, routing);
	onTestFinished(() => gateway.stop());
	const records: UsageRecord[] = [];
	const recorder = gateway.gateway.services.usage;
	if (recorder) {
		const add = recorder.add;
		recorder.add = (record) => {
			records.push(record);
			add(record);
		};
	}
	return { lab, gateway, records };
}

const stream = (baseUrl: string, body: object) =>
	fetch(`${baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ messages, stream: true, max_tokens: 128, temperature: 0.7, ...body }),
	}).then((response) => response.text());

/** Without what differs from answer to answer. */
const comparable = (text: string) => text.replace(/"id":"[^"]*","created":\d+/g, "");

describe.each(["ask", "continuous"] as const)("a host that is asked (%s)", (usage) => {
	test("is not heard by a client that did not ask: its bytes are the same", async () => {
		const { lab, gateway, records } = await inFrontOfLab(["a/ok"], { usage });
		const direct = await stream(lab.url, { model: "ok" });
		expect(comparable(await stream(gateway.baseUrl, { model: "x" }))).toBe(comparable(direct));
		expect(lab.ledger.entries()[1]?.body).toMatchObject({ stream_options: { include_usage: true } });
		await expect.poll(() => records.length).toBe(1);
		const { prompt_tokens: input, completion_tokens: output } = lab.ledger.entries()[1] as never;
		expect(records[0]).toMatchObject({ isEstimated: false, tokens: { input, output } });
		expect(records[0]?.attempts[0]?.usage).toMatchObject({ prompt_tokens: input, total_tokens: input + output });
	});

	test("tells a client that asked for the end just that", async () => {
		const { lab, gateway } = await inFrontOfLab(["a/ok"], { usage });
		const options = { stream_options: { include_usage: true } };
		const events = (text: string) =>
			text
				.split("\n\n")
				.filter((event) => event.startsWith("data: {"))
				.map((event) => JSON.parse(event.slice(6)) as { usage?: object; choices: object[] });
		const mine = events(await stream(gateway.baseUrl, { model: "x", ...options }));
		expect(mine.filter(({ usage: told }) => told)).toEqual([expect.objectContaining({ choices: [] })]);
		const direct = events(await stream(lab.url, { model: "ok", ...options }));
		expect(mine.at(-1)?.usage).toEqual(direct.at(-1)?.usage);
		expect(mine.length).toBe(direct.length);
	});

	test("shows openai's SDK the very chunks that it would have seen", async () => {
		const { lab, gateway } = await inFrontOfLab(["a/ok"], { usage });
		const chunksOf = async (baseURL: string, model: string) => {
			const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
			const chunks = [];
			for await (const { id: _id, created: _created, ...chunk } of await client.chat.completions.create({
				model,
				messages,
				stream: true,
			}))
				chunks.push(chunk);
			return chunks;
		};
		expect(await chunksOf(gateway.baseUrl, "x")).toEqual(await chunksOf(lab.url, "ok"));
	});
});

test("calls of tools, several choices and text completions are the same too", async () => {
	const { lab, gateway } = await inFrontOfLab(["a/ok"]);
	const tools = ["weather", "time"].map((name) => ({ type: "function", function: { name, parameters: {} } }));
	for (const more of [{ tools }, { n: 3 }, { stream_options: { include_usage: false } }, { stream_options: null }]) {
		const direct = await stream(lab.url, { model: "ok", ...more });
		expect(comparable(await stream(gateway.baseUrl, { model: "x", ...more }))).toBe(comparable(direct));
	}
	const text = (baseUrl: string, model: string) =>
		fetch(`${baseUrl}/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ model, prompt: "Say it", stream: true, max_tokens: 50, temperature: 0.7 }),
		}).then((response) => response.text());
	expect(comparable(await text(gateway.baseUrl, "x"))).toBe(comparable(await text(lab.url, "ok")));
});

test("a stream that is cut is exact where the host counts as it goes", async () => {
	const { lab, gateway, records } = await inFrontOfLab(["a/cut:20"], { usage: "continuous" }, { rescue: "off" });
	await stream(gateway.baseUrl, { model: "x" });
	await expect.poll(() => records.length).toBe(1);
	const { prompt_tokens: input, completion_tokens: output } = lab.ledger.entries()[0] as never;
	expect(records[0]).toMatchObject({ outcome: "failed", isEstimated: false, tokens: { input, output } });
});

test("a rescued stream is whole, and shows no counts", async () => {
	const { lab, gateway, records } = await inFrontOfLab(
		["a/cut:20", "b/ok"],
		{ usage: "continuous" },
		{ rescue: "exact" },
	);
	const text = await stream(gateway.baseUrl, { model: "x" });
	expect(text).not.toContain("usage");
	expect(text).toMatch(/data: \[DONE\]\n\n$/);
	await expect.poll(() => records.length).toBe(1);
	const [cut, whole] = lab.ledger.entries();
	expect(records[0]?.attempts.map(({ kind, tokens }) => [kind, tokens?.input, tokens?.output])).toEqual([
		["first", cut?.prompt_tokens, cut?.completion_tokens],
		["rescue", whole?.prompt_tokens, whole?.completion_tokens],
	]);
});

test("a host that refuses to be asked is asked without, at once, and from then on", async () => {
	const host = await startAiHost(({ body }, response) => {
		const asked = body.includes("stream_options");
		if (asked) {
			response.writeHead(400, { "content-type": "application/json" });
			response.end(
				'{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error"}}',
			);
			return;
		}
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.end('data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
	});
	onTestFinished(() => host.close());
	const gateway = await startGateway(host.url);
	onTestFinished(() => gateway.stop());
	for (let count = 0; count < 2; count += 1) expect(await stream(gateway.baseUrl, { model: "x" })).toContain("Hi");
	expect(host.received.length).toBe(3);
});

test.each([
	["usage: never", { usage: "never" as const }, {}],
	["--usage false", {}, { usage: "false" }],
])("with %s nobody is asked", async (_name, more, flags) => {
	const { lab, gateway } = await inFrontOfLab(["a/ok"], more, {}, flags);
	await stream(gateway.baseUrl, { model: "x" });
	expect(lab.ledger.entries()[0]?.body).not.toHaveProperty("stream_options");
});

describe("what is written into a request", () => {
	const asked = (text: string, mode: UpstreamSettings["usage"] = "ask") => {
		const json = JSON.parse(text) as Record<string, unknown>;
		const found = usageRequest(json, mode);
		return found && withUsageRequest(json, { bytes: Buffer.from(text) }, found).bytes.toString();
	};
	test.each([
		['{"stream":true, "n":1.0}', '{"stream":true, "n":1.0,"stream_options":{"include_usage":true}}'],
		['{"stream":true,"stream_options":null}', '{"stream":true,"stream_options":{"include_usage":true}}'],
		['{"stream_options": {"a":1},"stream":true}', '{"stream_options": {"a":1,"include_usage":true},"stream":true}'],
		['{"stream":true,"stream_options":{"include_usage":true}}', undefined],
		['{"stream":false}', undefined],
		['{"stream":true,"stream_options":7}', undefined],
	])("%s", (given, expected) => expect(asked(given)).toBe(expected));

	test("after a large body it stands in the piece after it", () => {
		const json = { stream: true };
		const options = usageRequest(json, "continuous");
		if (options === undefined) throw new Error("nothing is asked");
		const { bytes, rest } = withUsageRequest(
			json,
			{ bytes: Buffer.from('{"stream":true'), rest: Buffer.from(',"n":1}') },
			options,
		);
		expect(`${bytes}${rest}`).toBe(
			'{"stream":true,"n":1,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}',
		);
	});
});

test.each([
	['data: {"a":1,"usage":null}\n\n', 'data: {"a":1}\n\n'],
	['data: {"a": 1, "usage": null, "b": 2}\n\n', 'data: {"a": 1, "b": 2}\n\n'],
	['data: {"usage":null,"a":1}\n\ndata: {"usage" : null}\n\n', 'data: {"a":1}\n\ndata: {}\n\n'],
	['data: {"a":"usage","b":"\\"usage\\":null"}\n\n', 'data: {"a":"usage","b":"\\"usage\\":null"}\n\n'],
	['data: {"usage":{"a":1}}\n\n', 'data: {"usage":{"a":1}}\n\n'],
])("%s without counts", (given, expected) => expect(withoutUsage(Buffer.from(given), false).toString()).toBe(expected));
