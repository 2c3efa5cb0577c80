/** OpenAI's Responses and their token counts. */
import { lastTextOf, limitOf, questionOf, recordOf, recordsIn, textOf, tokensOf } from "./bodyReaders.js";
import { eventStream, type Framing, joined } from "./framing.js";
import { openaiBody, openaiError } from "./openaiErrors.js";
import { createItems, itemsOf } from "./responseItems.js";
import type {
	AnswerHead,
	AnswerWriter,
	Asked,
	Body,
	Counts,
	FinishReason,
	Piece,
	Question,
	WireError,
	WireFormat,
} from "./wire.js";

export const responsesWire: WireFormat = {
	name: "Responses",
	read,
	framing: (_question, json) => eventStream(json),
	writer,
	error: openaiError,
	tokens: ({ promptTokens }) => ({ object: "response.input_tokens", input_tokens: promptTokens }),
};

function read(body: Body, asked: Asked): Question {
	const { input, instructions } = body;
	if (typeof input !== "string" && !Array.isArray(input)) throw new Error("input must be a string or a list");
	const items = typeof input === "string" ? [{ role: "user", content: input }] : recordsIn(input);
	const last: Body | undefined = items.at(-1);
	return questionOf(asked, body, {
		limit: limitOf(body.max_output_tokens, "max_output_tokens"),
		promptTokens: tokensOf(instructions, ...items.map((item: Body) => item.content ?? item.output)),
		tools: toolsOf(body),
		isParallel: body.parallel_tool_calls !== false,
		wantsJson: /^json/.test(String(recordOf(recordOf(body.text).format).type)),
		prefix: last?.role === "assistant" ? textOf(last.content) : undefined,
		lastText: lastTextOf(items, ({ content }) => content),
	});
}

function toolsOf({ tools, tool_choice: choice }: Body): string[] {
	if (choice === "none") return [];
	const { type, name } = recordOf(choice);
	if (type === "function" && typeof name === "string") return [name];
	return recordsIn(tools).flatMap((tool) => (tool.type === "function" ? [String(tool.name)] : []));
}

/** Why an answer is incomplete. */
const incomplete: Partial<Record<FinishReason, string>> = {
	length: "max_output_tokens",
	content_filter: "content_filter",
};

function writer(head: AnswerHead, framing: Framing): AnswerWriter {
	let sequenceNumber = -1;
	const emit = (type: string, more: object) => {
		sequenceNumber += 1;
		return framing.event({ type, sequence_number: sequenceNumber, ...more }, type);
	};
	const items = createItems(head, emit);
	const pieces: Piece[] = [];
	let finished: { reason: FinishReason; completion: number } | undefined;
	const begun = responseOf(head, { status: "in_progress" });
	const piece = (given: Piece) => {
		pieces.push(given);
		return [joined(items.add(given))];
	};
	return {
		opening: () => [emit("response.created", { response: begun }), emit("response.in_progress", { response: begun })],
		piece,
		empty: () => piece({ kind: "content", text: "" }),
		finish(reason, completion) {
			finished = { reason, completion };
			return items.close();
		},
		usage: () => "",
		// A format whose finish reason and counts stand in what ends it.
		last() {
			const { reason = "stop", completion = pieces.length } = finished ?? {};
			const ended = endOf(reason);
			const response = responseOf(head, { ...ended, output: itemsOf(pieces, head), completion });
			return joined([emit(`response.${ended.status}`, { response }), framing.last]);
		},
		failure: (error, as) =>
			as === "event" ? framing.event(errorEvent(error, sequenceNumber + 1), "error") : failed(head, error, emit),
		body: (given, reason) =>
			responseOf(head, {
				...(reason === null ? { status: "in_progress" } : endOf(reason)),
				output: itemsOf(given, head),
				completion: given.length,
			}),
	};
}

function endOf(reason: FinishReason): { status: string; incomplete?: string } {
	const why = incomplete[reason];
	return why === undefined ? { status: "completed" } : { status: "incomplete", incomplete: why };
}

function failed(head: AnswerHead, error: WireError, emit: (type: string, more: object) => string | Buffer) {
	const { message, code } = error;
	const response = responseOf(head, { status: "failed", error: { code: code ?? "server_error", message } });
	return emit("response.failed", { response });
}

function errorEvent(error: WireError, sequenceNumber: number): object {
	const { error: detail } = openaiBody(error) as { error: { message: string; code: unknown; param: unknown } };
	const { message, code, param } = detail;
	return { type: "error", code: code ?? "server_error", message, param, sequence_number: sequenceNumber };
}

interface ResponseState {
	readonly status: string;
	readonly error?: object;
	readonly incomplete?: string;
	readonly output?: readonly object[];
	readonly completion?: number;
}

function responseOf(head: AnswerHead, { status, error, incomplete: why, output = [], completion }: ResponseState) {
	return {
		id: `resp_${head.id}`,
		object: "response",
		created_at: Math.floor(head.createdAtMs / 1000),
		status,
		error: error ?? null,
		incomplete_details: why === undefined ? null : { reason: why },
		instructions: null,
		max_output_tokens: null,
		metadata: {},
		model: head.model,
		output,
		parallel_tool_calls: true,
		previous_response_id: null,
		reasoning: { effort: null, summary: null },
		store: false,
		temperature: 1,
		text: { format: { type: "text" } },
		tool_choice: "auto",
		tools: [],
		top_p: 1,
		truncation: "disabled",
		usage: completion === undefined ? null : usageIn(head.counts(completion)),
	};
}

function usageIn(counts: Counts | undefined): object | null {
	if (counts === undefined) return null;
	const { prompt, completion, reasoning, cached = 0 } = counts;
	return {
		input_tokens: prompt,
		input_tokens_details: { cached_tokens: cached },
		output_tokens: completion,
		output_tokens_details: { reasoning_tokens: reasoning },
		total_tokens: prompt + completion,
	};
}
