/** Expands a chat completion request with its prompt. */
import type { Rendering } from "./render.js";

/** Two names of one parameter: if the request has one, the prompt's other one is dropped. */
const synonyms = [
	["max_tokens", "max_completion_tokens"],
	["max_completion_tokens", "max_tokens"],
] as const;

/**
 * Puts the prompt's messages before the request's own. A parameter of the request replaces the prompt's as a whole, even if it
 * is null.
 */
export function expandRequest(
	request: Record<string, unknown>,
	{ messages, parameters }: Rendering,
): Record<string, unknown> {
	const { prompt: _used, messages: own, ...requestParameters } = request;
	const expanded: Record<string, unknown> = { ...parameters, ...requestParameters };
	for (const [name, other] of synonyms)
		if (Object.hasOwn(requestParameters, name) && !Object.hasOwn(requestParameters, other)) delete expanded[other];
	return { ...expanded, messages: [...messages, ...((own as unknown[] | undefined) ?? [])] };
}
