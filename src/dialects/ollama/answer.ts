/** Whole answers of Ollama's chat and generate, out of the neutral model. */
import type { Part } from "../../chat/request.js";
import type { ChatResponse } from "../../chat/response.js";
import type { TokenCounts } from "../../chat/tokenCounts.js";
import { argumentsOf } from "../callArguments.js";
import type { Json, WriteContext } from "../dialect.js";
import { writeTokens } from "../openai/logProbabilities.js";
import { durations } from "./durations.js";
import { writeReason } from "./reader.js";
import type { AnswerShape, Said } from "./shape.js";

export function answerWriter(shape: AnswerShape): (response: ChatResponse, context: WriteContext) => Json {
	return ({ model, created, choices, usage }, context) => {
		const [{ parts = [], finish, logprobs = [] } = {}] = choices;
		const seconds = created ?? context.created;
		return {
			model: model ?? context.model ?? "",
			created_at: new Date(seconds * 1000).toISOString(),
			...shape.write(saidBy(parts)),
			done: true,
			done_reason: writeReason(finish?.reason ?? "stop"),
			...(logprobs.length > 0 ? { logprobs: writeTokens(logprobs) } : {}),
			...durations({ receivedMs: context.receivedMs, endMs: performance.now() }),
			...countsOf(usage?.tokens),
		};
	};
}

export function countsOf(tokens: Pick<TokenCounts, "input" | "output"> | undefined): Json {
	return tokens === undefined ? {} : { prompt_eval_count: tokens.input, eval_count: tokens.output };
}

function saidBy(parts: readonly Part[]): Said {
	const texts: string[] = [];
	const thoughts: string[] = [];
	const calls: Json[] = [];
	const images: string[] = [];
	for (const part of parts) {
		if (part.type === "text" || part.type === "refusal") texts.push(part.text);
		else if (part.type === "reasoning") thoughts.push(part.text);
		else if (part.type === "tool_call") calls.push(writeCall(part, calls.length));
		else if (part.type === "image" && "data" in part.source) images.push(part.source.data);
	}
	return { content: texts.join(""), thinking: thoughts.join(""), tool_calls: calls, images };
}

/** Its id carries what has to come back with the call. */
export function writeCall(call: { id: string; name: string; arguments: string }, index: number): Json {
	const named = { index, name: call.name, arguments: argumentsOf(call) };
	return { ...(call.id === "" ? {} : { id: call.id }), function: named };
}
