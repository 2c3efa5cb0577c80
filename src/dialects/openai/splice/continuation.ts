/** The request that makes another target go on from the assistant's text so far. */

import type { Transcript } from "../../../chat/transcript.js";
import { isObject } from "../../../json/isObject.js";
import type { Json } from "../../dialect.js";
import { listIn } from "../choice.js";

export interface Continuation {
	readonly json: Json;
	/** White space at the end of the text so far, which was not sent: the answer should begin with it. */
	readonly trimmed: string;
}

/** Members of vLLM, SGLang, llama.cpp and Ollama with which the output is held to a form. */
const formMembers = ["structured_outputs", "grammar", "json_schema", "format", "regex", "ebnf", "structural_tag"];
const budgets = ["max_tokens", "max_completion_tokens"];

/** The request wants output that a program reads: in JSON, or in another form. */
export function isStructured(json: Json): boolean {
	const { response_format: format } = json;
	if (isObject(format) && format.type !== undefined && format.type !== "text") return true;
	return Object.entries(json).some(
		([name, value]) => (name.startsWith("guided_") || formMembers.includes(name)) && isAsked(value),
	);
}

/**
 * `prefill` is how the target is asked to go on; a text completion goes on at any upstream, after a longer prompt.
 *
 * Tokens that the client has got already no longer count in the request's limits.
 *
 * @returns undefined if it can't be done correctly; `json` is never changed
 */
export function continueFrom(
	json: Json,
	transcript: Transcript,
	prefill: "continue_final_message" | "assistant",
): Continuation | undefined {
	const isChat = json.messages !== undefined;
	const text = transcript.text(0, isChat ? "content" : "text");
	const said = text.trimEnd();
	// A text that ends inside of a character can't be sent as it is.
	if (said === "" || /\p{Surrogate}/u.test(said) || !isContinuable(transcript) || asksForMore(json)) return undefined;
	const limited = withinLimits(json, transcript.deliveredTokens);
	const continued = limited && (isChat ? withAnswer(limited, said, transcript, prefill) : withPrompt(limited, said));
	return continued && { json: continued, trimmed: text.slice(said.length) };
}

/** Text alone, perhaps after reasoning, of one choice that has not ended. */
function isContinuable({ choices }: Transcript): boolean {
	const sent = choices.get(0);
	if (sent === undefined || choices.size > 1 || sent.isOpaque || sent.finishReason !== undefined) return false;
	const last = sent.runs.at(-1)?.kind;
	if (last !== "content" && last !== "text") return false;
	return sent.runs.every(({ kind }) => kind !== "calls" && kind !== "refusal");
}

/** Something that could not be given with a continuation as with a whole answer. */
function asksForMore(json: Json): boolean {
	const { n, best_of: bestOf, logprobs, top_logprobs: top, prompt_logprobs: ofPrompt, echo, modalities } = json;
	if ([n, bestOf].some((count) => typeof count === "number" && count > 1)) return true;
	if ([logprobs, top, ofPrompt, echo].some(isAsked)) return true;
	if (listIn(modalities).some((modality) => modality !== "text")) return true;
	const { tool_choice: choice, function_call: legacy } = json;
	return choice === "required" || isObject(choice) || isObject(legacy) || isStructured(json);
}

function isAsked(value: unknown): boolean {
	return value !== undefined && value !== null && value !== false;
}

function withinLimits(json: Json, deliveredTokens: number): Json | undefined {
	const limited = { ...json };
	for (const name of budgets) {
		const limit = json[name];
		// To several upstreams -1 is no limit.
		if (typeof limit !== "number" || limit < 0) continue;
		if (limit <= deliveredTokens) return undefined;
		limited[name] = limit - deliveredTokens;
	}
	const { min_tokens: fewest } = json;
	if (typeof fewest === "number") limited.min_tokens = Math.max(0, fewest - deliveredTokens);
	return limited;
}

function withPrompt(json: Json, said: string): Json | undefined {
	return typeof json.prompt === "string" ? { ...json, prompt: json.prompt + said } : undefined;
}

function withAnswer(
	json: Json,
	said: string,
	transcript: Transcript,
	prefill: "continue_final_message" | "assistant",
): Json | undefined {
	if (!Array.isArray(json.messages)) return undefined;
	const asksToContinue = prefill === "continue_final_message";
	const last = json.messages.at(-1);
	const isPrefilled = isObject(last) && last.role === "assistant";
	// There, an assistant message at the end is a whole one unless the request says that it is to be continued.
	if (isPrefilled && asksToContinue && json.continue_final_message !== true) return undefined;
	const answer = isPrefilled ? extended(last, said) : answerSoFar(said, transcript, asksToContinue);
	if (answer === undefined) return undefined;
	const messages = [...(isPrefilled ? json.messages.slice(0, -1) : json.messages), answer];
	return { ...json, messages, ...(asksToContinue && { continue_final_message: true, add_generation_prompt: false }) };
}

/** Chat templates show a model its reasoning again where the message has it; other upstreams may refuse the member. */
function answerSoFar(content: string, transcript: Transcript, isTemplated: boolean): Json {
	const answer: Json = { role: "assistant", content };
	const [member] = transcript.choices.get(0)?.reasoningMembers ?? [];
	if (isTemplated && member) answer[member] = transcript.text(0, "reasoning");
	return answer;
}

function extended(message: Json, said: string): Json | undefined {
	const { content = null, tool_calls: calls, function_call: legacy } = message;
	if (isAsked(calls) || isAsked(legacy)) return undefined;
	if (content === null) return { ...message, content: said };
	if (typeof content === "string") {
		// The first upstream may have said the client's beginning again, which then is not there twice.
		const mayBeRepeated = content.trim() !== "" && said.startsWith(content.trim());
		return mayBeRepeated ? undefined : { ...message, content: content + said };
	}
	if (!Array.isArray(content)) return undefined;
	const last = content.at(-1);
	if (isObject(last) && last.type === "text" && typeof last.text === "string")
		return { ...message, content: [...content.slice(0, -1), { ...last, text: last.text + said }] };
	return { ...message, content: [...content, { type: "text", text: said }] };
}
