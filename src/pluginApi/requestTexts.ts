/** Shows a plugin the texts of a request, of whichever operation. */
import { isObject } from "../json/isObject.js";
import type { PluginContext } from "../plugin.js";
import { walkPrompt } from "../upstream/routing/walkPrompt.js";
import { exchangeOf } from "./internal.js";

/**
 * All texts that a request shows to a model: of messages and instructions, tools and schemas; of rerankings the query and the
 * documents; of pictures and recordings the prompt; of speech, embeddings and moderations the input. Each call reads it anew.
 *
 * @returns none if the request has no body yet (before the stage `validated`)
 */
export function requestTexts(ctx: PluginContext): string[] {
	const texts: string[] = [];
	const { body } = exchangeOf(ctx);
	if (body === undefined) return texts;
	walkPrompt(body.json, {
		message() {},
		text: (text) => void texts.push(text),
		json: (value) => addTexts(value, texts),
		tokens() {},
	});
	return texts.filter((text) => text !== "");
}

function addTexts(value: unknown, texts: string[]): void {
	if (typeof value === "string") texts.push(value);
	else if (Array.isArray(value)) for (const item of value) addTexts(item, texts);
	else if (isObject(value)) addTexts(Object.values(value), texts);
}
