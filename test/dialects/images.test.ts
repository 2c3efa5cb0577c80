/** Pictures of upstreams that have them in a form of their own, for clients of OpenAI's images. */
import { describe, expect, onTestFinished, test } from "vitest";
import { sendJson, startAiHost, startStream } from "../kit/aiHost.js";
import { gatewayFor } from "../kit/gateway.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { dropped, type Json, json, named, type Over, translatedOver } from "../kit/translated.js";

const path = "/v1/images/generations";
const prompt = "A lighthouse";
const png = Buffer.from("a picture").toString("base64");

interface Host {
	readonly over: Over;
	readonly path: string;
	readonly answer: Json;
	/** What it is sent, for one picture of 1536 by 864 pixels. */
	readonly sent: Json;
	/** What it can't be told of `quality` and `user`. */
	readonly lost: readonly string[];
	/** An answer without a picture, with its reason. */
	readonly refusal: Json;
}

const hosts: Record<string, Host> = {
	Gemini: {
		over: { settings: { provider: "gemini" }, model: "gemini-2.5-flash-image" },
		path: "/v1/models/gemini-2.5-flash-image:generateContent",
		answer: {
			candidates: [{ content: { parts: [{ text: "Here." }, { inlineData: { mimeType: "image/png", data: png } }] } }],
			usageMetadata: {
				promptTokenCount: 3,
				candidatesTokenCount: 1290,
				candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1290 }],
			},
			modelVersion: "gemini-2.5-flash-image",
		},
		sent: {
			contents: [{ role: "user", parts: [{ text: prompt }] }],
			generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "16:9" } },
		},
		lost: ["quality", "user"],
		refusal: { candidates: [{ finishReason: "IMAGE_SAFETY", finishMessage: "no such picture" }] },
	},
	Imagen: {
		over: { settings: { provider: "gemini" }, model: "imagen-4.0-generate-001" },
		path: "/v1/models/imagen-4.0-generate-001:predict",
		answer: { predictions: [{ mimeType: "image/png", bytesBase64Encoded: png }] },
		sent: { instances: [{ prompt }], parameters: { sampleCount: 1, aspectRatio: "16:9" } },
		lost: ["quality", "user"],
		refusal: { predictions: [{ raiFilteredReason: "no such picture" }] },
	},
	"Nova Canvas": {
		over: { settings: { provider: "bedrock", key: "k" }, model: "amazon.nova-canvas-v1:0" },
		path: "/v1/model/amazon.nova-canvas-v1%3A0/invoke",
		answer: { images: [png] },
		sent: {
			taskType: "TEXT_IMAGE",
			textToImageParams: { text: prompt },
			imageGenerationConfig: { numberOfImages: 1, width: 1536, height: 864, quality: "premium" },
		},
		lost: ["user"],
		refusal: { images: [], error: "no such picture" },
	},
	Stability: {
		over: { settings: { provider: "bedrock", key: "k" }, model: "stability.sd3-5-large-v1:0" },
		path: "/v1/model/stability.sd3-5-large-v1%3A0/invoke",
		answer: { seeds: [1], finish_reasons: [null], images: [png] },
		sent: { prompt, output_format: "png", aspect_ratio: "16:9" },
		lost: ["quality", "user"],
		refusal: { finish_reasons: ["no such picture"] },
	},
};

const asked = { model: "test-model", prompt, size: "1536x864" };

describe.each(Object.entries(hosts))("%s", (name, { over, path: hostPath, answer, sent: expected, lost, refusal }) => {
	test("is asked in its own words", async () => {
		const { post, sent, host } = await translatedOver(json(answer), over);
		const response = await post(path, { ...asked, quality: "high", user: "u" });
		expect(await response.json()).toMatchObject({
			created: expect.any(Number),
			data: [{ b64_json: png }],
			output_format: "png",
			...(name === "Gemini" && {
				usage: {
					input_tokens: 3,
					output_tokens: 1290,
					output_tokens_details: { image_tokens: 1290 },
					total_tokens: 1293,
				},
			}),
		});
		expect(sent()).toEqual(expected);
		expect(host.received.at(-1)?.url).toBe(hostPath);
		expect(dropped(response)).toEqual(lost);
	});

	test("gives a data URL where the client wants an address", async () => {
		const { ask } = await translatedOver(json(answer), over);
		const made = await ask(path, { ...asked, response_format: "url" });
		expect(made.data).toEqual([{ url: `data:image/png;base64,${png}` }]);
	});

	test("answers a stream with the finished picture", async () => {
		const { stream } = await translatedOver(json(answer), over);
		expect(await stream(path, asked)).toMatchObject([
			{ type: "image_generation.completed", b64_json: png, created_at: expect.any(Number), output_format: "png" },
		]);
	});

	test("says why it makes no picture, which is the request's fault", async () => {
		const { post } = await translatedOver(json(refusal), over);
		const response = await post(path, asked);
		expect([response.status, await response.json()]).toMatchObject([
			400,
			{ error: { message: "no such picture", code: "content_filter" } },
		]);
	});

	test("is not asked for more pictures than it makes of one request", async () => {
		const { post, host } = await translatedOver(json(answer), over);
		const response = await post(path, { ...asked, n: 10 });
		expect([response.status, await response.json()]).toMatchObject([
			400,
			{ error: { code: "unsupported_by_upstream", param: "n", message: expect.stringContaining("'n' is 10") } },
		]);
		expect(host.received).toEqual([]);
	});
});

