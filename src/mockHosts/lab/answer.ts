/** What the lab has to say to a request: the pieces of its answer, and how it would end. */
import type { Asked } from "./asked.js";
import type { LabModel } from "./modelName.js";
import {
	departing,
	piecesOf,
	referenceAnswer,
	referenceCalls,
	referenceJson,
	referenceReasoning,
} from "./referenceAnswers.js";

/** Each is one token. */
export type Piece =
	| { readonly kind: "content"; readonly text: string }
	| { readonly kind: "reasoning"; readonly text: string }
	| { readonly kind: "call"; readonly index: number; readonly id: string; readonly name: string }
	| { readonly kind: "arguments"; readonly index: number; readonly text: string };

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

export interface Answer {
	readonly pieces: readonly Piece[];
	readonly finish: FinishReason;
}

export function answerTo(asked: Asked, model: LabModel): Answer {
	const { pieces, finish } = wholeAnswer(asked, model, model.fault === "departs" ? model.number : undefined);
	const filtered = model.fault === "content-filter" ? model.number : undefined;
	if (filtered !== undefined && filtered <= asked.limit)
		return { pieces: pieces.slice(0, filtered), finish: "content_filter" };
	return asked.limit < pieces.length ? { pieces: pieces.slice(0, asked.limit), finish: "length" } : { pieces, finish };
}

function wholeAnswer(asked: Asked, model: LabModel, departs: number | undefined): Answer {
	const wantsTools = model.answer === "tools" || (model.answer === undefined && asked.tools.length > 0);
	if (wantsTools && asked.endpoint === "chat")
		return { pieces: toolPieces(asked, model, departs), finish: "tool_calls" };
	const reasons = model.answer === "reasoning" && asked.endpoint === "chat" && continued(asked, model) === undefined;
	const reasoning = reasons ? ofKind("reasoning", piecesOf(referenceReasoning, model.pieceLength)) : [];
	const content = ofKind("content", piecesOf(contentFor(asked, model, departs), model.pieceLength));
	return { pieces: [...reasoning, ...content], finish: "stop" };
}

function ofKind(kind: "content" | "reasoning", texts: readonly string[]): Piece[] {
	return texts.map((text) => ({ kind, text }));
}

function toolPieces({ tools, isParallel }: Asked, { pieceLength }: LabModel, departs: number | undefined): Piece[] {
	const calls = isParallel ? referenceCalls : referenceCalls.slice(0, 1);
	const pieces = calls.flatMap(({ id, name, arguments: text }, index): Piece[] => [
		{ kind: "call", index, id, name: tools[index] ?? tools[0] ?? name },
		...piecesOf(text, pieceLength).map((piece): Piece => ({ kind: "arguments", index, text: piece })),
	]);
	return pieces.map((piece, at) =>
		piece.kind === "arguments" && at >= (departs ?? pieces.length)
			? { ...piece, text: departing(piece.text, 0) }
			: piece,
	);
}

function contentFor(asked: Asked, model: LabModel, departs: number | undefined): string {
	const isJson = model.answer === "json" || (model.answer === undefined && asked.wantsJson);
	const reference = isJson ? referenceJson : referenceAnswer;
	const said = departs === undefined ? reference : departing(reference, lengthOf(reference, departs, model));
	const prefix = continued(asked, model);
	if (prefix === undefined) return said;
	const isPrefix = reference.startsWith(prefix) || said.startsWith(prefix);
	const rest = isPrefix ? said.slice(prefix.length) : said;
	return model.prefill === "echo" ? prefix + rest : rest;
}

/** Characters of the first so many pieces. */
function lengthOf(text: string, pieces: number, { pieceLength }: LabModel): number {
	return piecesOf(text, pieceLength).slice(0, pieces).join("").length;
}

/** What the assistant has said already, as the host's template sees it; nothing where it begins anew. */
function continued({ prefix, continues, addsGenerationPrompt }: Asked, { prefill, trims }: LabModel) {
	if (prefix === undefined || prefill === "ignore" || prefill === "reject") return undefined;
	if (prefill === "continue" && (!continues || addsGenerationPrompt)) return undefined;
	return trims ? prefix.trimEnd() : prefix;
}
