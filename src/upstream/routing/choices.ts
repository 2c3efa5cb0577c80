/** How many choices one answer holds: `n` for each prompt, of which a text completion may have a list. */
export function choicesAsked({ n, prompt }: { n?: unknown; prompt?: unknown } = {}): number {
	const prompts = Array.isArray(prompt) && typeof prompt[0] !== "number" ? prompt.length : 1;
	return Math.max(1, prompts * (typeof n === "number" ? n : 1));
}
