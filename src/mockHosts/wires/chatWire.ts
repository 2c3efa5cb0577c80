/** OpenAI's chat completions and text completions, and its embeddings. */
import {
	choicesOf,
	lastTextOf,
	limitOf,
	listOf,
	questionOf,
	recordOf,
	recordsIn,
	recordsOf,
	textOf,
	tokensOf,
} from "./bodyReaders.js";
import { eventStream, type Framing } from "./framing.js";
import { openaiBody, openaiError } from "./openaiErrors.js";
import { callsIn, textOfPieces } from "./pieces.js";
import type { AnswerHead, AnswerWriter, Asked, Body, Counts, Piece, Question, WireFormat } from "./wire.js";

const done = "data: [DONE]\n\n";

export const chatWire: WireFormat = {
	name: "chat completions",
	read,
	framing: (_question, json) => eventStream(json, done),
	writer,
	error: openaiError,
	embeddings: ({ promptTokens, inBase64, model }, vectors) => ({
		object: "list",
		data: vectors.map((vector, index) => ({
			object: "embedding",
			index,
			embedding: inBase64 ? Buffer.from(vector.buffer).toString("base64") : [...vector],
		})),
		model,
		usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
	}),
};

function read(body: Body, asked: Asked): Question {
	const { endpoint } = asked;
	const messages = endpoint === "chat" ? recordsOf(body.messages, "messages") : [];
	const prompts = endpoint === "completions" ? listOf(body.prompt) : [];
	const inputs = endpoint === "embeddings" ? listOf(body.input) : [];
	if (endpoint === "embeddings" && body.input === undefined) throw new Error("input is missing");
	const last = messages.at(-1);
	const options = recordOf(body.stream_options);
	return questionOf(asked, body, {
		withUsage: options.include_usage === true,
		withUsageSoFar: options.include_usage === true && options.continuous_usage_stats === true,
		limit: limitOf(body.max_completion_tokens ?? body.max_tokens),
		choices: choicesOf(body.n, Math.max(prompts.length, 1)),
		promptTokens: tokensOf(...messages.map(({ content }) => content), ...prompts, ...inputs),
		tools: toolsOf(body),
		isParallel: body.parallel_tool_calls !== false,
		wantsJson: /^json/.test(String(recordOf(body.response_format).type)),
		prefix: last?.role === "assistant" && last.tool_calls === undefined ? textOf(last.content) : undefined,
		continues: body.continue_final_message === true,
		addsGenerationPrompt: body.add_generation_prompt !== false,
		lastText: endpoint === "chat" ? lastTextOf(messages, ({ content }) => content) : textOf(prompts[0]),
		inputs,
		inBase64: body.encoding_format === "base64",
	});
}

/** Names of the functions that may be called. */
export function toolsOf({ tools, tool_choice: choice }: Body): string[] {
	if (!Array.isArray(tools) || choice === "none") return [];
	const chosen = recordOf(recordOf(choice).function).name;
	if (typeof chosen === "string") return [chosen];
	return recordsIn(tools).map((tool) => String(recordOf(tool.function).name ?? ""));
}

function writer(head: AnswerHead, framing: Framing): AnswerWriter {
	const { question, model } = head;
	const isChat = question.endpoint === "chat";
	const object = isChat ? "chat.completion" : "text_completion";
	const base = {
		id: `${isChat ? "chatcmpl" : "cmpl"}-${head.id}`,
		created: Math.floor(head.createdAtMs / 1000),
		model,
	};
	const indexes = Array.from({ length: question.choices }, (_unused, index) => index);
	const usageOf = (completion: number) => usageIn(head.counts(completion));
	const chunk = (choices: object[], usage: object | null = null) =>
		framing.event({
			...base,
			object: isChat ? `${object}.chunk` : object,
			choices,
			...(question.withUsage && { usage }),
		});
	const forEach = (delta: object, reason: string | null = null, before?: number) =>
		indexes.map((index) =>
			chunk(
				[{ index, ...delta, logprobs: null, finish_reason: reason }],
				before !== undefined && question.withUsageSoFar ? usageOf(before + index + 1) : null,
			),
		);
	const deltaOrText = (delta: object, text: string) => (isChat ? { delta } : { text });
	return {
		opening: () => (isChat ? forEach({ delta: { role: "assistant", content: "" } }) : []),
		piece: (piece, completionTokens) =>
			forEach(deltaOrText(deltaOf(piece), textOfPieces([piece], "content")), null, completionTokens),
		empty: () => forEach(deltaOrText({ content: "" }, "")),
		finish: (reason) => forEach(deltaOrText({}, ""), reason),
		usage: (completionTokens) => {
			const usage = usageOf(completionTokens);
			return question.withUsage && usage !== null ? chunk([], usage) : "";
		},
		last: () => framing.last,
		failure: (error, as) =>
			framing.event(openaiBody(error), as === "event" ? "error" : undefined).toString() + (as === "done" ? done : ""),
		body(pieces, reason) {
			const choice = isChat ? { message: messageOf(pieces) } : { text: textOfPieces(pieces, "content") };
			const choices = indexes.map((index) => ({ index, ...choice, logprobs: null, finish_reason: reason }));
			const usage = usageOf(pieces.length * indexes.length);
			return { ...base, object, choices, ...(usage && { usage }) };
		},
	};
}

function usageIn(counts: Counts | undefined): object | null {
	if (counts === undefined) return null;
	const { prompt, completion, reasoning, cached } = counts;
	return {
		prompt_tokens: prompt,
		completion_tokens: completion,
		total_tokens: prompt + completion,
		...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
		...(reasoning > 0 && { completion_tokens_details: { reasoning_tokens: reasoning } }),
	};
}

function deltaOf(piece: Piece): object {
	if (piece.kind === "content") return { content: piece.text };
	if (piece.kind === "reasoning") return { reasoning_content: piece.text };
	const { index } = piece;
	if (piece.kind === "arguments") return { tool_calls: [{ index, function: { arguments: piece.text } }] };
	const { id, name } = piece;
	return { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] };
}

function messageOf(pieces: readonly Piece[]): object {
	const [reasoning, text] = [textOfPieces(pieces, "reasoning"), textOfPieces(pieces, "content")];
	const calls = callsIn(pieces).map(({ id, ...called }) => ({ id, type: "function", function: called }));
	return {
		role: "assistant",
		content: calls.length > 0 && text === "" ? null : text,
		...(reasoning !== "" && { reasoning_content: reasoning }),
		...(calls.length > 0 && { tool_calls: calls }),
	};
}
