/** Pictures by OpenAI's SDK, unmodified, through a gateway to the lab as each vendor has them, and to the demo host. */
import OpenAI, { toFile } from "openai";
import { expect, onTestFinished, test } from "vitest";
import { startDemoHost } from "../kit/aiHost.js";
import { gatewayFor } from "../kit/gateway.js";
import { gatewayWith, route, startLab, target, upstream } from "../kit/routing.js";
import type { Over } from "../kit/translated.js";

const pngSignature = "89504e470d0a1a0a";
const asked = { model: "public", prompt: "A lighthouse at dusk" };

/** The lab as each vendor, by the provider and what its model is called there. */
const vendors: Record<string, Over> = {
	OpenAI: { settings: { provider: "openai" }, model: "ok" },
	Gemini: { settings: { provider: "gemini" }, model: "ok" },
	Imagen: { settings: { provider: "gemini" }, model: "ok,id=imagen-4" },
	"Nova Canvas": { settings: { provider: "bedrock" }, model: "ok,id=nova-canvas" },
	Stability: { settings: { provider: "bedrock" }, model: "ok,id=stability.sd3" },
};

async function clientOf({ settings = {}, model }: Over): Promise<OpenAI> {
	const lab = await startLab();
	const root = lab.url.replace(/\/v1$/, settings.provider === "bedrock" ? "" : "/v1");
	const gateway = await gatewayWith({
		upstreams: [upstream("lab", root, { key: "k", ...settings })],
		routes: [route([target(`lab/${model}`)], { models: ["public"] })],
	});
	return new OpenAI({ apiKey: "client", baseURL: gateway.baseUrl, maxRetries: 0 });
}

function isPng(base64: string | undefined): boolean {
	return Buffer.from(base64 ?? "", "base64").toString("hex", 0, 8) === pngSignature;
}

test.each(Object.entries(vendors))("%s makes a picture, as base64 and as an address", async (_name, vendor) => {
	const client = await clientOf(vendor);
	const { data, output_format } = await client.images.generate({ ...asked, size: "1024x1024" });
	expect(data?.map(({ b64_json }) => isPng(b64_json))).toEqual([true]);
	expect(output_format).toBe("png");
	const { data: addressed } = await client.images.generate({ ...asked, response_format: "url" });
	const picture = await (await fetch(addressed?.[0]?.url ?? "")).arrayBuffer();
	expect(isPng(Buffer.from(picture).toString("base64"))).toBe(true);
});

test.each(Object.entries(vendors))("%s makes a picture in a stream", async (name, vendor) => {
	const client = await clientOf(vendor);
	const types: string[] = [];
	for await (const event of await client.images.generate({ ...asked, stream: true, partial_images: 2 })) {
		types.push(event.type);
		expect(isPng(event.b64_json)).toBe(true);
	}
	const partial = "image_generation.partial_image";
	expect(types).toEqual([...(name === "OpenAI" ? [partial, partial] : []), "image_generation.completed"]);
});

const picture = () => toFile(Buffer.from(`${pngSignature}00`, "hex"), "lighthouse.png", { type: "image/png" });
/** Those of a model that takes pictures. */
const editors = Object.entries(vendors).filter(([name]) => name !== "Imagen");

test.each(editors)("%s changes a picture, and makes another like it", async (_name, vendor) => {
	const client = await clientOf(vendor);
	const edited = await client.images.edit({ ...asked, image: await picture() });
	expect(edited.data?.map(({ b64_json }) => isPng(b64_json))).toEqual([true]);
	const varied = await client.images.createVariation({ model: "public", image: await picture() });
	expect(varied.data?.map(({ b64_json }) => isPng(b64_json))).toEqual([true]);
	const types: string[] = [];
	for await (const event of await client.images.edit({ ...asked, image: await picture(), stream: true }))
		types.push(event.type);
	expect(types).toEqual(["image_edit.completed"]);
});

test("several pictures of one request come all", async () => {
	const client = await clientOf(vendors.Imagen as Over);
	const { data } = await client.images.generate({ ...asked, n: 3 });
	expect(new Set(data?.map(({ b64_json }) => b64_json)).size).toBe(3);
});

test("the demo host makes one, whatever its model", async () => {
	const host = await startDemoHost();
	onTestFinished(() => host.close());
	const { baseUrl } = await gatewayFor(host);
	const client = new OpenAI({ apiKey: "client", baseURL: baseUrl, maxRetries: 0 });
	const { data } = await client.images.generate({ prompt: "A lighthouse" });
	expect(data?.map(({ b64_json }) => isPng(b64_json))).toEqual([true]);
});
