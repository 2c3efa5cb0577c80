/** Pictures that are changed or varied: forms and JSON, for upstreams that follow OpenAI and for others. */
import { deflateSync, inflateSync } from "node:zlib";
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
const inpaint: Over = { settings: { provider: "bedrock", key: "k" }, model: "us.stability.stable-image-inpaint-v1:0" };
const imagen: Over = { settings: { provider: "vertex", key: "ya29.k" }, model: "imagen-3.0-capability-001" };
const inline = { inlineData: { mimeType: "image/png", data: base64 } };

const raw = { referenceType: "REFERENCE_TYPE_RAW", referenceId: 1, referenceImage: { bytesBase64Encoded: base64 } };

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
	[
		"Stability's inpainting",
		inpaint,
		{ images: [base64], finish_reasons: [null] },
		{ prompt, image: base64, output_format: "png" },
	],
	[
		"Imagen",
		imagen,
		{ predictions: [{ mimeType: "image/png", bytesBase64Encoded: base64 }] },
		{ instances: [{ prompt, referenceImages: [raw] }], parameters: { sampleCount: 1, editMode: "EDIT_MODE_DEFAULT" } },
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

test("what a model can't be told is named", async () => {
	const { gateway } = await translatedOver(json({ images: [base64] }), nova);
	const faithful = formBytes([...form, text("input_fidelity", "high")]);
	expect(dropped(await postForm(gateway.url, faithful, {}, edits))).toEqual(["input_fidelity"]);
});

test("a mask is refused where a model takes none", async () => {
	const { gateway, host } = await translatedOver(json(drawn), gemini);
	const masked = await postForm(gateway.url, formBytes([...form, file("mask")]), {}, edits);
	expect([masked.status, await masked.json()]).toMatchObject([
		400,
		{ error: { code: "unsupported_by_upstream", param: "mask" } },
	]);
	expect(host.received).toEqual([]);
});

/** A PNG of pixels with red, green, blue and transparency, each line with another filter of PNG's (§9.2). */
function pngOf(lines: readonly (readonly number[][])[], filters: readonly number[]): Buffer {
	const paeth = (left: number, up: number, corner: number) => {
		const [a, b, c] = [left, up, corner].map((one) => Math.abs(left + up - corner - one)) as [number, number, number];
		return a <= b && a <= c ? left : b <= c ? up : corner;
	};
	const bytes = lines.map((line) => line.flat());
	const filtered = bytes.map((line, y) => {
		const at = (row: number, x: number) => (row < 0 || x < 0 ? 0 : (bytes[row]?.[x] as number));
		const values = line.map((value, x) => {
			const [left, up, corner] = [at(y, x - 4), at(y - 1, x), at(y - 1, x - 4)];
			const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
			return (value - (guesses[filters[y] as number] as number) + 256) % 256;
		});
		return [filters[y] as number, ...values];
	});
	const chunk = (type: string, data: Buffer) => {
		const length = Buffer.alloc(4);
		length.writeUInt32BE(data.length);
		return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
	};
	const header = Buffer.alloc(13);
	header.writeUInt32BE(lines[0]?.length ?? 1, 0);
	header.writeUInt32BE(lines.length, 4);
	header.set([8, 6], 8);
	const data = deflateSync(Buffer.from(filtered.flat()));
	return Buffer.concat([
		png.subarray(0, 8),
		chunk("IHDR", header),
		chunk("IDAT", data),
		chunk("IEND", Buffer.alloc(0)),
	]);
}

/** The shades of a grey PNG without filters, line by line. */
function shadesIn(base64Png: string): number[][] {
	const bytes = Buffer.from(base64Png, "base64");
	const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
	const at = bytes.indexOf("IDAT");
	const lines = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)));
	return Array.from({ length: height }, (_unused, y) => [
		...lines.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)),
	]);
}

