/** Models that a request names besides its `model`, for upstreams that may fall back to them. */

/**
 * OpenRouter's `models`, and LiteLLM's `fallbacks`: names, objects with a `model`, or lists of names by model.
 *
 * @see https://openrouter.ai/docs/features/model-routing and https://docs.litellm.ai/docs/proxy/reliability
 */
export function otherModels({ models, fallbacks }: Readonly<Record<string, unknown>>): string[] {
	return [...namesIn(models), ...namesIn(fallbacks)];
}

function namesIn(list: unknown): string[] {
	if (typeof list === "string") return [list];
	if (!Array.isArray(list)) return [];
	return list.flatMap((item: unknown) => {
		if (typeof item === "string") return [item];
		if (typeof item !== "object" || item === null) return [];
		const { model } = item as { model?: unknown };
		return typeof model === "string" ? [model] : Object.values(item).flatMap(namesIn);
	});
}
