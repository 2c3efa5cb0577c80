/** The parts of a request that have tokens: texts for a tokenizer, and parts counted without one. */
import { isObject } from "../json/isObject.js";
import {
	besidesContent,
	besidesPrompt,
	besidesText,
	blocksOfResult,
	imagesBesides,
	isTokenList,
	mediaKindOf,
	partsOf,
	promptsOf,
	systemOf,
	textOfPart,
	tokensOfMedia,
} from "../upstream/routing/promptText.js";

type Json = Readonly<Record<string, unknown>>;

export interface PromptPieces {
	readonly texts: string[];
	/** Tokens of marks around messages, of pictures and recordings, and of prompts that are tokens already. */
	tokens: number;
}

/** As OpenAI's cookbook has it for its chat models: around each message, and before the answer. */
const tokensOfMessage = 3;
const tokensOfName = 1;
const tokensBeforeAnswer = 3;

export function promptPieces(json: Json): PromptPieces {
	const pieces: PromptPieces = { texts: [], tokens: 0 };
	for (const prompt of promptsOf(json)) {
		if (typeof prompt === "string" || isTokenList(prompt)) addItem(prompt, pieces);
		else if (Array.isArray(prompt)) for (const item of prompt) addItem(item, pieces);
	}
	if (Array.isArray(json.messages)) pieces.tokens += tokensBeforeAnswer;
	for (const part of systemOf(json)) addPart(part, pieces);
	for (const value of besidesPrompt(json)) addJson(value, pieces);
	return pieces;
}

function addItem(item: unknown, pieces: PromptPieces): void {
	if (typeof item === "string") pieces.texts.push(item);
	else if (typeof item === "number") pieces.tokens += 1;
	else if (isTokenList(item)) pieces.tokens += item.length;
	else if (Array.isArray(item)) for (const inner of item) addItem(inner, pieces);
	else if (isObject(item)) addMessage(item, pieces);
}

function addJson(value: unknown, { texts }: PromptPieces): void {
	texts.push(typeof value === "string" ? value : JSON.stringify(value));
}

function addMessage(message: Json, pieces: PromptPieces): void {
	const { role, name, content } = message;
	pieces.tokens += tokensOfMessage;
	if (typeof role === "string") pieces.texts.push(role);
	if (typeof name === "string") {
		pieces.texts.push(name);
		pieces.tokens += tokensOfName;
	}
	const parts = partsOf(message);
	if (parts) for (const part of parts) addPart(part, pieces);
	else if (typeof content === "string") pieces.texts.push(content);
	for (const value of besidesContent(message)) addJson(value, pieces);
	pieces.tokens += imagesBesides(message) * tokensOfMedia.image;
}

function addPart(part: unknown, pieces: PromptPieces): void {
	const media = mediaKindOf(part);
	if (media !== undefined) {
		pieces.tokens += tokensOfMedia[media];
		return;
	}
	const blocks = blocksOfResult(part);
	if (blocks !== undefined) {
		for (const block of blocks) addPart(block, pieces);
		return;
	}
	pieces.texts.push(textOfPart(part) ?? "");
	if (isObject(part)) for (const value of besidesText(part)) addJson(value, pieces);
}
