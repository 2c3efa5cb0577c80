/** Pictures in Ollama's messages: base64 alone, whose first bytes say what they are. */
import type { Image } from "../../chat/request.js";
import { sourceOf } from "../openai/source.js";

/** Base64 of the bytes with which files of a kind begin. */
const beginnings: readonly (readonly [beginning: string, mediaType: string])[] = [
	["iVBORw0KGgo", "image/png"],
	["/9j/", "image/jpeg"],
	["R0lGOD", "image/gif"],
	["UklGR", "image/webp"],
	["Qk", "image/bmp"],
];

/** Some clients write a whole URL, of data or of a page, where base64 is meant. */
export function readImage(data: string): Image {
	if (/^(data|https?):/.test(data)) return { type: "image", source: sourceOf(data) };
	const [, mediaType = "image/png"] = beginnings.find(([beginning]) => data.startsWith(beginning)) ?? [];
	return { type: "image", source: { data, mediaType } };
}
