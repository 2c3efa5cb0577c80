/** Log probabilities of tokens as Google writes them: those that were chosen, and the most probable ones, in two lists. */
import type { TokenProbability } from "../../chat/logProbabilities.js";
import type { Json } from "../dialect.js";
import { withoutUndefined } from "../openai/members.js";
import { numberMember, objectMember, objectsMember, textMember } from "./members.js";

export function readTokens(candidate: Json): TokenProbability[] {
	const result = objectMember(candidate, "logprobsResult");
	const top = objectsMember(result, "topCandidates").map((one) => objectsMember(one, "candidates").map(readToken));
	return objectsMember(result, "chosenCandidates").map((token, at) => ({ ...readToken(token), top: top[at] ?? [] }));
}

function readToken(token: Json): Omit<TokenProbability, "top"> {
	return { token: textMember(token, "token"), logprob: numberMember(token, "logProbability") ?? 0 };
}

/** Members of a candidate; none without any tokens. */
export function writeTokens(tokens: readonly TokenProbability[]): Json {
	if (tokens.length === 0) return {};
	const hasTop = tokens.some(({ top }) => top.length > 0);
	return {
		avgLogprobs: tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length,
		logprobsResult: withoutUndefined({
			chosenCandidates: tokens.map(writeToken),
			topCandidates: hasTop ? tokens.map(({ top }) => ({ candidates: top.map(writeToken) })) : undefined,
		}),
	};
}

function writeToken({ token, logprob }: Omit<TokenProbability, "top">): Json {
	return { token, logProbability: logprob };
}