test("Nova Canvas gets what is transparent of a mask in black", async () => {
	const { gateway, sent } = await translatedOver(json({ images: [base64] }), nova);
	const [seen, hidden] = [
		[200, 90, 30, 255],
		[10, 250, 77, 0],
	] as const;
	const lines = [0, 1, 2, 3, 4].map((y) => [0, 1, 2].map((x) => [...(x === y % 3 ? hidden : seen)]));
	const mask = pngOf(lines, [0, 1, 2, 3, 4]);
	const response = await postForm(gateway.url, formBytes([...form, file("mask", mask)]), {}, edits);
	expect(dropped(response)).toEqual(["size"]);
	const { inPaintingParams, ...others } = sent() as { inPaintingParams: { maskImage: string } };
	expect(others).toEqual({ taskType: "INPAINTING", imageGenerationConfig: { numberOfImages: 1 } });
	const { maskImage, ...params } = inPaintingParams;
	expect(params).toEqual({ text: prompt, image: base64 });
	expect(shadesIn(maskImage)).toEqual(lines.map((_line, y) => [0, 1, 2].map((x) => (x === y % 3 ? 0 : 255))));
});

const opaque = [200, 90, 30, 255];
const masked = pngOf([[opaque, [10, 250, 77, 0]]], [0]);

test("Stability's inpainting gets what is transparent of a mask in white", async () => {
	const { gateway, sent } = await translatedOver(json({ images: [base64], finish_reasons: [null] }), inpaint);
	const response = await postForm(gateway.url, formBytes([...form, file("mask", masked)]), {}, edits);
	expect([response.status, dropped(response)]).toEqual([200, ["size"]]);
	const { mask, ...others } = sent() as { mask: string };
	expect(others).toEqual({ prompt, image: base64, output_format: "png" });
	expect(shadesIn(mask)).toEqual([[0, 255]]);
});

test("Imagen gets what is transparent of a mask in white", async () => {
	const made = { predictions: [{ mimeType: "image/png", bytesBase64Encoded: base64 }] };
	const { gateway, sent } = await translatedOver(json(made), imagen);
	const response = await postForm(gateway.url, formBytes([...form, file("mask", masked)]), {}, edits);
	expect([response.status, dropped(response)]).toEqual([200, ["size"]]);
	const { instances, parameters } = sent() as { instances: [{ referenceImages: [Json, Json] }]; parameters: Json };
	expect(parameters).toEqual({ sampleCount: 1, editMode: "EDIT_MODE_INPAINT_INSERTION" });
	const [first, { referenceImage, ...second }] = instances[0].referenceImages;
	expect(first).toEqual(raw);
	expect(second).toEqual({
		...{ referenceType: "REFERENCE_TYPE_MASK", referenceId: 2 },
		maskImageConfig: { maskMode: "MASK_MODE_USER_PROVIDED" },
	});
	expect(shadesIn((referenceImage as { bytesBase64Encoded: string }).bytesBase64Encoded)).toEqual([[0, 255]]);
});

test.each<[string, Over]>([
	["Stability's inpainting", inpaint],
	["Imagen's model for edits", imagen],
])("%s makes no picture of words alone", async (_name, over) => {
	const { post, host } = await translatedOver(json({}), over);
	const response = await post("/v1/images/generations", { model: "test-model", prompt });
	expect([response.status, await response.json()]).toMatchObject([400, { error: { param: "image" } }]);
	expect(host.received).toEqual([]);
});

test.each<[string, Buffer]>([
	["no PNG", Buffer.from("GIF89a")],
	["a PNG without anything in it", png],
	["a PNG without lines", pngOf([], [])],
	["a PNG whose lines are missing", pngOf([[[1, 2, 3, 4]]], [0]).fill(2, 20, 24)],
])("a mask that is %s is refused for Nova Canvas", async (_what, mask) => {
	const { gateway, host } = await translatedOver(json({ images: [base64] }), nova);
	const response = await postForm(gateway.url, formBytes([...form, file("mask", mask)]), {}, edits);
	expect([response.status, await response.json()]).toMatchObject([
		400,
		{ error: { code: "invalid_mask", param: "mask" } },
	]);
	expect(host.received).toEqual([]);
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
