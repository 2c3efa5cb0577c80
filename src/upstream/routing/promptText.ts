/** What of a request's JSON is prompt: its messages, their text and what else is in them. */

type Json = Readonly<Record<string, unknown>>;

/** What chat completions call `messages`, completions `prompt`, embeddings and responses `input`. */
export function promptOf(json: Json): unknown {
	return json.messages ?? json.prompt ?? json.input;
}

/** Whether a list is a prompt in tokens. */
export function isTokenList(value: unknown): value is number[] {
	return Array.isArray(value) && typeof value[0] === "number";
}

export function isObject(value: unknown): value is Json {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

export type MediaKind = "image" | "video" | "audio" | "file";

const mediaKinds = new Map<unknown, MediaKind>([
	["image_url", "image"],
	["input_image", "image"],
	["image", "image"],
	["video_url", "video"],
	["input_video", "video"],
	["video", "video"],
	["input_audio", "audio"],
	["audio_url", "audio"],
	["file", "file"],
	["input_file", "file"],
]);

/** Guesses, since it depends on size and model. Base64 is no text, so its length says nothing. */
export const tokensOfMedia: Readonly<Record<MediaKind, number>> = { image: 800, video: 3000, audio: 600, file: 2000 };

/** What a part of a message is, when it isn't text. */
export function mediaKindOf(part: unknown): MediaKind | undefined {
	return isObject(part) ? mediaKinds.get(part.type) : undefined;
}

/** The text of a message's part: parts that are text, and refusals, have it under their own name. */
export function textOfPart(part: unknown): string | undefined {
	if (typeof part === "string") return part;
	if (!isObject(part)) return undefined;
	if (typeof part.text === "string") return part.text;
	return typeof part.refusal === "string" ? part.refusal : undefined;
}

/** Whether any message shows an image or a video. */
export function hasPictures(json: Json): boolean {
	const messages = promptOf(json);
	return Array.isArray(messages) && typeof messages[0] === "object" && messages.some(messageHasPictures);
}

function messageHasPictures(message: unknown): boolean {
	const content = isObject(message) ? message.content : undefined;
	return Array.isArray(content) && content.some(isPicture);
}

function isPicture(part: unknown): boolean {
	const kind = mediaKindOf(part);
	return kind === "image" || kind === "video";
}
