/** Google's generateContent, its streams, token counts and embeddings. */
import {
	choicesOf,
	lastTextOf,
	limitOf,
	questionOf,
	recordOf,
	recordsIn,
	recordsOf,
	textOf,
	tokensOf,
} from "./bodyReaders.js";
import { eventStream, type Framing, joined, jsonList } from "./framing.js";
import { callsIn, createCallHolder, parsedArguments, textOfPieces, type WholeCall } from "./pieces.js";
import type {
	AnswerHead,
	AnswerWriter,
	Asked,
	Body,
	Counts,
	ErrorAnswer,
	FinishReason,
	Question,
	WireError,
	WireFormat,
} from "./wire.js";

export const geminiWire: WireFormat = {
	name: "generateContent",
	read,
	framing: ({ variant }, json) => (variant === "list" ? jsonList(json) : eventStream(json)),
	writer,
	error: errorAnswer,
	embeddings: ({ variant }, vectors) => {
		const embeddings = vectors.map((vector) => ({ values: [...vector] }));
		return variant === "one" ? { embedding: embeddings[0] } : { embeddings };
	},
	tokens: ({ promptTokens }) => ({
		totalTokens: promptTokens,
		promptTokensDetails: [{ modality: "TEXT", tokenCount: promptTokens }],
	}),
};

function read(body: Body, asked: Asked): Question {
	if (asked.endpoint === "embeddings") return readEmbedding(body, asked);
	// Counting takes a whole request as well.
	const inner = asked.endpoint === "tokens" ? recordOf(body.generateContentRequest ?? body) : body;
	const contents = recordsOf(inner.contents, "contents");
	const config = recordOf(inner.generationConfig ?? inner.generation_config);
	const last = contents.at(-1);
	const system = recordOf(inner.systemInstruction ?? inner.system_instruction);
	return questionOf(asked, body, {
		limit: limitOf(config.maxOutputTokens, "maxOutputTokens"),
		choices: choicesOf(config.candidateCount),
		promptTokens: tokensOf(system.parts, ...contents.map(({ parts }) => parts)),
		tools: toolsOf(inner),
		wantsJson: /json/.test(String(config.responseMimeType)),
		prefix: last?.role === "model" && !callsTools(last) ? textOf(last.parts) : undefined,
		lastText: lastTextOf(contents, ({ parts }) => parts),
	});
}

function readEmbedding(body: Body, asked: Asked): Question {
	const requests = asked.variant === "one" ? [body] : recordsOf(body.requests, "requests");
	const inputs = requests.map(({ content }) => textOf(recordOf(content).parts));
	return questionOf(asked, body, { inputs, promptTokens: tokensOf(...inputs) });
}

function callsTools({ parts }: Body): boolean {
	return recordsIn(parts).some(({ functionCall }) => functionCall !== undefined);
}

function toolsOf({ tools, toolConfig }: Body): string[] {
	const { mode, allowedFunctionNames: allowed } = recordOf(recordOf(toolConfig).functionCallingConfig);
	if (mode === "NONE") return [];
	if (Array.isArray(allowed) && allowed.length > 0) return allowed.map(String);
	return recordsIn(tools).flatMap((tool) => recordsIn(tool.functionDeclarations).map(({ name }) => String(name)));
}

const finishReasons: Readonly<Record<FinishReason, string>> = {
	stop: "STOP",
	length: "MAX_TOKENS",
	tool_calls: "STOP",
	content_filter: "SAFETY",
};

