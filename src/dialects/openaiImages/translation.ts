/** OpenAI's pictures: requests into the neutral model, and answers out of it. */
import type { ImageRequest, ImageResponse, Picture, PictureSize } from "../../chat/images.js";
import type { UsedUnits } from "../../chat/usedUnits.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import type { ImageTranslation, Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";
import { tokensOf } from "../usageCounts.js";

const known = new Set([
	...["model", "prompt", "n", "size", "quality", "response_format", "output_format", "output_compression"],
	...["stream", "user", "image", "images", "mask", "negative_prompt", "seed"],
]);

export const translation: ImageTranslation = {
	readRequest(body, dropped): ImageRequest {
		for (const name in body) if (!known.has(name) && body[name] && body[name] !== "auto") dropped.add(name);
		return {
			model: textIn(body.model) || undefined,
			prompt: textIn(body.prompt),
			negativePrompt: textIn(body.negative_prompt) || undefined,
			count: numberIn(body.n) ?? 1,
			size: sizeIn(body.size),
			quality: chosen(body.quality),
			outputFormat: chosen(body.output_format),
			outputCompression: numberIn(body.output_compression),
			seed: numberIn(body.seed),
			user: textIn(body.user) || undefined,
			pictures: [body.image, body.images]
				.flat()
				.filter(isGiven)
				.map((given) => pictureIn(given, "image")),
			mask: isGiven(body.mask) ? pictureIn(body.mask, "mask") : undefined,
			wantsUrl: body.response_format === "url",
		};
	},
	writeResponse({ pictures, usage }, { wantsUrl }) {
		return withoutUndefined({
			created: Math.floor(Date.now() / 1000),
			data: pictures.map((picture) => (wantsUrl ? { url: dataUrl(picture) } : { b64_json: picture.data })),
			output_format: formatOf(pictures),
			usage: usage && usageOf(usage),
		});
	},
};

function isGiven(value: unknown): boolean {
	return value !== undefined && value !== null;
}

/** For requests that bring pictures. */
export const ofPictures: ImageTranslation = {
	...translation,
	readRequest(body, dropped) {
		const request = translation.readRequest(body, dropped);
		if (request.pictures.length > 0) return request;
		const message = "The upstream is asked in JSON, for which a form's pictures must fit in memory (--upload-memory).";
		throw new GatewayError(413, message, { code: "body_too_large", param: "image" });
	},
};

/** Pictures are counted by the request: what an answer has of them is not looked into. */
export function unitsOf({ n, size, quality }: Json): UsedUnits {
	const variant = [chosen(size), chosen(quality)].filter((part) => part !== undefined).join("/");
	return { counts: { images: numberIn(n) ?? 1 }, variant: variant || undefined };
}

/** What the model may choose is said by `auto`, or not at all. */
function chosen(value: unknown): string | undefined {
	const text = textIn(value);
	return text === "" || text === "auto" ? undefined : text;
}

/** @throws GatewayError 400 for what is no size */
function sizeIn(value: unknown): PictureSize | undefined {
	const text = chosen(value);
	if (text === undefined) return undefined;
	const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text) ?? [];
	if (width !== undefined && height !== undefined) return { width: Number(width), height: Number(height) };
	const message = "size must be a width and a height in pixels, such as 1024x1024, or auto";
	throw new GatewayError(400, message, { code: "invalid_value", param: "size" });
}

const dataUrlPattern = /^data:(image\/[a-z0-9.+-]+);base64,/i;

/**
 * A picture in a data URL, alone or as the `image_url` of an object.
 *
 * @throws GatewayError 400 for one that only the upstream that keeps it can find
 */
function pictureIn(given: unknown, param: string): Picture {
	const address = isObject(given) ? given.image_url : given;
	const url = textIn(isObject(address) ? address.url : address);
	const [prefix = "", mediaType = ""] = dataUrlPattern.exec(url) ?? [];
	if (prefix !== "") return { mediaType: mediaType.toLowerCase(), data: url.slice(prefix.length) };
	const message = `${param} must hold pictures as data URLs: the upstream takes neither addresses nor files of others`;
	throw new GatewayError(400, message, { code: "unsupported_content", param });
}

function dataUrl({ mediaType, data }: Picture): string {
	return `data:${mediaType};base64,${data}`;
}

function formatOf([first]: ImageResponse["pictures"]): string | undefined {
	return first?.mediaType.replace("image/", "");
}

function usageOf(counted: NonNullable<ImageResponse["usage"]>): Json | undefined {
	const tokens = tokensOf(counted);
	if (tokens === undefined) return undefined;
	const { input, output, imageInput, imageOutput } = tokens;
	return {
		input_tokens: input,
		input_tokens_details: { text_tokens: input - imageInput, image_tokens: imageInput },
		output_tokens: output,
		output_tokens_details: { text_tokens: output - imageOutput, image_tokens: imageOutput },
		total_tokens: input + output,
	};
}

/** The events of a whole answer. @param event such as `image_generation` */
export function eventsOfWhole({ data, created, usage, ...facts }: Json, event: string): Json[] {
	const pictures = listIn(data).filter(isObject);
	return pictures.map((picture, at) =>
		withoutUndefined({
			type: `${event}.completed`,
			...picture,
			created_at: created,
			...facts,
			// Counts are those of all pictures together.
			usage: at === pictures.length - 1 ? usage : undefined,
		}),
	);
}
