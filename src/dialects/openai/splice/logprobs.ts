/** Log probabilities of a choice's tokens, from some place in its text on. */
import { isObject } from "../../../json/isObject.js";
import type { Json } from "../../dialect.js";
import { listIn, textIn } from "../choice.js";

/** A text completion's, each with one entry for a token. */
const textLists = ["tokens", "token_logprobs", "top_logprobs", "text_offset"] as const;

/** @returns those of the tokens that make up the end, `text`; undefined if no token begins there */
export function logprobsOfEnd(logprobs: Json, text: string): Json | undefined {
	const name = Array.isArray(logprobs.tokens) ? "tokens" : listIn(logprobs.content).length > 0 ? "content" : "refusal";
	const tokens = listIn(logprobs[name]).map((entry) => textIn(isObject(entry) ? entry.token : entry));
	let first = tokens.length;
	let end = "";
	while (first > 0 && end.length < text.length) {
		first -= 1;
		end = `${tokens[first]}${end}`;
	}
	if (end !== text) return undefined;
	const rest = { ...logprobs };
	for (const list of name === "tokens" ? textLists : [name])
		if (Array.isArray(rest[list])) rest[list] = rest[list].slice(first);
	return rest;
}
