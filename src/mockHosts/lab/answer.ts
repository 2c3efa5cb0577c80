/** The lab's answer to a request: its pieces, and its finish reason. */
import type { FinishReason, Piece, Question } from "../wires/wire.js";
import type { LabModel } from "./modelName.js";
import {
	departing,
	piecesOf,
	referenceAnswer,
	referenceCalls,
	referenceJson,
	referenceReasoning,
} from "./referenceAnswers.js";

export interface Answer {
	readonly pieces: readonly Piece[];
	readonly finish: FinishReason;
}

export function answerTo(request: Question, model: LabModel): Answer {
	const { pieces, finish } = wholeAnswer(request, model, model.fault === "departs" ? model.number : undefined);
	const filtered = model.fault === "content-filter" ? model.number : undefined;
	if (filtered !== undefined && filtered <= request.limit)
		return { pieces: pieces.slice(0, filtered), finish: "content_filter" };
	return request.limit < pieces.length
		? { pieces: pieces.slice(0, request.limit), finish: "length" }
		: { pieces, finish };
}

function wholeAnswer(request: Question, model: LabModel, departsAt: number | undefined): Answer {
	const wantsTools = model.answer === "tools" || (model.answer === undefined && request.tools.length > 0);
	if (wantsTools && request.endpoint === "chat")
		return { pieces: toolPieces(request, model, departsAt), finish: "tool_calls" };
	const reasons =
		model.answer === "reasoning" && request.endpoint === "chat" && prefillOf(request, model) === undefined;
	const reasoning = reasons ? ofKind("reasoning", piecesOf(referenceReasoning, model.pieceLength)) : [];
	const content = ofKind("content", piecesOf(contentFor(request, model, departsAt), model.pieceLength));
	return { pieces: [...reasoning, ...content], finish: "stop" };
}

function ofKind(kind: "content" | "reasoning", texts: readonly string[]): Piece[] {
	return texts.map((text) => ({ kind, text }));
}

function toolPieces(
	{ tools, isParallel }: Question,
	{ pieceLength }: LabModel,
	departsAt: number | undefined,
): Piece[] {
	const calls = isParallel ? referenceCalls : referenceCalls.slice(0, 1);
	const pieces = calls.flatMap(({ id, name, arguments: text }, index): Piece[] => [
		{ kind: "call", index, id, name: tools[index] ?? tools[0] ?? name },
		...piecesOf(text, pieceLength).map((piece): Piece => ({ kind: "arguments", index, text: piece })),
	]);
	return pieces.map((piece, at) =>
		piece.kind === "arguments" && at >= (departsAt ?? pieces.length)
			? { ...piece, text: departing(piece.text, 0) }
			: piece,
	);
}

function contentFor(request: Question, model: LabModel, departsAt: number | undefined): string {
	const isJson = model.answer === "json" || (model.answer === undefined && request.wantsJson);
	const reference = isJson ? referenceJson : referenceAnswer;
	const text = departsAt === undefined ? reference : departing(reference, lengthOf(reference, departsAt, model));
	const prefix = prefillOf(request, model);
	if (prefix === undefined) return text;
	const isPrefix = reference.startsWith(prefix) || text.startsWith(prefix);
	const rest = isPrefix ? text.slice(prefix.length) : text;
	return model.prefill === "echo" ? prefix + rest : rest;
}

/** @returns the length of the first `pieces` pieces, in characters */
function lengthOf(text: string, pieces: number, { pieceLength }: LabModel): number {
	return piecesOf(text, pieceLength).slice(0, pieces).join("").length;
}

/** @returns the assistant's text that the answer continues, as the upstream's template has it; undefined if it begins anew */
function prefillOf({ prefix, continues, addsGenerationPrompt }: Question, { prefill, trims }: LabModel) {
	if (prefix === undefined || prefill === "ignore" || prefill === "reject") return undefined;
	if (prefill === "continue" && (!continues || addsGenerationPrompt)) return undefined;
	return trims ? prefix.trimEnd() : prefix;
}