test.each<[string, string, Json, string[]]>([
	["1024x1024", "Gemini", { aspectRatio: "1:1" }, []],
	["1792x1024", "Gemini", { aspectRatio: "16:9" }, []],
	["2048x2048", "Gemini", { aspectRatio: "1:1", imageSize: "2K" }, []],
	["4096x2304", "Gemini", { aspectRatio: "16:9", imageSize: "4K" }, []],
	["1000x400", "Gemini", { aspectRatio: "21:9" }, ["size"]],
])("%s is the nearest shape and size that %s has", async (size, name, imageConfig, lost) => {
	const { over, answer } = hosts[name] as Host;
	const { post, sent } = await translatedOver(json(answer), over);
	const response = await post(path, { ...asked, size });
	expect(sent().generationConfig).toMatchObject({ imageConfig });
	expect(dropped(response)).toEqual(lost);
});

test.each([["wide"], ["0x10"], ["1024"]])("a size of %s is refused", async (size) => {
	const { over, answer } = hosts.Gemini as Host;
	const { post } = await translatedOver(json(answer), over);
	const response = await post(path, { ...asked, size });
	expect([response.status, await response.json()]).toMatchObject([400, { error: { param: "size" } }]);
});

const large = Buffer.alloc(3 * 1024 * 1024, "p").toString("base64");
const events = [
	{ type: "image_generation.partial_image", partial_image_index: 0, b64_json: large },
	{ type: "image_generation.completed", b64_json: large, usage: { input_tokens: 4, output_tokens: 272 } },
];

describe("an upstream that follows OpenAI", () => {
	const made = { created: 1, data: [{ b64_json: png }], usage: { input_tokens: 4, output_tokens: 272 } };

	test("gets the request as it came, and its answer goes back as it is", async () => {
		const { post, sent } = await translatedOver(json(made));
		const response = await post(path, { ...asked, moderation: "low", background: "transparent" });
		expect(await response.json()).toEqual(made);
		expect(sent()).toEqual({ ...asked, model: "real-model", moderation: "low", background: "transparent" });
		expect(dropped(response)).toEqual([]);
	});

	test("streams pictures of several megabytes, event by event", async () => {
		const { stream } = await translatedOver(named(events, 64 * 1024));
		expect(await stream(path, { ...asked, partial_images: 1 })).toEqual(events);
	});

	test("that breaks off before the picture is finished ends the stream with an error", async () => {
		const { stream } = await translatedOver(named(events.slice(0, 1)));
		const [partial, error] = await stream(path, { ...asked, partial_images: 1 });
		expect(partial).toEqual(events[0]);
		expect(error).toMatchObject({ error: { code: expect.any(String) } });
	});

	test("that knows no streams answers one all the same", async () => {
		const { stream } = await translatedOver(json({ ...made, data: [{ b64_json: large }] }));
		expect(await stream(path, asked)).toEqual([
			{ type: "image_generation.completed", b64_json: large, created_at: 1, usage: made.usage },
		]);
	});
});

test("a picture that one vendor fails to make is made by another, and a strict route leaves out who can't be told all", async () => {
	const failing = await startAiHost((_request, response) => sendJson(response, { error: { message: "no" } }, 503));
	const making = await startAiHost((_request, response) => sendJson(response, hosts.Gemini?.answer));
	onTestFinished(() => Promise.all([failing.close(), making.close()]).then(() => {}));
	const upstreams = [upstream("one", `${failing.url}/v1`), upstream("two", `${making.url}/v1`, { provider: "gemini" })];
	const targets = [target("one/a"), target("two/gemini-2.5-flash-image")];
	const gateway = await gatewayWith({
		upstreams,
		routes: [
			route(targets, { models: ["test-model"] }),
			route(targets, { name: "strict", models: ["strict-model"], strict: true }),
		],
	});
	const post = (body: object) =>
		fetch(gateway.url + path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ ...asked, ...body }),
		});
	const made = await post({ quality: "high" });
	expect([made.status, await made.json()]).toMatchObject([200, { data: [{ b64_json: png }] }]);
	expect((await post({ model: "strict-model" })).status).toBe(200);
	expect((await post({ model: "strict-model", quality: "high" })).status).toBeGreaterThanOrEqual(400);
	expect(making.received).toHaveLength(2);
});

test("a client that leaves ends the drawing", async () => {
	const [partial] = events;
	const host = await startAiHost((_request, response) => {
		startStream(response);
		response.write(`event: ${partial?.type}\ndata: ${JSON.stringify(partial)}\n\n`);
	});
	onTestFinished(() => host.close());
	const { baseUrl } = await gatewayFor(host);
	const leaving = new AbortController();
	const aborted = host.nextAbort();
	const response = await fetch(`${baseUrl}/images/generations`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...asked, stream: true }),
		signal: leaving.signal,
	});
	await response.body?.getReader().read();
	leaving.abort();
	await aborted;
});

test("a request without a prompt is refused, with the name of what is missing", async () => {
	const { post, host } = await translatedOver(json({ data: [] }));
	const response = await post(path, { model: "test-model" });
	expect([response.status, await response.json()]).toMatchObject([400, { error: { param: "prompt" } }]);
	expect(host.received).toEqual([]);
});
