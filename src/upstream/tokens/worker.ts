/** A worker's half of tokens: has them from the primary. */
import type { PrimaryPort, WorkerHalf } from "../../process/channel/topic.js";
import type { TokenAnswer, TokensTopic } from "./messages.js";
import { createTokens, type Tokens } from "./tokens.js";

/** The primary itself waits for no issuer as long as this. */
const patienceMs = 60_000;
const noAnswer: TokenAnswer = { trouble: "" };

export function createWorkerTokens({ ask }: PrimaryPort<TokensTopic>): Tokens & WorkerHalf<TokensTopic> {
	return createTokens(({ name: upstream }, fetchItself) => async (refused) => {
		const patience = { timeoutMs: patienceMs, otherwise: noAnswer };
		const answer = await ask("token", { upstream, refused }, patience);
		if ("token" in answer) return answer.token;
		// The primary is gone, and what is under way may take long.
		if (answer === noAnswer) return fetchItself(refused);
		throw new Error(answer.trouble);
	});
}
