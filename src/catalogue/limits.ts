/** How long prompts and answers may be, in the words of vendors and servers. */
import { type Json, objectsAt, tokensAt } from "./members.js";
import type { ModelFacts } from "./modelFacts.js";

/** What is loaded counts before what the model could do. */
const contextPaths = [
	// vLLM, SGLang
	"max_model_len",
	// LM Studio, where the model is loaded
	"loaded_context_length",
	// llama.cpp: its list, and /props
	"meta.n_ctx",
	"default_generation_settings.n_ctx",
	// TGI's /info
	"max_total_tokens",
	// Groq, Vercel, this gateway
	"context_window",
	// OpenRouter, Together, Fireworks, Cohere, Moonshot, Google's and Cohere's lists as this gateway shows them
	"context_length",
	// Mistral, LM Studio
	"max_context_length",
	// Novita
	"context_size",
	"metadata.context_length",
	"limits.max_context_length",
	"capabilities.limits.max_context_window_tokens",
	"meta.n_ctx_train",
	"top_provider.context_length",
	// Anthropic
	"max_input_tokens",
	// Google
	"inputTokenLimit",
];

const inputPaths = ["max_input_tokens", "inputTokenLimit", "max_input_length", "capabilities.limits.max_prompt_tokens"];

const outputPaths = [
	"max_output_tokens",
	// Groq
	"max_completion_tokens",
	// OpenRouter
	"top_provider.max_completion_tokens",
	// Google
	"outputTokenLimit",
	"max_output_length",
	"limits.max_completion_tokens",
	"capabilities.limits.max_output_tokens",
	"metadata.max_tokens",
	// Anthropic, Vercel
	"max_tokens",
];

export function limitsIn(json: Json): ModelFacts {
	const contextWindow = loadedContext(json) ?? tokensAt(json, contextPaths) ?? ofItsProviders(json) ?? ofItsFile(json);
	const output = tokensAt(json, outputPaths);
	const input = tokensAt(json, inputPaths);
	return {
		contextWindow,
		// An answer has to leave room for a prompt: servers that name the whole context have no limit of their own.
		maxOutputTokens: output !== undefined && contextWindow !== undefined && output > contextWindow ? undefined : output,
		maxInputTokens: input,
	};
}

/** LM Studio's list of instances; the smallest may get the request. */
function loadedContext(json: Json): number | undefined {
	return least(objectsAt(json, "loaded_instances").map((one) => tokensAt(one, ["config.context_length"])));
}

/** Hugging Face's router, which sends a request to any of several. */
function ofItsProviders(json: Json): number | undefined {
	return least(objectsAt(json, "providers").map((one) => tokensAt(one, ["context_length"])));
}

function least(numbers: readonly (number | undefined)[]): number | undefined {
	const known = numbers.filter((one) => one !== undefined);
	return known.length === 0 ? undefined : Math.min(...known);
}

/** Ollama's /api/show: what its file sets, else what the model was trained for (`llama.context_length`). */
function ofItsFile(json: Json): number | undefined {
	const { parameters, model_info: info } = json;
	const set = typeof parameters === "string" ? /^num_ctx\s+(\d+)\s*$/m.exec(parameters)?.[1] : undefined;
	if (set !== undefined) return tokensAt({ set: Number(set) }, ["set"]);
	if (typeof info !== "object" || info === null) return undefined;
	for (const [name, value] of Object.entries(info))
		if (name.endsWith(".context_length")) return tokensAt({ value }, ["value"]);
	return undefined;
}
