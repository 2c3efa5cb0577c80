/** Log probabilities of tokens as OpenAI writes them, and Ollama after it. */
import type { TokenProbability } from "../../chat/logProbabilities.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "./choice.js";
import { numberIn } from "./members.js";

/** @param list `[{token, logprob, bytes, top_logprobs}]` */
export function readTokens(list: unknown): TokenProbability[] {
	return listIn(list)
		.filter(isObject)
		.map((token) => ({ ...readToken(token), top: listIn(token.top_logprobs).filter(isObject).map(readToken) }));
}

function readToken({ token, logprob, bytes }: Json): Omit<TokenProbability, "top"> {
	return {
		token: textIn(token),
		logprob: numberIn(logprob) ?? 0,
		...(Array.isArray(bytes) ? { bytes: bytes as number[] } : {}),
	};
}

export function writeTokens(tokens: readonly TokenProbability[]): Json[] {
	return tokens.map((token) => ({ ...writeToken(token), top_logprobs: token.top.map(writeToken) }));
}

function writeToken({ token, logprob, bytes }: Omit<TokenProbability, "top">): Json {
	return { token, logprob, bytes: bytes ?? [...Buffer.from(token)] };
}
