/** What of a request its tokens come from: texts for a tokenizer, and what counts without one. */
import {
	isObject,
	isTokenList,
	mediaKindOf,
	promptOf,
	textOfPart,
	tokensOfMedia,
} from "../upstream/routing/promptText.js";

type Json = Readonly<Record<string, unknown>>;

export interface PromptPieces {
	readonly texts: string[];
	/** Of marks around messages, of pictures and recordings, and of prompts that are tokens already. */
	tokens: number;
}

/** As OpenAI's cookbook has it for its chat models: around each message, and before the answer. */
const tokensOfMessage = 3;
const tokensOfName = 1;
const tokensBeforeAnswer = 3;

export function promptPieces(json: Json): PromptPieces {
	const pieces: PromptPieces = { texts: [], tokens: 0 };
	const prompt = promptOf(json);
	if (typeof prompt === "string") pieces.texts.push(prompt);
	else if (isTokenList(prompt)) pieces.tokens += prompt.length;
	else if (Array.isArray(prompt)) for (const item of prompt) addItem(item, pieces);
	if (Array.isArray(json.messages)) pieces.tokens += tokensBeforeAnswer;
	for (const value of [json.tools, json.functions, json.response_format])
		if (value != null) pieces.texts.push(JSON.stringify(value));
	return pieces;
}

function addItem(item: unknown, pieces: PromptPieces): void {
	if (typeof item === "string") pieces.texts.push(item);
	else if (isTokenList(item)) pieces.tokens += item.length;
	else if (isObject(item)) addMessage(item, pieces);
}

function addMessage({ role, name, content, tool_calls }: Json, pieces: PromptPieces): void {
	pieces.tokens += tokensOfMessage;
	if (typeof role === "string") pieces.texts.push(role);
	if (typeof name === "string") {
		pieces.texts.push(name);
		pieces.tokens += tokensOfName;
	}
	if (Array.isArray(content)) for (const part of content) addPart(part, pieces);
	else if (typeof content === "string") pieces.texts.push(content);
	if (tool_calls != null) pieces.texts.push(JSON.stringify(tool_calls));
}

function addPart(part: unknown, pieces: PromptPieces): void {
	const media = mediaKindOf(part);
	if (media !== undefined) pieces.tokens += tokensOfMedia[media];
	else pieces.texts.push(textOfPart(part) ?? "");
}
