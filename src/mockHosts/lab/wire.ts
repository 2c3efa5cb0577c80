/** The bodies and events of OpenAI's API that the lab's pieces are sent in. */
import type { Answer, Piece } from "./answer.js";
import type { Asked } from "./asked.js";
import type { LabModel } from "./modelName.js";

export interface Wire {
	/** An event for each choice, which says something or how it ended. */
	opening(): string[];
	/** @param completionTokens that were sent before it */
	piece(piece: Piece, completionTokens: number): string[];
	empty(): string[];
	finish(reason: string): string[];
	/** Its choices are empty. */
	usage(completionTokens: number): string;
	/** A whole answer in one body. @param reason null leaves it unfinished */
	body(pieces: readonly Piece[], reason: string | null): string;
}

export const done = "data: [DONE]\n\n";

/** @param identity distinguishes answers @param createdAtMs milliseconds since 1970 */
export function createWire(
	asked: Asked,
	model: LabModel,
	answer: Answer,
	identity: { number: number; createdAtMs: number },
): Wire {
	const isChat = asked.endpoint === "chat";
	const head = {
		id: `${isChat ? "chatcmpl" : "cmpl"}-lab-${identity.number}`,
		created: Math.floor(identity.createdAtMs / 1000),
		model: model.name,
	};
	const object = isChat ? "chat.completion" : "text_completion";
	const json = (value: unknown) => (model.escapes ? inAscii(JSON.stringify(value)) : JSON.stringify(value));
	const indexes = Array.from({ length: asked.choices }, (_unused, index) => index);
	const chunk = (choices: object[], usage: object | null = null) =>
		`data: ${json({ ...head, object: isChat ? `${object}.chunk` : object, choices, ...(asked.withUsage && { usage }) })}\n\n`;
	const forEach = (said: object, reason: string | null = null, before?: number) =>
		indexes.map((index) =>
			chunk(
				[{ index, ...said, logprobs: null, finish_reason: reason }],
				before !== undefined && asked.withUsageSoFar ? usageOf(before + index + 1) : null,
			),
		);
	const saying = (delta: object, text: string) => (isChat ? { delta } : { text });
	const reasoned = answer.pieces.filter(({ kind }) => kind === "reasoning").length * indexes.length;
	const usageOf = (completionTokens: number) => ({
		prompt_tokens: asked.promptTokens,
		completion_tokens: completionTokens,
		total_tokens: asked.promptTokens + completionTokens,
		...(reasoned > 0 && { completion_tokens_details: { reasoning_tokens: Math.min(reasoned, completionTokens) } }),
	});
	return {
		opening: () => (isChat ? forEach({ delta: { role: "assistant", content: "" } }) : []),
		piece: (piece, completionTokens) =>
			forEach(saying(deltaOf(piece), textOf([piece], "content")), null, completionTokens),
		empty: () => forEach(saying({ content: "" }, "")),
		finish: (reason) => forEach(saying({}, ""), reason),
		usage: (completionTokens) => chunk([], usageOf(completionTokens)),
		body(pieces, reason) {
			const said = isChat ? { message: messageOf(pieces) } : { text: textOf(pieces, "content") };
			const choices = indexes.map((index) => ({ index, ...said, logprobs: null, finish_reason: reason }));
			return json({ ...head, object, choices, usage: usageOf(pieces.length * indexes.length) });
		},
	};
}

/** The text of the pieces of a kind. */
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
