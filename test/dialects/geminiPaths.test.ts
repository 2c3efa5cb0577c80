/** Google's paths: the model in them, errors, keys, and lists of models in each vendor's shape. */
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { startGateway, temporaryFile } from "../kit/gateway.js";
import { content, geminiScene } from "../kit/geminiScene.js";
import { addKey } from "../kit/keys.js";
import { route, target, upstream } from "../kit/routing.js";
import { bytes, completion, type Json, json } from "../kit/translated.js";

const hello = { contents: [{ role: "user", parts: [{ text: "Hello" }] }] };
const spaced = `{ "contents" : [ {"parts":[{"text":"Grüße"}], "role":"user"} ],\n\t"unknown_member": 1.50, "labels": {"a":"b"} }`;

describe("the model in the path", () => {
	const scene = geminiScene();

	test.each([
		["/v1beta/models/gemini-2.5-flash:generateContent", "/v1beta/models/gemini-2.5-flash:generateContent"],
		["/v1/models/gemini-2.5-flash:generateContent?a=b", "/v1beta/models/gemini-2.5-flash:generateContent?a=b"],
		["/v1beta/models/org/model:generateContent", "/v1beta/models/org/model:generateContent"],
		["/v1beta/models/org%2Fmodel:generateContent", "/v1beta/models/org%2Fmodel:generateContent"],
		["/v1beta/tunedModels/mine-1:generateContent", "/v1beta/tunedModels/mine-1:generateContent"],
		["/v1beta/models/a:b:generateContent", "/v1beta/models/a:b:generateContent"],
		["/v1beta/models/gem:generateContent", "/v1beta/models/gemini-3-pro-preview:generateContent"],
		[
			"/v1beta/models/gem:streamGenerateContent?alt=sse",
			"/v1beta/models/gemini-3-pro-preview:streamGenerateContent?alt=sse",
		],
		[
			"/v1beta/models/gem:streamGenerateContent?alt=json&a=b",
			"/v1beta/models/gemini-3-pro-preview:streamGenerateContent?a=b&alt=sse",
		],
		["/v1beta/models/gem:countTokens", "/v1beta/models/gemini-3-pro-preview:countTokens"],
	])("%s is forwarded to %s, with no other byte of the body", async (path, expected) => {
		scene.answer({ google: json({ ...content([{ text: "Hi." }]), totalTokens: 3 }) });
		const response = await scene.post(path, spaced);
		await response.text();
		expect(response.status).toBe(200);
		const { url, bytes: sent } = scene.sent("google");
		expect([url, sent.toString()]).toEqual([expected, spaced]);
	});

	test.each(["/v1beta/models/org%2Fgpt:generateContent", "/v1/tunedModels/gpt:generateContent"])(
		"%s has a route of its own",
		async (path) => {
			scene.answer({ chat: completion({ content: "Hi." }) });
			const answer = await scene.ask(path, hello);
			expect(answer).toMatchObject({ candidates: [{ content: { parts: [{ text: "Hi." }] } }] });
			expect(scene.sent("chat").json.model).toBe("real-chat");
		},
	);

	test("a body that repeats the name has it replaced too", async () => {
		scene.answer({ google: json({ embeddings: [] }) });
		const one = { content: { parts: [{ text: "a" }] } };
		await scene.ask("/v1beta/models/gem:batchEmbedContents", { requests: [{ model: "models/gem", ...one }] });
		expect(scene.sent("google").json).toEqual({ requests: [{ model: "models/gemini-3-pro-preview", ...one }] });
		await scene.ask("/v1beta/models/gem:embedContent", `{"model": "models/gem", "content" : {"parts":[]}}`);
		expect(scene.sent("google").bytes.toString()).toBe(
			`{"model": "models/gemini-3-pro-preview", "content" : {"parts":[]}}`,
		);
	});

	test("a body that names another model is refused", async () => {
		scene.answer({});
		const requests = [{ model: "models/other", content: { parts: [] } }];
		const answer = await scene.ask("/v1beta/models/gem:batchEmbedContents", { requests });
		expect(answer).toMatchObject({
			error: { code: 400, status: "INVALID_ARGUMENT", message: expect.stringContaining("requests.model") },
		});
		expect(scene.google.received).toEqual([]);
	});

	test("a list comes piece by piece from an upstream of Google's, as it does from Google", async () => {
		const events = ["Hel", "lo"].map((text) => ({ candidates: [{ content: { parts: [{ text }], role: "model" } }] }));
		const all = [...events, content([{ text: "." }])];
		scene.answer({ google: bytes(all.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join(""), 11) });
		const response = await scene.post("/v1beta/models/gem:streamGenerateContent", hello);
		expect(await response.json()).toEqual(all);
	});

	test.each([
		["/v1beta/models/gpt:generateContent", { contents: [] }, 400, "INVALID_ARGUMENT"],
		["/v1beta/models/gpt:generateContent", {}, 400, "INVALID_ARGUMENT"],
		["/v1beta/models/gpt:generateContent", "{", 400, "INVALID_ARGUMENT"],
		["/v1beta/models/%2E%2E%2Fx:generateContent", hello, 400, "INVALID_ARGUMENT"],
		["/v1beta/models/gpt:predict", hello, 404, "NOT_FOUND"],
		["/v1beta/models/org/gpt:predict", hello, 404, "NOT_FOUND"],
		["/v1beta/models/gpt%3Apredict", hello, 404, "NOT_FOUND"],
		["/v1beta/models/gpt:", hello, 404, "NOT_FOUND"],
		["/v1beta/models/gpt", hello, 405, "INVALID_ARGUMENT"],
		["/v1beta/cachedContents", hello, 404, "NOT_FOUND"],
		["/v1beta/models", hello, 405, "INVALID_ARGUMENT"],
	])("%s with %j is refused in Google's shape", async (path, body, code, status) => {
		scene.answer({});
		const response = await scene.post(path, body);
		expect(response.status).toBe(code);
		expect(await response.json()).toEqual({
			error: { code, message: expect.any(String), status, details: expect.any(Array) },
		});
	});

	test("other vendors' unknown paths keep their own shape", async () => {
		const shapeOf = async (path: string) => Object.keys(((await scene.ask(path, {})) as { error: Json }).error).sort();
		expect(await shapeOf("/v1/models/x:nothing")).toEqual(["code", "message", "param", "type"]);
		expect(await shapeOf("/v1/nothing")).toEqual(["code", "message", "param", "type"]);
	});

	test("a body that is too large, and a media type that is none, are refused in Google's shape", async () => {
		const path = `${scene.gateway.url}/v1beta/models/gpt:generateContent`;
		const wrong = await fetch(path, { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" });
		expect([wrong.status, ((await wrong.json()) as { error: Json }).error.status]).toEqual([415, "INVALID_ARGUMENT"]);
		const large = JSON.stringify({ contents: [{ parts: [{ text: "a".repeat(33 * 1024 * 1024) }] }] });
		const refused = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: large });
		expect([refused.status, ((await refused.json()) as { error: Json }).error.status]).toEqual([
			413,
			"INVALID_ARGUMENT",
		]);
	});

	test("an upstream that can't be reached is an error of Google's, and its own words pass as they are", async () => {
		const own = '{\n  "error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE", "x": 1}\n}';
		scene.answer({
			google: (_request, response) => response.writeHead(503, { "content-type": "application/json" }).end(own),
			chat: (_request, response) => response.socket?.destroy(),
		});
		const passed = await scene.post("/v1beta/models/gem:generateContent", hello);
		expect([passed.status, await passed.text()]).toEqual([503, own]);
		const broken = await scene.post("/v1beta/models/gpt:generateContent", hello);
		expect(broken.status).toBe(502);
		expect(await broken.json()).toMatchObject({ error: { code: 502, status: "UNAVAILABLE" } });
	});
});

