/** How many choices a request asks for. */
import { configIn } from "./contentParts.js";

interface Asked {
	readonly n?: unknown;
	readonly prompt?: unknown;
	readonly [name: string]: unknown;
}

/** @returns the number of choices in one answer: `n` for each prompt, of which a text completion may have a list */
export function requestedChoices(json: Asked = {}): number {
	const { prompt } = json;
	// A list with numbers is one prompt in tokens, possibly mixed with texts.
	const isList = Array.isArray(prompt) && !prompt.some((item) => typeof item === "number");
	const prompts = isList ? prompt.length : 1;
	const config = configIn(json);
	const n = json.n ?? config.candidateCount ?? config.candidate_count;
	return Math.max(1, prompts * (typeof n === "number" ? n : 1));
}
