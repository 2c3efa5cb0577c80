/** Anthropic's Messages and their token counts. */
import { errorTypeOf } from "../../dialects/anthropicMessages/errors.js";
import { lastTextOf, limitOf, questionOf, recordOf, recordsIn, recordsOf, textOf, tokensOf } from "./bodyReaders.js";
import { type Bytes, eventStream, type Framing, joined, type NamedEvent } from "./framing.js";
import { parsedArguments } from "./pieces.js";
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

export const messagesWire: WireFormat = {
	name: "Messages",
	read,
	framing: (_question, json) => eventStream(json),
	writer,
	error: errorAnswer,
	tokens: ({ promptTokens }) => ({ input_tokens: promptTokens }),
};

export function read(body: Body, asked: Asked): Question {
	const messages = recordsOf(body.messages, "messages");
	if (asked.endpoint === "chat" && body.max_tokens === undefined) throw new Error("max_tokens: Field required");
	const last = messages.at(-1);
	const choice = recordOf(body.tool_choice);
	const format = recordOf(recordOf(body.output_config).format ?? body.output_format);
	return questionOf(asked, body, {
		limit: limitOf(body.max_tokens),
		promptTokens: tokensOf(body.system, ...messages.flatMap(textsIn)),
		tools: toolsOf(body.tools, choice),
		isParallel: choice.disable_parallel_tool_use !== true,
		wantsJson: format.type === "json_schema",
		prefix: last?.role === "assistant" && !callsTools(last) ? textOf(last.content) : undefined,
		lastText: lastTextOf(messages, ({ content }) => content),
	});
}

/** The message's own text, and the texts of tools' results in it. */
function textsIn({ content }: Body): unknown[] {
	const results = recordsIn(content).filter(({ type }) => type === "tool_result");
	return [content, ...results.map((result) => result.content)];
}

function callsTools({ content }: Body): boolean {
	return recordsIn(content).some(({ type }) => type === "tool_use");
}

function toolsOf(tools: unknown, choice: Body): string[] {
	if (choice.type === "none") return [];
	if (choice.type === "tool") return [String(choice.name)];
	return recordsIn(tools).map(({ name }) => String(name));
}

const stopReasons: Readonly<Record<FinishReason, string>> = {
	stop: "end_turn",
	length: "max_tokens",
	tool_calls: "tool_use",
	content_filter: "refusal",
};

/** No one can check it. */
const usualSignature = Buffer.from("signed by nobody").toString("base64");

/** Blocks of a stream, one after the other. */
function createBlocks(event: (value: NamedEvent) => Bytes, signature: string) {
	let index = -1;
	let open: string | undefined;
	let isThinking = false;
	const delta = (made: object) => event({ type: "content_block_delta", index, delta: made });
	const close = () => {
		if (open === undefined) return [];
		open = undefined;
		const signed = isThinking ? [delta({ type: "signature_delta", signature })] : [];
		return [...signed, event({ type: "content_block_stop", index })];
	};
	return {
		delta,
		close,
		/** @param key distinguishes it from the block before @param block as it begins */
		enter(key: string, block: { type: string; [name: string]: unknown }): Bytes[] {
			if (open === key) return [];
			const before = close();
			index += 1;
			open = key;
			isThinking = block.type === "thinking";
			return [...before, event({ type: "content_block_start", index, content_block: block })];
		},
	};
}

