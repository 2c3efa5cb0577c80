/** Log probabilities as Cohere has them: pieces of text, each with those of its tokens. */
import type { TokenProbability } from "../../chat/logProbabilities.js";
import { isObject } from "../../json/isObject.js";
import { listIn, textIn } from "../openai/choice.js";

/** @param given one piece, or a list; the probability of several tokens together is the product of theirs */
export function readTokens(given: unknown): TokenProbability[] {
	return (Array.isArray(given) ? given : [given])
		.filter(isObject)
		.map(({ text, logprobs }) => ({ token: textIn(text), logprob: sumOf(listIn(logprobs)), top: [] }));
}

function sumOf(numbers: readonly unknown[]): number {
	return numbers.reduce<number>((sum, number) => sum + (typeof number === "number" ? number : 0), 0);
}
