/** Ollama's own chat, generate and embeddings: lines of JSON. */
import {
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
import { type Framing, jsonLines } from "./framing.js";
import { callsIn, createCallHolder, parsedArguments, textOfPieces, type WholeCall } from "./pieces.js";
import type { AnswerHead, AnswerWriter, Asked, Body, FinishReason, Question, WireError, WireFormat } from "./wire.js";

/** What an assistant says, or the last piece of it. */
interface Said {
	readonly content?: string;
	readonly thinking?: string;
	readonly tool_calls?: readonly object[];
}

/** How it is written down. */
type SaidAs = (said: Said) => object;

const asMessage: SaidAs = (said) => ({ message: { role: "assistant", content: "", ...said } });
/** Nobody is given tools there. */
const asResponse: SaidAs = ({ content = "", thinking }) => ({ response: content, ...(thinking && { thinking }) });

export const ollamaWire: WireFormat = {
	name: "Ollama's chat",
	read,
	framing: (_question, json) => jsonLines(json),
	writer: writerOf(asMessage),
	error: ({ status, ...error }) => ({ status, body: errorBody({ status, ...error }) }),
	embeddings: ({ model, promptTokens }, vectors) => ({
		model,
		embeddings: vectors.map((vector) => [...vector]),
		total_duration: 1_000_000,
		load_duration: 1000,
		prompt_eval_count: promptTokens,
	}),
};

export const ollamaGenerateWire: WireFormat = {
	name: "Ollama's generate",
	read: (body, asked) =>
		questionOf(asked, body, {
			...settingsIn(body),
			promptTokens: tokensOf(body.system, body.prompt),
			lastText: textOf(body.prompt),
		}),
	framing: ollamaWire.framing,
	writer: writerOf(asResponse),
	error: ollamaWire.error,
};

/** What holds for both. */
function settingsIn({ stream, options, format }: Body): Pick<Question, "isStreamed" | "limit" | "wantsJson"> {
	return {
		isStreamed: stream !== false,
		limit: limitOf(recordOf(options).num_predict, "num_predict"),
		wantsJson: format !== undefined && format !== null && format !== "",
	};
}

function read(body: Body, asked: Asked): Question {
	if (asked.endpoint === "embeddings") {
		const inputs = listOf(body.input);
		return questionOf(asked, body, { inputs, promptTokens: tokensOf(...inputs) });
	}
	const messages = recordsOf(body.messages, "messages");
	const last = messages.at(-1);
	return questionOf(asked, body, {
		...settingsIn(body),
		promptTokens: tokensOf(...messages.map(({ content }) => content)),
		tools: recordsIn(body.tools).map((tool) => String(recordOf(tool.function).name)),
		prefix: last?.role === "assistant" && last.tool_calls === undefined ? textOf(last.content) : undefined,
		lastText: lastTextOf(messages, ({ content }) => content),
	});
}

const doneReasons: Readonly<Record<FinishReason, string>> = {
	stop: "stop",
	length: "length",
	tool_calls: "stop",
	content_filter: "stop",
};

function writerOf(saidAs: SaidAs): (head: AnswerHead, framing: Framing) => AnswerWriter {
	return (head, framing) => {
		const base = { model: head.model, created_at: new Date(head.createdAtMs).toISOString() };
		const calls = createCallHolder();
		const said = (message: Said) => ({ ...base, ...saidAs(message) });
		const line = (message: Said) => framing.event({ ...said(message), done: false });
		const ending = (reason: FinishReason, completion: number) => ({
			done_reason: doneReasons[reason],
			done: true,
			total_duration: 1_000_000,
			...countsIn(head, completion),
		});
		const withCalls = (whole: readonly WholeCall[]) => whole.map((call) => line({ tool_calls: [callOf(call)] }));
		return {
			opening: () => [],
			piece(piece) {
				const parts = withCalls(calls.add(piece));
				if (piece.kind === "content") parts.push(line({ content: piece.text }));
				if (piece.kind === "reasoning") parts.push(line({ thinking: piece.text }));
				return [parts.join("")];
			},
			empty: () => [line({})],
			finish: (reason, completion) => [
				...withCalls(calls.rest()),
				framing.event({ ...said({}), ...ending(reason, completion) }),
			],
			usage: () => "",
			last: () => framing.last,
			failure: (error) => framing.event(errorBody(error)),
			body: (pieces, reason) => ({
				...said(messageIn(pieces)),
				...(reason === null ? { done: false } : ending(reason, pieces.length)),
			}),
		};
	};
}

function messageIn(pieces: Parameters<AnswerWriter["body"]>[0]): Said {
	const thinking = textOfPieces(pieces, "reasoning");
	const calls = callsIn(pieces).filter((call) => parsedArguments(call.arguments) !== undefined);
	return {
		content: textOfPieces(pieces, "content"),
		...(thinking !== "" && { thinking }),
		...(calls.length > 0 && { tool_calls: calls.map(callOf) }),
	};
}

function callOf({ id, name, arguments: text }: WholeCall): object {
	return { id, function: { name, arguments: parsedArguments(text) ?? {} } };
}

function countsIn(head: AnswerHead, completionTokens: number): object {
	const counts = head.counts(completionTokens);
	return counts === undefined ? {} : { prompt_eval_count: counts.prompt, eval_count: counts.completion };
}

function errorBody({ message, tokens }: WireError): object {
	const tooLong = `the input length exceeds the context length (${tokens?.prompt} > ${tokens?.most})`;
	return { error: tokens === undefined ? message : tooLong };
}
