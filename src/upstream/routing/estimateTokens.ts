/** About how many tokens a prompt has, at a cost that doesn't grow with its megabytes. */
import { isObject } from "../../json/isObject.js";
import {
	besidesContent,
	besidesPrompt,
	besidesText,
	blocksOfResult,
	imagesBesides,
	isTokenList,
	mediaKindOf,
	promptsOf,
	systemOf,
	textOfPart,
	tokensOfMedia,
} from "./promptText.js";

/** Role and marks of a message, in the chat templates of common models. */
const tokensOfMessage = 4;
/** So many characters are looked at; what follows is taken to be like them. */
const maxCharacters = 32_768;
/** Of a text that is longer than three such pieces, those at its beginning, middle and end are looked at. */
const pieceCharacters = 2048;
/** Looking at a text costs as much as so many characters do, however short it is. */
const leastCharacters = 64;

/** How far one count has come. */
interface Count {
	tokens: number;
	/** Texts that were looked at, and the tokens that they came to. */
	characters: number;
	tokensOfCharacters: number;
	/** What looking at them cost, in characters. */
	spent: number;
}

/**
 * A token for four bytes of UTF-8, and tokens as they are; a constant for each image, recording or file. Tools,
 * schemas and whatever else stands in messages count. Of several prompts it is the sum.
 *
 * Beside o200k_base, cl100k_base and Llama 3's tokenizer it came to 0.9 to 1.3 times their number for prose in English
 * and German, 0.6 to 1 for code and JSON, 0.7 to 1.3 for Chinese, Japanese and Korean, and 1.3 to 2 for Russian.
 */
export function estimateTokens(json: Readonly<Record<string, unknown>>): number {
	const count: Count = { tokens: 0, characters: 0, tokensOfCharacters: 0, spent: 0 };
	for (const prompt of promptsOf(json)) {
		if (typeof prompt === "string" || isTokenList(prompt)) countItem(prompt, count);
		else if (Array.isArray(prompt)) for (const item of prompt) countItem(item, count);
	}
	for (const part of systemOf(json)) countPart(part, count);
	for (const value of besidesPrompt(json)) countJson(value, count);
	return Math.ceil(count.tokens);
}

function countItem(item: unknown, count: Count): void {
	if (typeof item === "string") countText(item, count);
	else if (typeof item === "number") count.tokens += 1;
	else if (isTokenList(item)) count.tokens += item.length;
	else if (Array.isArray(item)) for (const inner of item) countItem(inner, count);
	else if (isObject(item)) countMessage(item, count);
}

function countMessage(message: Readonly<Record<string, unknown>>, count: Count): void {
	count.tokens += tokensOfMessage;
	const { content } = message;
	if (Array.isArray(content)) for (const part of content) countPart(part, count);
	else if (typeof content === "string") countText(content, count);
	for (const value of besidesContent(message)) countJson(value, count);
	count.tokens += imagesBesides(message) * tokensOfMedia.image;
}

function countPart(part: unknown, count: Count): void {
	const media = mediaKindOf(part);
	if (media !== undefined) {
		count.tokens += tokensOfMedia[media];
		return;
	}
	const blocks = blocksOfResult(part);
	if (blocks !== undefined) {
		for (const block of blocks) countPart(block, count);
		return;
	}
	countText(textOfPart(part) ?? "", count);
	if (isObject(part)) for (const value of besidesText(part)) countJson(value, count);
}

/** Names and texts of any JSON, with two characters of punctuation each. */
function countJson(value: unknown, count: Count): void {
	count.tokens += 0.5;
	if (typeof value === "string") countText(value, count);
	else if (Array.isArray(value)) for (const item of value) countJson(item, count);
	else if (isObject(value)) {
		for (const name in value) {
			count.tokens += name.length / 4;
			countJson(value[name], count);
		}
	}
}

function countText(text: string, count: Count): void {
	const { length } = text;
	if (length === 0) return;
	if (count.spent > maxCharacters) {
		count.tokens += (length * count.tokensOfCharacters) / count.characters;
		return;
	}
	const tokens = length > 3 * pieceCharacters ? tokensOfLongText(text) : tokensOfText(text);
	count.spent += Math.max(leastCharacters, Math.min(length, 3 * pieceCharacters));
	count.characters += length;
	count.tokensOfCharacters += tokens;
	count.tokens += tokens;
}

function tokensOfLongText(text: string): number {
	const { length } = text;
	let tokens = 0;
	for (const from of [0, (length - pieceCharacters) >> 1, length - pieceCharacters]) {
		tokens += tokensOfText(text.slice(from, from + pieceCharacters));
	}
	return (tokens / (3 * pieceCharacters)) * length;
}

/** Their number is native, and quicker than a loop over characters. */
function tokensOfText(text: string): number {
	return Buffer.byteLength(text) / 4;
}
