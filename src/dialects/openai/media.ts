/** Pictures and recordings in answers of chat completions: `images` as OpenRouter has them, and OpenAI's `audio`. */
import type { Audio, Image } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "./choice.js";
import { sourceOf, urlOf } from "./source.js";

/** OpenAI streams samples; a whole recording has the format that was asked for, which the answer does not name. */
const streamedFormat = "pcm16";

/** How long OpenAI keeps a recording, in seconds. */
const keptFor = 3600;

/** @param message or a delta of one */
export function mediaIn(message: unknown): (Image | Audio)[] {
	if (!isObject(message)) return [];
	const media: (Image | Audio)[] = listIn(message.images).filter(isObject).flatMap(readImage);
	const { audio } = message;
	const data = isObject(audio) ? textIn(audio.data) : "";
	if (data !== "") media.push({ type: "audio", data, format: streamedFormat });
	return media;
}

function readImage({ image_url: given }: Json): Image[] {
	const url = textIn(isObject(given) ? given.url : given);
	return url === "" ? [] : [{ type: "image", source: sourceOf(url) }];
}

export function writeImages(images: readonly Image[]): Json[] {
	return images.flatMap(({ source }, index) => {
		const url = urlOf(source);
		return url === undefined ? [] : { type: "image_url", index, image_url: { url } };
	});
}

export function writeAudio({ data }: Audio, id: string, created: number): Json {
	return { id, data, expires_at: created + keptFor, transcript: "" };
}