describe("lists of models", () => {
	const scene = geminiScene();
	const google = {
		name: "models/gemini-3-pro-preview",
		displayName: "Gemini 3 Pro",
		inputTokenLimit: 1048576,
		supportedGenerationMethods: ["generateContent"],
	};
	const get = async (path: string, headers: Record<string, string> = {}) =>
		(await (await fetch(scene.gateway.url + path, { headers })).json()) as Json;
	const lists = () =>
		scene.answer({
			google: (request, response) =>
				json(request.url.startsWith("/v1beta/models?pageSize=1000") ? { models: [google] } : {})(
					request,
					response,
					null as never,
				),
			chat: json({ object: "list", data: [{ id: "real-chat", object: "model", created: 1700000000, owned_by: "me" }] }),
		});
	afterEach(() => scene.answer({}));

	test("come in Google's shape, page by page", async () => {
		lists();
		const first = await get("/v1beta/models?pageSize=2");
		const second = await get(`/v1beta/models?pageSize=50&pageToken=${first.nextPageToken}`);
		const models = [...(first.models as Json[]), ...(second.models as Json[])];
		expect(second).not.toHaveProperty("nextPageToken");
		expect(models.map(({ name }) => name)).toEqual([
			"models/gem",
			"models/gpt",
			"models/org/gpt",
			"tunedModels/gpt",
			"models/gemini-3-pro-preview",
		]);
		expect(models[0]).toEqual({ ...google, name: "models/gem" });
		expect(models[1]).toMatchObject({
			displayName: "gpt",
			supportedGenerationMethods: expect.arrayContaining(["generateContent"]),
		});
		expect(await get("/v1beta/models/gem")).toEqual({ ...google, name: "models/gem" });
		expect(await get("/v1beta/models/nothing")).toMatchObject({ error: { code: 404, status: "NOT_FOUND" } });
		expect(await get("/v1beta/models?pageToken=eA")).toMatchObject({
			error: { code: 400, status: "INVALID_ARGUMENT" },
		});
	});

	test("come in Anthropic's shape for its clients, page by page", async () => {
		const headers = { "anthropic-version": "2023-06-01" };
		const page = await get("/v1/models?limit=2", headers);
		const gem = { type: "model", id: "gem", display_name: "Gemini 3 Pro", created_at: "1970-01-01T00:00:00Z" };
		expect(page).toEqual({
			data: [
				{ ...gem, max_input_tokens: 1048576 },
				{ type: "model", id: "gpt", display_name: "gpt", created_at: "2023-11-14T22:13:20Z" },
			],
			first_id: "gem",
			last_id: "gpt",
			has_more: true,
		});
		const ids = ({ data }: Json) => (data as Json[]).map(({ id }) => id);
		const rest = await get("/v1/models?after_id=gpt", headers);
		expect([ids(rest), rest.has_more]).toEqual([["org/gpt", "tunedModels/gpt", "gemini-3-pro-preview"], false]);
		const before = await get("/v1/models?before_id=tunedModels/gpt&limit=2", headers);
		expect([ids(before), before.has_more]).toEqual([["gpt", "org/gpt"], true]);
		expect(await get("/v1/models/gpt", headers)).toMatchObject({ type: "model", id: "gpt" });
		expect(await get("/v1/models?limit=x", headers)).toMatchObject({
			type: "error",
			error: { type: "invalid_request_error" },
		});
		expect(await get("/v1/models/nothing", headers)).toMatchObject({
			type: "error",
			error: { type: "not_found_error" },
		});
	});

	test("come in OpenAI's shape for all others", async () => {
		const { object, data } = await get("/v1/models");
		expect(object).toBe("list");
		const gem = { id: "gem", object: "model", created: 0, owned_by: "google", display_name: "Gemini 3 Pro" };
		expect(data).toContainEqual(expect.objectContaining({ ...gem, context_length: 1048576 }));
		expect(await get("/v1/models/gpt")).toMatchObject({ id: "gpt", object: "model", created: 1700000000 });
	});

	test("of a single upstream are Google's own for its clients, and translated for others", async () => {
		const body = `{ "models" : [ ${JSON.stringify(google)} ], "nextPageToken": "x" }`;
		const host = await startAiHost(
			(_request, response) => response.writeHead(200, { "content-type": "application/json" }).end(body),
			{ listsModels: true },
		);
		onTestFinished(() => host.close());
		const upstreams = [upstream("google", `${host.url}/v1beta`, { provider: "gemini", key: "k" })];
		const gateway = await startGateway(
			"127.0.0.1",
			{},
			{ upstreams, routes: [route([target("google")], { models: ["*"] })] },
		);
		onTestFinished(() => gateway.stop());
		expect(await (await fetch(`${gateway.url}/v1beta/models?pageSize=1`)).text()).toBe(body);
		expect(host.received.at(-1)?.url).toBe("/v1beta/models?pageSize=1");
		const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as { data: Json[] };
		expect(data).toEqual([
			expect.objectContaining({ id: "gemini-3-pro-preview", object: "model", owned_by: "google" }),
		]);
	});
});