function writer(head: AnswerHead, framing: Framing): AnswerWriter {
	const indexes = Array.from({ length: head.question.choices }, (_unused, index) => index);
	const base = { modelVersion: head.model, responseId: head.id };
	const calls = createCallHolder();
	const content = (parts: readonly object[]) => ({ content: { parts, role: "model" } });
	const chunks = (parts: readonly object[], completion: number, reason?: string) =>
		indexes.map((index) =>
			framing.event({
				candidates: [{ ...content(parts), ...(reason !== undefined && { finishReason: reason }), index }],
				...usageIn(head.counts(completion)),
				...base,
			}),
		);
	return {
		opening: () => [],
		piece(piece, before) {
			const parts: object[] = calls.add(piece).map(callPart);
			if (piece.kind === "content") parts.push({ text: piece.text });
			if (piece.kind === "reasoning") parts.push({ text: piece.text, thought: true });
			// Calls come whole.
			return parts.length === 0 ? indexes.map(() => "") : chunks(parts, before + 1);
		},
		empty: () => chunks([{ text: "" }], 0),
		finish: (reason, completion) => {
			const parts = calls.rest().map(callPart);
			return chunks(parts.length > 0 ? parts : [{ text: "" }], completion, finishReasons[reason]);
		},
		usage: () => "",
		last: () => framing.last,
		failure: (error) => joined([framing.event(errorAnswer(error, undefined).body), framing.last]),
		body: (pieces, reason) => ({
			candidates: indexes.map((index) => ({
				...content(partsOf(pieces)),
				...(reason && { finishReason: finishReasons[reason] }),
				index,
			})),
			...usageIn(head.counts(pieces.length * indexes.length)),
			...base,
		}),
	};
}

function callPart({ id, name, arguments: text }: WholeCall): object {
	return { functionCall: { id, name, args: parsedArguments(text) ?? {} } };
}

function partsOf(pieces: Parameters<AnswerWriter["body"]>[0]): object[] {
	const [thought, text] = [textOfPieces(pieces, "reasoning"), textOfPieces(pieces, "content")];
	const calls = callsIn(pieces).filter((call) => parsedArguments(call.arguments) !== undefined);
	return [
		...(thought === "" ? [] : [{ text: thought, thought: true }]),
		...(text === "" ? [] : [{ text }]),
		...calls.map(callPart),
	];
}

function usageIn(counts: Counts | undefined): object {
	if (counts === undefined) return {};
	const { prompt, completion, reasoning, cached = 0 } = counts;
	return {
		usageMetadata: {
			promptTokenCount: prompt,
			...(cached > 0 && { cachedContentTokenCount: cached }),
			candidatesTokenCount: completion - reasoning,
			...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
			totalTokenCount: prompt + completion,
		},
	};
}

const wordOfStatus: Readonly<Record<number, string>> = {
	401: "UNAUTHENTICATED",
	403: "PERMISSION_DENIED",
	404: "NOT_FOUND",
	429: "RESOURCE_EXHAUSTED",
	503: "UNAVAILABLE",
	504: "DEADLINE_EXCEEDED",
};

function errorAnswer(error: WireError, question: Question | undefined): ErrorAnswer {
	const { kind, status, isChosen = false, retrySeconds, tokens, message } = error;
	if (kind === "content-filter" && !isChosen) return { status: 200, body: blocked(question) };
	const rpc = "type.googleapis.com/google.rpc.";
	if (kind === "unauthorized" && !isChosen) {
		const reason = { "@type": `${rpc}ErrorInfo`, reason: "API_KEY_INVALID", domain: "googleapis.com" };
		return envelope(400, "API key not valid. Please pass a valid API key.", [reason]);
	}
	const details = retrySeconds === undefined ? [] : [{ "@type": `${rpc}RetryInfo`, retryDelay: `${retrySeconds}s` }];
	const text =
		tokens === undefined
			? message
			: `The input token count (${tokens.prompt}) exceeds the maximum number of tokens allowed (${tokens.most}).`;
	return envelope(status, text, details);
}

function envelope(status: number, message: string, details: readonly object[]): ErrorAnswer {
	const word = wordOfStatus[status] ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
	return { status, body: { error: { code: status, message, status: word, ...(details.length > 0 && { details }) } } };
}

/** A prompt that is blocked is no error: it has an answer without candidates. */
function blocked(question: Question | undefined): object {
	const promptTokenCount = question?.promptTokens ?? 0;
	return {
		promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
		usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount },
	};
}
