/** The beginning of a prompt, which requests have in common if an upstream's prompt cache can serve them. */
import { isObject } from "../../json/isObject.js";
import { isTokenList, mediaKindOf, partsOf, promptOf, textOfPart } from "./promptText.js";

/**
 * The first `characters` of a prompt: role and text of its messages in their order, or the text or tokens of
 * `prompt` or `input`. It ends with the first message of a user, if not before, so that a short conversation keeps its
 * prefix as it grows. Equal for requests whose prompts begin alike; empty where there is no prompt.
 */
export function promptPrefix(json: Readonly<Record<string, unknown>>, characters: number): string {
	const prompt = promptOf(json);
	if (!Array.isArray(prompt)) return typeof prompt === "string" ? prompt.slice(0, characters) : "";
	let prefix = "";
	if (isTokenList(prompt)) return append(prefix, tokensAsText(prompt, characters), characters);
	for (const item of prompt) {
		if (prefix.length >= characters) break;
		if (isTokenList(item)) return append(prefix, tokensAsText(item, characters), characters);
		if (typeof item === "string") return append(prefix, item, characters);
		prefix = appendMessage(prefix, item, characters);
		if (isObject(item) && item.role === "user") break;
	}
	return prefix;
}

function appendMessage(prefix: string, message: unknown, characters: number): string {
	if (!isObject(message)) return prefix;
	let longer = append(prefix, `${typeof message.role === "string" ? message.role : ""}\n`, characters);
	const { content } = message;
	const parts = partsOf(message);
	if (typeof content === "string") longer = append(longer, content, characters);
	else if (parts !== undefined) {
		for (const part of parts) {
			if (longer.length >= characters) break;
			longer = append(longer, textOfPart(part) ?? mediaAddress(part), characters);
		}
	}
	return append(longer, "\n", characters);
}

function append(prefix: string, text: string, characters: number): string {
	const room = characters - prefix.length;
	return prefix + (text.length > room ? text.slice(0, room) : text);
}

/** Each token takes at least one character. */
function tokensAsText(tokens: readonly number[], characters: number): string {
	return tokens.slice(0, characters).join(",");
}

/** @returns the address of an image or a recording, or its data */
function mediaAddress(part: unknown): string {
	if (mediaKindOf(part) === undefined) return "";
	const { type, ...members } = part as Record<string, unknown>;
	for (const member of Object.values(members)) {
		if (typeof member === "string") return member;
		if (isObject(member)) return Object.values(member).find((value) => typeof value === "string") ?? "";
	}
	return "";
}
