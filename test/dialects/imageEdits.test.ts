/** Pictures that are changed or varied: forms and JSON, for upstreams that follow OpenAI and for others. */
import { expect, test } from "vitest";
import { formBytes, type Part, partsIn, postForm } from "../kit/forms.js";
import { dropped, type Json, json, type Over, translatedOver } from "../kit/translated.js";

const edits = "/v1/images/edits";
const variations = "/v1/images/variations";
const prompt = "The same at night";
const png = Buffer.from("89504e470d0a1a0a00", "hex");
const base64 = png.toString("base64");
const made = { created: 1, data: [{ b64_json: base64 }] };
const file = (name: string, value: Uint8Array = png): Part => ({ name, value, filename: "a.bin", type: "image/x-odd" });
const text = (name: string, value: string): Part => ({ name, value });
const form = [text("model", "test-model"), text("prompt", prompt), text("size", "1024x1024"), file("image")];

const gemini: Over = { settings: { provider: "gemini" }, model: "gemini-2.5-flash-image" };
const drawn = { candidates: [{ content: { parts: [{ inlineData: { mimeType: "image/png", data: base64 } }] } }] };
const nova: Over = { settings: { provider: "bedrock", key: "k" }, model: "amazon.nova-canvas-v1:0" };
const stability: Over = { settings: { provider: "bedrock", key: "k" }, model: "stability.sd3-5-large-v1:0" };
const inline = { inlineData: { mimeType: "image/png", data: base64 } };

test("an upstream that follows OpenAI gets the form as it came, with its own name of the model", async () => {
	const { gateway, host } = await translatedOver(json(made));
	const response = await postForm(gateway.url, formBytes([...form, file("mask")]), {}, edits);
	expect([response.status, await response.json()]).toEqual([200, made]);
	const { body, headers, url } = host.received[0] as (typeof host.received)[0];
	expect(url).toBe(edits);
	const sent = Object.fromEntries(await partsIn(body, headers["content-type"]));
	const bytes = { filename: "a.bin", type: "image/x-odd", bytes: png };
	expect(sent).toEqual({ model: "real-model", prompt, size: "1024x1024", image: bytes, mask: bytes });
});

test.each<[string, Over, Json, Json]>([
	[
		"Gemini",
		gemini,
		drawn,
		{
			contents: [{ role: "user", parts: [inline, { text: prompt }] }],
			generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "1:1" } },
		},
	],
	[
		"Nova Canvas",
		nova,
		{ images: [base64] },
		{
			taskType: "IMAGE_VARIATION",
			imageVariationParams: { text: prompt, images: [base64] },
			imageGenerationConfig: { numberOfImages: 1, width: 1024, height: 1024 },
		},
	],
	[
		"Stability",
		stability,
		{ images: [base64], finish_reasons: [null] },
		{ prompt, mode: "image-to-image", image: base64, strength: 0.7, output_format: "png" },
	],
])("%s is shown the picture of a form, and that of JSON", async (_name, over, answer, expected) => {
	const { gateway, post, sent, host } = await translatedOver(json(answer), over);
	const response = await postForm(gateway.url, formBytes(form), {}, edits);
	expect(await response.json()).toMatchObject({ data: [{ b64_json: base64 }] });
	expect(sent()).toEqual(expected);
	expect(host.received[0]?.headers["content-type"]).toBe("application/json");
	const images = [{ image_url: `data:image/png;base64,${base64}` }];
	await post(edits, { model: "test-model", prompt, size: "1024x1024", images });
	expect(sent()).toEqual(expected);
});

test("a variation is asked for in words where a model goes by them alone", async () => {
	const { gateway, sent } = await translatedOver(json(drawn), gemini);
	const response = await postForm(gateway.url, formBytes([text("model", "test-model"), file("image")]), {}, variations);
	expect(response.status).toBe(200);
	expect(sent().contents).toEqual([{ role: "user", parts: [inline, { text: "Make a variation of this picture." }] }]);
});

test("several pictures go in their order", async () => {
	const other = Buffer.from("ffd8ff00", "hex");
	const { gateway, sent } = await translatedOver(json(drawn), gemini);
	const parts = [text("model", "test-model"), text("prompt", prompt), file("image[]"), file("image[]", other)];
	expect((await postForm(gateway.url, formBytes(parts), {}, edits)).status).toBe(200);
	const [{ parts: shown }] = sent().contents as [{ parts: Json[] }];
	expect(shown).toEqual([
		inline,
		{ inlineData: { mimeType: "image/jpeg", data: other.toString("base64") } },
		{ text: prompt },
	]);
});

test("what a model can't be told is named, and a mask is refused", async () => {
	const { gateway, host } = await translatedOver(json({ images: [base64] }), nova);
	const faithful = formBytes([...form, text("input_fidelity", "high")]);
	expect(dropped(await postForm(gateway.url, faithful, {}, edits))).toEqual(["input_fidelity"]);
	const masked = await postForm(gateway.url, formBytes([...form, file("mask")]), {}, edits);
	expect([masked.status, await masked.json()]).toMatchObject([
		400,
		{ error: { code: "unsupported_by_upstream", param: "mask" } },
	]);
	expect(host.received).toHaveLength(1);
});

test.each<[string, Json, number, string]>([
	["no picture", { prompt }, 400, "image"],
	[
		"an address that the upstream does not look up",
		{ prompt, images: [{ image_url: "https://a.test/b.png" }] },
		400,
		"image",
	],
	["a file that OpenAI keeps", { prompt, images: [{ file_id: "file-1" }] }, 400, "image"],
])("JSON with %s is refused for Gemini", async (_what, body, status, param) => {
	const { post, host } = await translatedOver(json(drawn), gemini);
	const response = await post(edits, { model: "test-model", ...body });
	const { error } = (await response.json()) as { error: { param: string } };
	expect([response.status, error.param]).toEqual([status, expect.stringContaining(param)]);
	expect(host.received).toEqual([]);
});

test("a picture that was passed on as it came can't be translated, which is said", async () => {
	const { gateway, host } = await translatedOver(json(drawn), gemini);
	const large = Buffer.alloc(9 * 1024 * 1024, 1);
	const response = await postForm(gateway.url, formBytes([...form.slice(0, 3), file("image", large)]), {}, edits);
	expect([response.status, await response.json()]).toMatchObject([
		413,
		{ error: { code: "body_too_large", message: expect.stringContaining("--upload-memory") } },
	]);
	expect(host.received).toEqual([]);
});
