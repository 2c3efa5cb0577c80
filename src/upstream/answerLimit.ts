/** How long an answer a target is asked for, by what is known of its model. */
import type { ModelFacts } from "../catalogue/modelFacts.js";

/** A prompt may have more tokens than are estimated. */
const margin = 1.25;
/** Asked for even where the prompt seems to leave no room: the upstream knows better. */
const leastAnswer = 1_024;

/** The request's prompt, as far as it is counted. */
export interface PromptLength {
	/** A bound that costs nothing; Infinity if there is none. */
	readonly mostTokens: number;
	/** A count, or an estimate. */
	tokens(): number;
}

/**
 * @param asked what the client names; undefined if it names nothing
 * @param usual what is asked for in its place if the model's own maximum is unknown; undefined if the upstream needs no number
 * @returns undefined if the upstream is to decide
 */
export function answerLimit(
	asked: number | undefined,
	usual: number | undefined,
	{ maxOutputTokens: most, contextWindow }: ModelFacts,
	prompt: PromptLength,
): number | undefined {
	// More than the model can write is refused, and would not be written.
	if (asked !== undefined) return most === undefined ? asked : Math.min(asked, most);
	if (usual === undefined) return undefined;
	const wanted = most ?? usual;
	if (contextWindow === undefined || prompt.mostTokens + wanted <= contextWindow) return wanted;
	const room = contextWindow - Math.ceil(prompt.tokens() * margin);
	return Math.min(wanted, Math.max(leastAnswer, room));
}
