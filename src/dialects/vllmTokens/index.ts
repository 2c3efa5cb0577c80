/** vLLM's `/tokenize` and `/detokenize`, beside its API: texts or messages as tokens, and tokens as a text. */
import type { Dialect } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";

export const vllmTokenize = dialectOf("vllm.tokenize", "tokens");
export const vllmDetokenize = dialectOf("vllm.detokenize", "prompt");

function dialectOf(name: string, contentMember: string): Dialect {
	return {
		name,
		operation: name.slice("vllm.".length),
		contentMember,
		usesTokens: false,
		isAtRoot: true,
		stream: undefined,
		errors: openaiErrors(contentMember),
		readWhole: undefined,
		translation: undefined,
	};
}
