/** A chat completion's request with its prompt put in. */
import type { Rendering } from "./render.js";

/** Two names of one thing: whichever the request gives, the prompt's other one is not meant any more. */
const synonyms = [
	["max_tokens", "max_completion_tokens"],
	["max_completion_tokens", "max_tokens"],
] as const;

/**
 * The prompt's messages stand in front of the request's own. Of parameters the request's win, each as a whole, also
 * where they are null.
 */
export function expandRequest(
	request: Record<string, unknown>,
	{ messages, parameters }: Rendering,
): Record<string, unknown> {
	const { prompt: _used, messages: own, ...given } = request;
	const expanded: Record<string, unknown> = { ...parameters, ...given };
	for (const [name, other] of synonyms)
		if (Object.hasOwn(given, name) && !Object.hasOwn(given, other)) delete expanded[other];
	return { ...expanded, messages: [...messages, ...((own as unknown[] | undefined) ?? [])] };
}
