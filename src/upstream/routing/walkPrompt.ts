/** Goes through all that a prompt is made of, whichever API it was written for. */
import { isObject } from "../../json/isObject.js";
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
} from "./promptText.js";

type Json = Readonly<Record<string, unknown>>;

export interface PromptVisitor {
	/** A message begins; its parts follow. */
	message(message: Json): void;
	text(text: string): void;
	/** What is no text: tools, schemas, calls. */
	json(value: unknown): void;
	/** What has been counted without its text: prompts in tokens, pictures, recordings, files. */
	tokens(count: number): void;
}

export function walkPrompt(json: Json, visitor: PromptVisitor): void {
	for (const prompt of promptsOf(json)) {
		if (typeof prompt === "string" || isTokenList(prompt)) walkItem(prompt, visitor);
		else if (Array.isArray(prompt)) for (const item of prompt) walkItem(item, visitor);
	}
	// Ollama's generate has them beside its prompt.
	if (typeof json.prompt === "string") walkImages(json, visitor);
	for (const part of systemOf(json)) walkPart(part, visitor);
	for (const value of besidesPrompt(json)) visitor.json(value);
}

function walkItem(item: unknown, visitor: PromptVisitor): void {
	if (typeof item === "string") visitor.text(item);
	else if (typeof item === "number") visitor.tokens(1);
	else if (isTokenList(item)) visitor.tokens(item.length);
	else if (Array.isArray(item)) for (const inner of item) walkItem(inner, visitor);
	else if (isObject(item)) walkMessage(item, visitor);
}

function walkMessage(message: Json, visitor: PromptVisitor): void {
	visitor.message(message);
	const { content } = message;
	const parts = partsOf(message);
	if (parts) for (const part of parts) walkPart(part, visitor);
	else if (typeof content === "string") visitor.text(content);
	for (const value of besidesContent(message)) visitor.json(value);
	walkImages(message, visitor);
}

function walkImages(holder: Json, visitor: PromptVisitor): void {
	const images = imagesBesides(holder);
	if (images > 0) visitor.tokens(images * tokensOfMedia.image);
}

function walkPart(part: unknown, visitor: PromptVisitor): void {
	const media = mediaKindOf(part);
	if (media !== undefined) {
		visitor.tokens(tokensOfMedia[media]);
		return;
	}
	const blocks = blocksOfResult(part);
	if (blocks !== undefined) {
		for (const block of blocks) walkPart(block, visitor);
		return;
	}
	visitor.text(textOfPart(part) ?? "");
	if (isObject(part)) for (const value of besidesText(part)) visitor.json(value);
}
