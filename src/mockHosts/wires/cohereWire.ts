/** Cohere's chat (v2) and embeddings. */
import { lastTextOf, limitOf, questionOf, recordOf, recordsIn, recordsOf, textOf, tokensOf } from "./bodyReaders.js";
import { type Bytes, eventStream, type Framing, joined, type NamedEvent } from "./framing.js";
import { callsIn, textOfPieces } from "./pieces.js";
import type {
	AnswerHead,
	AnswerWriter,
	Asked,
	Body,
	Counts,
	ErrorAnswer,
	FinishReason,
	Piece,
	Question,
	WireError,
	WireFormat,
} from "./wire.js";

export const cohereWire: WireFormat = {
	name: "Cohere's chat",
	read,
	framing: (_question, json) => eventStream(json),
	writer,
	error: errorAnswer,
	embeddings: ({ inputs, promptTokens }, vectors) => ({
		id: "lab",
		texts: inputs,
		embeddings: { float: vectors.map((vector) => [...vector]) },
		meta: { api_version: { version: "2" }, billed_units: { input_tokens: promptTokens } },
	}),
};

function read(body: Body, asked: Asked): Question {
	if (asked.endpoint === "embeddings") {
		if (!Array.isArray(body.texts)) throw new Error("texts must be a list");
		return questionOf(asked, body, { inputs: body.texts, promptTokens: tokensOf(...body.texts) });
	}
	const messages = recordsOf(body.messages, "messages");
	const last = messages.at(-1);
	const isForbidden = body.tool_choice === "NONE";
	return questionOf(asked, body, {
		limit: limitOf(body.max_tokens),
		promptTokens: tokensOf(...messages.map(({ content }) => content)),
		tools: isForbidden ? [] : recordsIn(body.tools).map((tool) => String(recordOf(tool.function).name)),
		wantsJson: recordOf(body.response_format).type === "json_object",
		prefix: last?.role === "assistant" && last.tool_calls === undefined ? textOf(last.content) : undefined,
		lastText: lastTextOf(messages, ({ content }) => content),
	});
}

const finishReasons: Readonly<Record<FinishReason, string>> = {
	stop: "COMPLETE",
	length: "MAX_TOKENS",
	tool_calls: "TOOL_CALL",
	content_filter: "ERROR",
};

function writer(head: AnswerHead, framing: Framing): AnswerWriter {
	const event = (value: NamedEvent) => framing.event(value, value.type);
	const parts = createParts(event);
	const end = (delta: object, completion: number) =>
		event({ type: "message-end", delta: { ...delta, ...usageIn(head.counts(completion)) } });
	const piece = (given: Piece): Bytes[] => [joined(parts.of(given))];
	return {
		opening: () => {
			const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
			return [event({ type: "message-start", id: head.id, delta: { message } })];
		},
		piece,
		empty: () => piece({ kind: "content", text: "" }),
		finish: (reason, completion) => [...parts.close(), end({ finish_reason: finishReasons[reason] }, completion)],
		usage: () => "",
		last: () => framing.last,
		failure: (error) => joined([...parts.close(), end({ finish_reason: "ERROR", error: messageOf(error) }, 0)]),
		body: (pieces, reason) => ({
			id: head.id,
			message: messageIn(pieces),
			finish_reason: reason && finishReasons[reason],
			...usageIn(head.counts(pieces.length)),
		}),
	};
}

/** Contents and calls of a stream, one after the other. */
function createParts(event: (value: NamedEvent) => Bytes) {
	let open: { key: string; index: number; end: string } | undefined;
	let count = 0;
	const close = (): Bytes[] => {
		const ended = open === undefined ? [] : [event({ type: open.end, index: open.index })];
		open = undefined;
		return ended;
	};
	const enter = (key: string, type: "content" | "tool-call", message: object): Bytes[] => {
		if (open?.key === key) return [];
		const before = close();
		open = { key, index: count, end: `${type}-end` };
		count += 1;
		return [...before, event({ type: `${type}-start`, index: open.index, delta: { message } })];
	};
	const delta = (type: string, message: object) =>
		event({ type: `${type}-delta`, index: open?.index ?? 0, delta: { message } });
	return {
		close,
		of(piece: Piece): Bytes[] {
			if (piece.kind === "content")
				return [
					...enter("text", "content", { content: { type: "text", text: "" } }),
					delta("content", { content: { text: piece.text } }),
				];
			if (piece.kind === "reasoning")
				return [
					...enter("thinking", "content", { content: { type: "thinking", thinking: "" } }),
					delta("content", { content: { thinking: piece.text } }),
				];
			if (piece.kind === "arguments")
				return [delta("tool-call", { tool_calls: { function: { arguments: piece.text } } })];
			const { id, name } = piece;
			const call = { id, type: "function", function: { name, arguments: "" } };
			return enter(`call ${piece.index}`, "tool-call", { tool_calls: call });
		},
	};
}

function messageIn(pieces: readonly Piece[]): object {
	const [thinking, text] = [textOfPieces(pieces, "reasoning"), textOfPieces(pieces, "content")];
	const calls = callsIn(pieces).map(({ id, ...called }) => ({ id, type: "function", function: called }));
	return {
		role: "assistant",
		...(calls.length > 0 && { tool_calls: calls }),
		...((calls.length === 0 || text !== "") && {
			content: [
				...(thinking === "" ? [] : [{ type: "thinking", thinking }]),
				...(text === "" ? [] : [{ type: "text", text }]),
			],
		}),
	};
}

function usageIn(counts: Counts | undefined): object {
	if (counts === undefined) return {};
	const tokens = { input_tokens: counts.prompt, output_tokens: counts.completion };
	return { usage: { billed_units: tokens, tokens } };
}

const messageOfKind: Partial<Record<WireError["kind"], string>> = {
	unauthorized: "invalid api token",
	"rate-limit": "Please wait and try again later",
};

function messageOf({ kind, message, tokens }: WireError): string {
	if (tokens === undefined) return messageOfKind[kind] ?? message;
	return `too many tokens: size limit exceeded by ${tokens.prompt - tokens.most} tokens. Try using shorter or fewer inputs. The limit for this model is ${tokens.most} tokens.`;
}

function errorAnswer(error: WireError): ErrorAnswer {
	return { status: error.status, body: { id: "lab", message: messageOf(error) } };
}
