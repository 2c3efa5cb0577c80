/** @returns the number of choices in one answer: `n` for each prompt, of which a text completion may have a list */
export function requestedChoices({ n, prompt }: { n?: unknown; prompt?: unknown } = {}): number {
	// A list with numbers is one prompt in tokens, possibly mixed with texts.
	const isList = Array.isArray(prompt) && !prompt.some((item) => typeof item === "number");
	const prompts = isList ? prompt.length : 1;
	return Math.max(1, prompts * (typeof n === "number" ? n : 1));
}
