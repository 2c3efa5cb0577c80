/** Reads an upstream's list of models, and separates those that can chat from those that embed, transcribe or rank. */
import { entriesIn, type ListEntry } from "../../catalogue/listEntries.js";
import { isObject } from "../../json/isObject.js";
import type { ModelList } from "./messages.js";

/** Of a longer list, the rest is left out. */
export const maxModels = 2000;

/** Recognises names that tell what else a model is for: Ollama and vLLM list nothing but the name. */
const otherPurpose =
	/embed|minilm|rerank|colbert|whisper|moderation|dall-e|gpt-image|stable-?diffusion|(^|[/_-])(tts|flux|sora|clip)([_:.-]|\d|$)|(^|[/_-])(bge|gte|e5)[_:.-]|[_-](e5|tts|transcribe)([_:.-]|$)/i;

const otherType = /embed|rerank|image|audio|moderation|transcri|speech|similarity|feature-extraction/i;

/** @returns undefined if this is no list of models */
export function readModelList(upstream: string, answer: unknown): ModelList | undefined {
	const entries = entriesIn(answer)?.slice(0, maxModels);
	if (entries === undefined) return undefined;
	const chat = entries.filter(canChat).map(({ id }) => id);
	const others = entries.filter((entry) => !canChat(entry)).map(({ id }) => id);
	return { upstream, chat, others };
}

function canChat({ id, json }: ListEntry): boolean {
	const { type, task, endpoints, architecture, outputModalities: summarized } = json;
	// Cohere's endpoints are what others call capabilities.
	const capabilities = Array.isArray(endpoints) ? endpoints : json.capabilities;
	if (typeof capabilities === "object" && capabilities !== null) {
		// Mistral: an object of booleans; llama.cpp: a list such as `["completion"]`.
		const can = capabilities as Record<string, unknown>;
		if (typeof can.completion_chat === "boolean") return can.completion_chat;
		if (Array.isArray(capabilities)) {
			if (capabilities.some((word) => /^(completion|chat)$/.test(String(word)))) return true;
			if (capabilities.some((word) => otherType.test(String(word)))) return false;
		}
	}
	// OpenRouter's, and Bedrock's in upper case.
	const outputs = isObject(architecture) ? architecture.output_modalities : summarized;
	if (Array.isArray(outputs) && outputs.length > 0)
		return outputs.some((word) => String(word).toLowerCase() === "text");
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
