/** Formats the lab's pieces as bodies and events of OpenAI's API. */
import type { Answer, Piece } from "./answer.js";
import type { LabRequest } from "./labRequest.js";
import type { LabModel } from "./modelName.js";

export interface Wire {
	/** Each returns one event per choice. */
	opening(): string[];
	/** @param completionTokens tokens that were sent before */
	piece(piece: Piece, completionTokens: number): string[];
	empty(): string[];
	finish(reason: string): string[];
	/** @returns an event with usage and without choices */
	usage(completionTokens: number): string;
	/** @returns a complete answer in one body. @param reason null leaves it unfinished */
	body(pieces: readonly Piece[], reason: string | null): string;
}

export const done = "data: [DONE]\n\n";

/** @param identity distinguishes answers @param createdAtMs milliseconds since 1970 */
export function createWire(
	request: LabRequest,
	model: LabModel,
	answer: Answer,
	identity: { number: number; createdAtMs: number },
): Wire {
	const isChat = request.endpoint === "chat";
	const head = {
		id: `${isChat ? "chatcmpl" : "cmpl"}-lab-${identity.number}`,
		created: Math.floor(identity.createdAtMs / 1000),
		model: model.name,
	};
	const object = isChat ? "chat.completion" : "text_completion";
	const json = (value: unknown) => (model.escapes ? inAscii(JSON.stringify(value)) : JSON.stringify(value));
	const indexes = Array.from({ length: request.choices }, (_unused, index) => index);
	const chunk = (choices: object[], usage: object | null = null) =>
		`data: ${json({ ...head, object: isChat ? `${object}.chunk` : object, choices, ...(request.withUsage && { usage }) })}\n\n`;
	const forEach = (delta: object, reason: string | null = null, before?: number) =>
		indexes.map((index) =>
			chunk(
				[{ index, ...delta, logprobs: null, finish_reason: reason }],
				before !== undefined && request.withUsageSoFar ? usageOf(before + index + 1) : null,
			),
		);
	const deltaOrText = (delta: object, text: string) => (isChat ? { delta } : { text });
	const reasoningTokens = answer.pieces.filter(({ kind }) => kind === "reasoning").length * indexes.length;
	const usageOf = (completionTokens: number) => ({
		prompt_tokens: request.promptTokens,
		completion_tokens: completionTokens,
		total_tokens: request.promptTokens + completionTokens,
		...(reasoningTokens > 0 && {
			completion_tokens_details: { reasoning_tokens: Math.min(reasoningTokens, completionTokens) },
		}),
	});
	return {
		opening: () => (isChat ? forEach({ delta: { role: "assistant", content: "" } }) : []),
		piece: (piece, completionTokens) =>
			forEach(deltaOrText(deltaOf(piece), textOf([piece], "content")), null, completionTokens),
		empty: () => forEach(deltaOrText({ content: "" }, "")),
		finish: (reason) => forEach(deltaOrText({}, ""), reason),
		usage: (completionTokens) => chunk([], usageOf(completionTokens)),
		body(pieces, reason) {
			const choice = isChat ? { message: messageOf(pieces) } : { text: textOf(pieces, "content") };
			const choices = indexes.map((index) => ({ index, ...choice, logprobs: null, finish_reason: reason }));
			return json({ ...head, object, choices, usage: usageOf(pieces.length * indexes.length) });
		},
	};
}

/** @returns the text of all pieces of a kind */
export function textOf(pieces: readonly Piece[], kind: "content" | "reasoning"): string {
	return pieces.map((piece) => (piece.kind === kind ? piece.text : "")).join("");
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
	const reasoning = textOf(pieces, "reasoning");
	const calls = pieces.flatMap((piece) => (piece.kind === "call" ? [callOf(piece, pieces)] : []));
	return {
		role: "assistant",
		content: calls.length > 0 ? null : textOf(pieces, "content"),
		...(reasoning !== "" && { reasoning_content: reasoning }),
		...(calls.length > 0 && { tool_calls: calls }),
	};
}

function callOf({ index, id, name }: Piece & { kind: "call" }, pieces: readonly Piece[]): object {
	const texts = pieces.map((piece) => (piece.kind === "arguments" && piece.index === index ? piece.text : ""));
	return { id, type: "function", function: { name, arguments: texts.join("") } };
}

function inAscii(json: string): string {
	return json.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
