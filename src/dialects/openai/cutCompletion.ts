/** The end of a stream whose length was limited, as OpenAI's upstreams send it when `max_tokens` are reached. */
import type { CutEnding, Json } from "../dialect.js";

/** So many choices are ended, however many were asked for. */
const mostChoices = 128;

export interface CutForm {
	readonly object: string;
	readonly idPrefix: string;
	/** Where a choice has its text. */
	readonly said: Json;
}

export function cutCompletion(ending: CutEnding, { object, idPrefix, said }: CutForm): Buffer {
	const { id, requestId, created, model, usage } = ending;
	const base = { id: id ?? `${idPrefix}-${requestId}`, object, created, model };
	const choices = Array.from({ length: Math.min(mostChoices, ending.choices) }, (_none, index) => ({
		index,
		...said,
		logprobs: null,
		finish_reason: "length",
	}));
	const chunks: Json[] = [{ ...base, choices }];
	if (usage) chunks.push({ ...base, choices: [], usage: usageOf(usage) });
	const lines = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"];
	return Buffer.from(lines.map((line) => `data: ${line}\n\n`).join(""));
}

function usageOf({ input, output }: { input: number; output: number }): Json {
	return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}
