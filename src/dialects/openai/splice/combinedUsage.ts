/** Usage of an answer that two upstreams gave, with each part counted once. */
import type { Json } from "../../dialect.js";

/**
 * An upstream that goes on from the text so far was sent that text as a part of its prompt, and counted it there. For the client
 * it is output: so many tokens (`deliveredTokens`, which may be an estimate) go from the prompt's to the completion's, and
 * the total stays. An upstream that was sent the text and began anew all the same has counted it twice: they are taken from
 * the prompt's and from the total.
 *
 * @returns a new object, with all other members as they were; the same where it has no such numbers
 */
export function usageOnce(usage: Json, deliveredTokens: number, hasBegunAnew: boolean): Json {
	const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage;
	if (typeof prompt !== "number" || typeof completion !== "number") return usage;
	const moved = Math.max(0, Math.min(deliveredTokens, prompt));
	const once = { ...usage, prompt_tokens: prompt - moved };
	if (!hasBegunAnew) return { ...once, completion_tokens: completion + moved };
	return typeof total === "number" ? { ...once, total_tokens: Math.max(0, total - moved) } : once;
}
