/** Reads an upstream's list of models, and separates those that can chat from those that embed, transcribe or rank. */
import type { ModelList } from "./messages.js";

/** How servers describe a model, each in its own words; only the id is certain. */
interface Entry {
	id: string;
	/** Together, LM Studio: `chat`, `llm`, `embedding`, `image`. */
	type?: unknown;
	/** Mistral: an object of booleans; llama.cpp: a list such as `["completion"]`. */
	capabilities?: unknown;
	/** OpenRouter. */
	architecture?: { output_modalities?: unknown };
	/** Hugging Face, vLLM's router. */
	task?: unknown;
}

const maxModels = 2000;

/** Recognises names that tell what else a model is for: Ollama and vLLM list nothing but the name. */
const otherPurpose =
	/embed|minilm|rerank|colbert|whisper|moderation|dall-e|gpt-image|stable-?diffusion|(^|[/_-])(tts|flux|sora|clip)([_:.-]|\d|$)|(^|[/_-])(bge|gte|e5)[_:.-]|[_-](e5|tts|transcribe)([_:.-]|$)/i;

const otherType = /embed|rerank|image|audio|moderation|transcri|speech|similarity|feature-extraction/i;

/** @returns undefined if this is no list of models */
export function readModelList(upstream: string, answer: unknown): ModelList | undefined {
	const { data, models } = (answer ?? {}) as { data?: unknown; models?: unknown };
	// Cohere and Google list models by their name.
	const listed = Array.isArray(data) ? data : Array.isArray(models) ? models.map(withId) : undefined;
	if (listed === undefined) return undefined;
	const entries = listed.filter(isEntry).slice(0, maxModels);
	const chat = entries.filter(canChat).map(({ id }) => id);
	const others = entries.filter((entry) => !canChat(entry)).map(({ id }) => id);
	return { upstream, chat, others };
}

function withId(entry: unknown): unknown {
	const { name, endpoints } = (entry ?? {}) as { name?: unknown; endpoints?: unknown };
	const id = typeof name === "string" ? name.replace(/^models\//, "") : name;
	return { ...(entry as object), id, ...(Array.isArray(endpoints) ? { capabilities: endpoints } : {}) };
}

/** A name is sent to the upstream and printed, so it has to be one that a client might have sent. */
function isEntry(entry: unknown): entry is Entry {
	const { id } = (entry ?? {}) as { id?: unknown };
	return typeof id === "string" && /^[^\x00-\x1f\x7f-\x9f]{1,256}$/.test(id);
}

function canChat({ id, type, task, capabilities, architecture }: Entry): boolean {
	if (typeof capabilities === "object" && capabilities !== null) {
		const can = capabilities as Record<string, unknown>;
		if (typeof can.completion_chat === "boolean") return can.completion_chat;
		if (Array.isArray(capabilities)) {
			if (capabilities.some((word) => /^(completion|chat)$/.test(String(word)))) return true;
			if (capabilities.some((word) => otherType.test(String(word)))) return false;
		}
	}
	const outputs = architecture?.output_modalities;
	if (Array.isArray(outputs) && outputs.length > 0) return outputs.includes("text");
	for (const word of [type, task]) if (typeof word === "string" && otherType.test(word)) return false;
	return canChatByName(id);
}

/** Judges by the name alone. */
export function canChatByName(name: string): boolean {
	return !otherPurpose.test(name);
}

/** Whether the upstream knows this name: Ollama takes a name without a tag for its `latest`, and no server distinguishes upper and lower case. */
export function hasModel({ chat, others }: ModelList, model: string): boolean {
	const wanted = model.toLowerCase();
	return [...chat, ...others].some((id) => {
		const name = id.toLowerCase();
		return name === wanted || name === `${wanted}:latest` || name === `models/${wanted}`;
	});
}