describe("keys", () => {
	const scene = geminiScene({ "require-keys": true, verbose: true, "log-format": "json" });
	const places = {
		authorization: (key: string) => ["", { authorization: `Bearer ${key}` }] as const,
		"x-api-key": (key: string) => ["", { "x-api-key": key }] as const,
		"x-goog-api-key": (key: string) => ["", { "x-goog-api-key": key }] as const,
		"api-key": (key: string) => ["", { "api-key": key }] as const,
		"?key=": (key: string) => [`?alt=sse&key=${key}`, {}] as const,
		"?%6bey=": (key: string) => [`?%6bey=${key}`, {}] as const,
		"?access_token=": (key: string) => [`?alt=sse&access_token=${key}`, {}] as const,
		"?access%5Ftoken=, and a header of another": (key: string) =>
			[`?access%5Ftoken=${key}`, { "x-api-key": "other" }] as const,
	};

	test.each(Object.keys(places) as (keyof typeof places)[])(
		"are taken from %s on every path, and go nowhere",
		async (place) => {
			const { secret } = await addKey(scene.gateway, {
				name: `key in ${place}`.replace(/[^a-z]+/g, "-") + place.length,
			});
			const [query, headers] = places[place](secret);
			const messages = [{ role: "user", content: `my key is ${secret}` }];
			const asked: [string, Json][] = [
				["/v1beta/models/gem:generateContent", hello],
				["/v1beta/models/gpt:generateContent", hello],
				[`/v1beta/models/${secret}:generateContent`, hello],
				["/v1/chat/completions", { model: "gpt", messages }],
				["/v1/messages", { model: "gpt", max_tokens: 9, messages }],
				["/v1/responses", { model: "gpt", input: "Hello" }],
				["/v1/embeddings", { model: "gpt", input: "Hello" }],
			];
			scene.answer({
				google: json(content([{ text: "Hi." }])),
				chat: json({
					choices: [{ index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" }],
					data: [{ embedding: [1] }],
				}),
			});
			for (const [path, body] of asked) {
				const response = await scene.post(path + query, body, headers);
				expect([path, response.status, await response.text()]).toEqual([
					path,
					200,
					expect.not.stringContaining(secret),
				]);
			}
			for (const path of ["/v1/models", "/v1beta/models"])
				expect((await fetch(scene.gateway.url + path + query, { headers })).status).toBe(200);
			for (const { url, headers: sent } of [...scene.google.received, ...scene.chat.received]) {
				// As the name of a model it was sent on purpose.
				expect(decodeURIComponent(url).replace(`/models/${secret}:`, "")).not.toContain(secret);
				expect(JSON.stringify(sent)).not.toContain(secret);
			}
			await expect
				.poll(() => scene.gateway.printed.filter((text) => text.includes('"request"')).length)
				.toBeGreaterThan(0);
			expect(scene.gateway.printed.join("\n")).not.toContain(secret);
		},
	);

	test("that are missing or wrong are refused in Google's shape", async () => {
		scene.answer({});
		for (const headers of [{}, { "x-goog-api-key": "sentinel-wrong" }]) {
			const response = await scene.post("/v1beta/models/gem:generateContent?key=sentinel-wrong", hello, headers);
			expect(response.status).toBe(401);
			const text = await response.text();
			expect(JSON.parse(text)).toMatchObject({ error: { code: 401, status: "UNAUTHENTICATED" } });
			expect(text).not.toContain("sentinel");
		}
		expect(scene.gateway.printed.join("\n")).not.toContain("sentinel");
	});

	test("may use the models of their list alone, by whichever path", async () => {
		const { secret } = await addKey(scene.gateway, { name: "some", models: ["gpt", "org/*"] });
		const headers = { "x-goog-api-key": secret };
		scene.answer({ google: json(content([])), chat: completion({ content: "Hi." }) });
		const status = async (path: string) => (await scene.post(path, hello, headers)).status;
		expect(await status("/v1beta/models/gpt:generateContent")).toBe(200);
		expect(await status("/v1/models/org%2Fgpt:generateContent")).toBe(200);
		for (const path of [
			"/v1beta/models/gem:generateContent",
			"/v1beta/models/gem:countTokens",
			"/v1beta/tunedModels/gpt:generateContent",
		])
			expect(await status(path)).toBe(403);
		const { models } = (await (await fetch(`${scene.gateway.url}/v1beta/models`, { headers })).json()) as {
			models: Json[];
		};
		expect(models.map(({ name }) => name)).toEqual(["models/gpt", "models/org/gpt"]);
	});
});

test("lists of models and counts of tokens spend nothing of the limit on requests, and 429 says when to ask again", async () => {
	const host = await startAiHost((request, response) =>
		json(
			request.url.includes("input_tokens")
				? { input_tokens: 1 }
				: request.url.endsWith("/models")
					? { object: "list", data: [{ id: "m" }] }
					: { choices: [{ index: 0, message: { role: "assistant", content: "x" }, finish_reason: "stop" }] },
		)(request, response, null as never),
	);
	onTestFinished(() => host.close());
	const overlay = temporaryFile(
		"one.yaml",
		"overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, update: {x-rate-limit: {max: 1, window: 1m}}}]",
	);
	const gateway = await startGateway(host.url, { overlay });
	onTestFinished(() => gateway.stop());
	const post = (path: string, body: unknown) =>
		fetch(gateway.url + path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
	const messages = [{ role: "user", content: "Hello" }];
	for (let count = 0; count < 3; count += 1) {
		for (const path of ["/v1/models", "/v1/models/m", "/v1beta/models", "/v1beta/models/m"])
			expect([path, (await fetch(gateway.url + path)).status]).toEqual([path, 200]);
		for (const [path, body] of [
			["/v1/messages/count_tokens", { model: "m", messages }],
			["/v1/responses/input_tokens", { model: "m", input: "Hello" }],
			["/v1beta/models/m:countTokens", hello],
		] as const)
			expect([path, (await post(path, body)).status]).toEqual([path, 200]);
	}
	expect((await post("/v1beta/models/m:generateContent", hello)).status).toBe(200);
	const refused = await post("/v1beta/models/m:generateContent", hello);
	const seconds = refused.headers.get("retry-after");
	expect([refused.status, seconds]).toEqual([429, expect.stringMatching(/^\d+$/)]);
	const { error } = (await refused.json()) as { error: { status: string; details: Json[] } };
	expect(error.status).toBe("RESOURCE_EXHAUSTED");
	expect(error.details).toContainEqual({
		"@type": "type.googleapis.com/google.rpc.RetryInfo",
		retryDelay: `${seconds}s`,
	});
});
