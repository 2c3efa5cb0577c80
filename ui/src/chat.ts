/** Requests a chat completion and follows its stream. */
import { ApiError, ask } from "./api.js";
import { eventsOf } from "./stream.js";

export interface Progress {
	text: string;
	reasoning: string;
	/** Milliseconds since the request. */
	firstTokenMs: number | undefined;
	passedMs: number;
	/** As counted by the upstream; until that is known, the number of chunks so far. */
	outputTokens: number;
	inputTokens: number | undefined;
	isCounted: boolean;
	finish: string | undefined;
	model: string | undefined;
	requestId: string | undefined;
}

interface Chunk {
	model?: string;
	choices?: {
		delta?: {
			content?: string | null;
			reasoning_content?: string | null;
			refusal?: string | null;
			tool_calls?: unknown;
		};
		finish_reason?: string | null;
	}[];
	usage?: { prompt_tokens?: number; completion_tokens?: number } | null;
	error?: { message?: string };
}

/** @param progress called for each chunk. @throws ApiError, also if the stream breaks off */
export async function chat(body: object, signal: AbortSignal, progress: (now: Progress) => void): Promise<Progress> {
	const startedAt = performance.now();
	const response = await ask("key", "v1/chat/completions", {
		method: "POST",
		body: { ...body, stream: true, stream_options: { include_usage: true } },
		signal,
	});
	let now: Progress = {
		text: "",
		reasoning: "",
		firstTokenMs: undefined,
		passedMs: 0,
		outputTokens: 0,
		inputTokens: undefined,
		isCounted: false,
		finish: undefined,
		model: undefined,
		requestId: response.headers.get("x-request-id") ?? undefined,
	};
	if (response.body === null) return now;
	for await (const data of eventsOf(response.body)) {
		if (data === "[DONE]") break;
		const chunk = JSON.parse(data) as Chunk;
		if (chunk.error) throw new ApiError(chunk.error.message ?? "The stream broke off.", 200, undefined, undefined);
		now = follow(now, chunk, performance.now() - startedAt);
		progress(now);
	}
	return now;
}

function follow(before: Progress, { model, choices, usage }: Chunk, passedMs: number): Progress {
	const choice = choices?.[0];
	const { content, reasoning_content: reasoning, refusal, tool_calls: calls } = choice?.delta ?? {};
	const text = (content ?? "") + (refusal ?? "") + (calls ? `${JSON.stringify(calls)}\n` : "");
	const isOutput = text !== "" || Boolean(reasoning);
	return {
		...before,
		text: before.text + text,
		reasoning: before.reasoning + (reasoning ?? ""),
		firstTokenMs: before.firstTokenMs ?? (isOutput ? passedMs : undefined),
		passedMs,
		outputTokens: usage?.completion_tokens ?? before.outputTokens + (isOutput ? 1 : 0),
		inputTokens: usage?.prompt_tokens ?? before.inputTokens,
		isCounted: before.isCounted || usage?.completion_tokens !== undefined,
		finish: choice?.finish_reason ?? before.finish,
		model: model ?? before.model,
	};
}
