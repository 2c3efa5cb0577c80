/** Bedrock's Converse, its binary streams and its token counts. */
import { lastTextOf, limitOf, questionOf, recordOf, recordsIn, recordsOf, textOf, tokensOf } from "../bodyReaders.js";
import { type Bytes, type Framing, joined } from "../framing.js";
import { callsIn, parsedArguments, textOfPieces } from "../pieces.js";
import type {
	AnswerHead,
	AnswerWriter,
	Asked,
	Body,
	Counts,
	FinishReason,
	Piece,
	Question,
	WireFormat,
} from "../wire.js";
import { bedrockError, bedrockException } from "./errors.js";
import { frames } from "./frames.js";

export const converseWire: WireFormat = {
	name: "Converse",
	read,
	framing: (_question, json) =>
		frames((value, type) => ({ type, payload: Buffer.from(json({ ...value, p: "abcdefgh" })) })),
	writer,
	error: bedrockError,
	tokens: ({ promptTokens }) => ({ inputTokens: promptTokens }),
};

function read(given: Body, asked: Asked): Question {
	const body = asked.endpoint === "tokens" ? recordOf(recordOf(given.input).converse) : given;
	const messages = recordsOf(body.messages, "messages");
	const last = messages.at(-1);
	const { tools, toolChoice } = recordOf(body.toolConfig);
	const chosen = recordOf(recordOf(toolChoice).tool).name;
	const names = recordsIn(tools).flatMap(({ toolSpec }) =>
		toolSpec === undefined ? [] : [String(recordOf(toolSpec).name)],
	);
	return questionOf(asked, body, {
		limit: limitOf(recordOf(body.inferenceConfig).maxTokens, "maxTokens"),
		promptTokens: tokensOf(body.system, ...messages.flatMap(textsIn)),
		tools: typeof chosen === "string" ? [chosen] : names,
		wantsJson: recordOf(recordOf(body.outputConfig).textFormat).type === "json_schema",
		prefix: last?.role === "assistant" && !callsTools(last) ? textOf(last.content) : undefined,
		lastText: lastTextOf(messages, ({ content }) => content),
	});
}

/** The message's own text, and the texts of tools' results in it. */
function textsIn({ content }: Body): unknown[] {
	return [content, ...recordsIn(content).map(({ toolResult }) => recordOf(toolResult).content)];
}

function callsTools({ content }: Body): boolean {
	return recordsIn(content).some(({ toolUse }) => toolUse !== undefined);
}

const stopReasons: Readonly<Record<FinishReason, string>> = {
	stop: "end_turn",
	length: "max_tokens",
	tool_calls: "tool_use",
	content_filter: "content_filtered",
};

const signature = Buffer.from("signed by nobody").toString("base64");

function writer(head: AnswerHead, framing: Framing): AnswerWriter {
	const blocks = createBlocks(framing);
	const piece = (given: Piece): Bytes[] => [joined(blocks.of(given))];
	let completion = 0;
	return {
		opening: () => [framing.event({ role: "assistant" }, "messageStart")],
		piece,
		empty: () => piece({ kind: "content", text: "" }),
		finish(reason, tokens) {
			completion = tokens;
			return [...blocks.close(), framing.event({ stopReason: stopReasons[reason] }, "messageStop")];
		},
		usage: () => "",
		last: () => framing.event({ ...usageIn(head.counts(completion)), metrics: { latencyMs: 1 } }, "metadata"),
		failure: (error) => {
			const { name, body } = bedrockException(error);
			return framing.exception?.(name, body) ?? "";
		},
		body: (pieces, reason) => ({
			output: { message: { role: "assistant", content: contentOf(pieces) } },
			stopReason: reason && stopReasons[reason],
			...usageIn(head.counts(pieces.length)),
			metrics: { latencyMs: 1 },
		}),
	};
}

/** Blocks of a stream. That of a text has no beginning. */
function createBlocks({ event }: Framing) {
	let index = -1;
	let open: string | undefined;
	const delta = (made: object) => event({ contentBlockIndex: index, delta: made }, "contentBlockDelta");
	const close = (): Bytes[] => {
		if (open === undefined) return [];
		const signed = open === "reasoning" ? [delta({ reasoningContent: { signature } })] : [];
		open = undefined;
		return [...signed, event({ contentBlockIndex: index }, "contentBlockStop")];
	};
	const enter = (key: string): Bytes[] => {
		if (open === key) return [];
		const before = close();
		index += 1;
		open = key;
		return before;
	};
	return {
		close,
		of(piece: Piece): Bytes[] {
			if (piece.kind === "content") return [...enter("text"), delta({ text: piece.text })];
			if (piece.kind === "reasoning") return [...enter("reasoning"), delta({ reasoningContent: { text: piece.text } })];
			if (piece.kind === "arguments") return [delta({ toolUse: { input: piece.text } })];
			const toolUse = { toolUseId: piece.id, name: piece.name };
			return [
				...enter(`call ${piece.index}`),
				event({ contentBlockIndex: index, start: { toolUse } }, "contentBlockStart"),
			];
		},
	};
}

function contentOf(pieces: readonly Piece[]): object[] {
	const [thought, text] = [textOfPieces(pieces, "reasoning"), textOfPieces(pieces, "content")];
	return [
		...(thought === "" ? [] : [{ reasoningContent: { reasoningText: { text: thought, signature } } }]),
		...(text === "" ? [] : [{ text }]),
		...callsIn(pieces).map(({ id, name, arguments: given }) => ({
			toolUse: { toolUseId: id, name, input: parsedArguments(given) ?? {} },
		})),
	];
}

function usageIn(counts: Counts | undefined): object {
	if (counts === undefined) return {};
	const { prompt, completion, cached, written = 0 } = counts;
	const ofCache = cached === undefined ? {} : { cacheReadInputTokens: cached, cacheWriteInputTokens: written };
	const inputTokens = prompt - (cached ?? 0) - written;
	return { usage: { inputTokens, outputTokens: completion, totalTokens: prompt + completion, ...ofCache } };
}
