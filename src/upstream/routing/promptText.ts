/** The parts of a request's JSON that make up the prompt: messages, their text and their other members. */
import { isObject } from "../../json/isObject.js";
import {
	besidesContents,
	contentsIn,
	instructionsIn,
	type MediaKind,
	mediaInPart,
	shownByFunction,
	withoutSignature,
} from "./contentParts.js";

type Json = Readonly<Record<string, unknown>>;

/** @returns `messages` of chat completions, `prompt` of completions, `input` of embeddings and responses, or Google's `contents` */
export function promptOf(json: Json): unknown {
	return json.messages ?? json.prompt ?? json.input ?? contentsIn(json)[0];
}

/** @returns everything that an upstream may take for the prompt, since upstreams differ in which they read */
export function promptsOf(json: Json): unknown[] {
	const { messages, prompt, input } = json;
	return [messages, prompt, input, ...contentsIn(json)].filter((value) => value != null);
}

/** Instructions beside the messages: a text, or Anthropic's blocks of text. */
export function systemOf(json: Json): unknown[] {
	const { system } = json;
	const own = system == null ? [] : Array.isArray(system) ? system : [system];
	return [...own, ...instructionsIn(json)];
}

/** What a tool's result holds, where it is blocks as messages have them. */
export function blocksOfResult(part: unknown): unknown[] | undefined {
	if (!isObject(part)) return undefined;
	if (part.type === "tool_result" && Array.isArray(part.content)) return part.content;
	return shownByFunction(part);
}

const promptMembers = [
	"tools",
	"functions",
	"response_format",
	"text",
	"system",
	"output_config",
	"instructions",
	"suffix",
	"documents",
	"query",
];
const templateMembers = ["template", "chat_template", "chat_template_kwargs"];

/** @returns other members that some upstreams pass to the model with the prompt */
export function besidesPrompt(json: Json): unknown[] {
	const named = [...promptMembers, ...templateMembers].filter((name) => !isFormOfAnswer(name, json[name]));
	return [...named.map((name) => json[name]), ...besidesContents(json)].filter((value) => value != null);
}

/** A word there says in which form pictures, speech or a transcript are to come; no model is shown it. */
function isFormOfAnswer(name: string, value: unknown): boolean {
	return name === "response_format" && typeof value === "string";
}

/** @returns a message's members besides its content: tool calls, reasoning, and others that a template may use */
export function besidesContent({
	role: _role,
	name: _name,
	content: _content,
	images: _images,
	parts: _parts,
	output,
	...rest
}: Json): unknown[] {
	// A list is parts, see `partsOf`.
	return Object.values(Array.isArray(output) ? rest : { ...rest, output }).filter((value) => value != null);
}

/** The parts of a message, and of what a tool has put out in responses; undefined if it has none. */
export function partsOf({ content, output, parts }: Json): unknown[] | undefined {
	if (Array.isArray(content)) return content;
	if (Array.isArray(parts)) return parts;
	return Array.isArray(output) ? output : undefined;
}

/** @returns the number of images in an Ollama message, which has them in a list */
export function imagesBesides({ images }: Json): number {
	return Array.isArray(images) ? images.length : 0;
}

/** @returns a part's members besides its text */
export function besidesText(part: Json): unknown[] {
	const { type: _type, cache_control: _hint, text, refusal, ...others } = part;
	const rest = withoutSignature(others);
	return Object.values({ ...rest, ...(typeof text === "string" ? { refusal } : { text }) }).filter(
		(value) => value != null,
	);
}

/** Whether a value is a prompt in tokens. */
export function isTokenList(value: unknown): value is number[] {
	return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "number");
}

/** Kinds by the types of parts. */
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
	["document", "file"],
	["document_url", "file"],
	["image_embeds", "image"],
	["audio_embeds", "audio"],
]);

/** Guesses, since the number depends on size and model. The length of the base64 text would be no measure. */
export const tokensOfMedia: Readonly<Record<MediaKind, number>> = { image: 800, video: 3000, audio: 600, file: 2000 };

/** @returns the kind of a message's part; undefined for text */
export function mediaKindOf(part: unknown): MediaKind | undefined {
	return isObject(part) && !isTextDocument(part) ? (mediaKinds.get(part.type) ?? mediaInPart(part)) : undefined;
}

/** Anthropic's documents may be texts. */
function isTextDocument({ type, source }: Json): boolean {
	return type === "document" && isObject(source) && (source.type === "text" || source.type === "content");
}

/** @returns the text of a message's part, which is in `text` or `refusal`; undefined if it has none */
export function textOfPart(part: unknown): string | undefined {
	if (typeof part === "string") return part;
	if (!isObject(part)) return undefined;
	if (typeof part.text === "string") return part.text;
	return typeof part.refusal === "string" ? part.refusal : undefined;
}

/** How the answer is to be made, as Ollama's requests say it. */
export function optionsIn({ options }: Json): Json {
	return isObject(options) ? options : {};
}

/** Whether any message has an image or a video. */
export function hasPictures(json: Json): boolean {
	// Ollama's generate has them beside its prompt.
	if (imagesBesides(json) > 0 && typeof json.prompt === "string") return true;
	const messages = promptOf(json);
	return Array.isArray(messages) && typeof messages[0] === "object" && messages.some(messageHasPictures);
}

function messageHasPictures(message: unknown): boolean {
	if (!isObject(message)) return false;
	if (imagesBesides(message) > 0) return true;
	return partsOf(message)?.some((part) => isPicture(part) || blocksOfResult(part)?.some(isPicture)) ?? false;
}

function isPicture(part: unknown): boolean {
	const kind = mediaKindOf(part);
	return kind === "image" || kind === "video";
}