export function writer(head: AnswerHead, framing: Framing): AnswerWriter {
	const event = (value: NamedEvent) => framing.event(value, value.type);
	const { signature = usualSignature } = head;
	const blocks = createBlocks(event, signature);
	const message = { id: `msg_${head.id}`, type: "message", role: "assistant", model: head.model };
	const withUsage = (completion: number) => usageIn(head.counts(completion));
	const begun = { ...message, content: [], stop_reason: null, stop_sequence: null };
	const piece = (given: Piece): Bytes[] => [joined(pieceEvents(given, blocks))];
	return {
		opening: () => [event({ type: "message_start", message: { ...begun, ...withUsage(1) } }), event({ type: "ping" })],
		piece,
		empty: () => piece({ kind: "content", text: "" }),
		finish: (reason, completionTokens) => [
			...blocks.close(),
			event({
				type: "message_delta",
				delta: { stop_reason: stopReasons[reason], stop_sequence: null },
				...withUsage(completionTokens),
			}),
		],
		usage: () => "",
		last: () => joined([event({ type: "message_stop" }), framing.last]),
		failure: (error, as) => {
			const { body } = errorAnswer(error);
			const failed = framing.exception?.("error", body) ?? framing.event(body, "error");
			return as === "done" ? joined([failed, event({ type: "message_stop" })]) : failed;
		},
		body: (pieces, reason) => ({
			...message,
			content: blocksOf(pieces, signature),
			stop_reason: reason && stopReasons[reason],
			stop_sequence: null,
			...withUsage(pieces.length),
		}),
	};
}

function pieceEvents(piece: Piece, blocks: ReturnType<typeof createBlocks>): Bytes[] {
	if (piece.kind === "content")
		return [
			...blocks.enter("text", { type: "text", text: "" }),
			blocks.delta({ type: "text_delta", text: piece.text }),
		];
	if (piece.kind === "reasoning")
		return [
			...blocks.enter("thinking", { type: "thinking", thinking: "", signature: "" }),
			blocks.delta({ type: "thinking_delta", thinking: piece.text }),
		];
	if (piece.kind === "arguments") return [blocks.delta({ type: "input_json_delta", partial_json: piece.text })];
	const { id, name, index } = piece;
	return blocks.enter(`call ${index}`, { type: "tool_use", id, name, input: {} });
}

/** Neighbors of one kind are one block. */
function blocksOf(pieces: readonly Piece[], signature: string): Body[] {
	const blocks: { type: string; text: string; more: Body }[] = [];
	const add = (type: string, text: string, more: Body = {}) => {
		const last = blocks.at(-1);
		if (last?.type === type && type !== "tool_use") last.text += text;
		else blocks.push({ type, text, more });
	};
	for (const piece of pieces) {
		const last = blocks.at(-1);
		if (piece.kind === "content") add("text", piece.text);
		else if (piece.kind === "reasoning") add("thinking", piece.text);
		else if (piece.kind === "call") add("tool_use", "", { id: piece.id, name: piece.name });
		else if (last !== undefined) last.text += piece.text;
	}
	return blocks.map(({ type, text, more }) => {
		if (type === "tool_use") return { type, ...more, input: parsedArguments(text) ?? {} };
		return type === "thinking" ? { type, thinking: text, signature } : { type, text };
	});
}

function usageIn(counts: Counts | undefined): object {
	if (counts === undefined) return {};
	const { prompt, completion, cached = 0, written = 0, writtenForHour = 0 } = counts;
	return {
		usage: {
			input_tokens: prompt - cached - written,
			cache_creation_input_tokens: written,
			cache_read_input_tokens: cached,
			...(written > 0 && {
				cache_creation: {
					ephemeral_5m_input_tokens: written - writtenForHour,
					ephemeral_1h_input_tokens: writtenForHour,
				},
			}),
			output_tokens: completion,
		},
	};
}

const messageOfKind: Partial<Record<WireError["kind"], string>> = {
	unauthorized: "invalid x-api-key",
	"rate-limit": "This request would exceed your organization's rate limit.",
	"content-filter": "Output blocked by content filtering policy",
};

function errorAnswer({ kind, status, message, tokens }: WireError): ErrorAnswer {
	const text =
		tokens === undefined
			? (messageOfKind[kind] ?? message)
			: `prompt is too long: ${tokens.prompt} tokens > ${tokens.most} maximum`;
	return {
		status,
		body: { type: "error", error: { type: errorTypeOf(status), message: text }, request_id: "req_lab" },
	};
}
