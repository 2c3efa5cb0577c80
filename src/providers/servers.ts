/** Servers that people run themselves: which dialects their present versions speak, and how they are recognised. */
import { anthropicMessages, anthropicTokenCounts } from "../dialects/anthropicMessages/index.js";
import type { Dialect } from "../dialects/dialect.js";
import { jinaRerank } from "../dialects/jinaRerank/index.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { openaiCompletions } from "../dialects/openaiCompletions/index.js";
import { openaiEmbeddings } from "../dialects/openaiEmbeddings/index.js";
import { openaiImageEdits, openaiImages } from "../dialects/openaiImages/index.js";
import { openaiRealtime } from "../dialects/openaiRealtime/index.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { openaiSpeech } from "../dialects/openaiSpeech/index.js";
import { openaiTranscriptions } from "../dialects/openaiTranscriptions/index.js";
import { sglangRerank } from "../dialects/sglangRerank/index.js";
import { teiRerank } from "../dialects/teiRerank/index.js";
import { vllmDetokenize, vllmTokenize } from "../dialects/vllmTokens/index.js";
import { isObject } from "../json/isObject.js";
import { ollamaDetails, ollamaDialects } from "./ollama.js";
import { openaiCompatible } from "./openaiCompatible.js";
import { fromRoot, type ModelDetails, type Provider } from "./provider.js";

const usual = [openaiChat, openaiCompletions, openaiEmbeddings];
/** vLLM-Omni and SGLang Diffusion serve models that make pictures. */
const pictures = [openaiImages, openaiImageEdits];
const messages = [anthropicMessages, anthropicTokenCounts];

const dialectsOf: Readonly<Record<string, readonly Dialect[]>> = {
	vllm: [
		...usual,
		jinaRerank,
		openaiResponses,
		...messages,
		openaiSpeech,
		openaiTranscriptions,
		...pictures,
		openaiRealtime,
		vllmTokenize,
		vllmDetokenize,
	],
	sglang: [...usual, sglangRerank, openaiResponses, ...messages, openaiTranscriptions, ...pictures],
	llamacpp: [...usual, jinaRerank, openaiResponses, ...messages, openaiTranscriptions],
	tgi: [openaiChat, openaiCompletions],
	tei: [openaiEmbeddings, teiRerank],
	lmstudio: [...usual, openaiResponses, anthropicMessages],
	ollama: [...usual, openaiResponses, anthropicMessages, ...ollamaDialects],
};

/** Where they say how long a prompt may be as they run now, and what their models take. vLLM's list says it. */
const detailsOf: Readonly<Record<string, ModelDetails>> = {
	sglang: { path: `${fromRoot}/get_model_info`, of: "only" },
	llamacpp: { path: `${fromRoot}/props`, of: "only" },
	tgi: { path: `${fromRoot}/info`, of: "only" },
	lmstudio: { path: `${fromRoot}/api/v0/models`, of: "list" },
	ollama: ollamaDetails,
};

/** Who counts a prompt's tokens. The others want texts that the model's template was put around. */
const tokenizeOf: Readonly<Record<string, "vllm" | "llama.cpp">> = { vllm: "vllm", llamacpp: "llama.cpp" };

export const servers: readonly Provider[] = Object.entries(dialectsOf).map(([name, dialects]) => ({
	...openaiCompatible,
	name,
	dialects,
	...(name in detailsOf ? { modelDetails: detailsOf[name] as ModelDetails } : {}),
	...(name in tokenizeOf ? { tokenize: tokenizeOf[name] as "vllm" } : {}),
}));

/** Dialects that only some versions of a server speak, and the path of each: a server that lacks one answers with 404 there. */
export const newerDialects: ReadonlyMap<Dialect, string> = new Map([
	[openaiResponses, "/responses"],
	[anthropicMessages, "/messages"],
	[anthropicTokenCounts, "/messages/count_tokens"],
]);

/** Who owns models, in the words of servers' lists. Ollama names the library that a model was pulled from. */
const owners: ReadonlyMap<unknown, string> = new Map([
	["vllm", "vllm"],
	["sglang", "sglang"],
	["llamacpp", "llamacpp"],
	["library", "ollama"],
	["organization_owner", "lmstudio"],
	["organization-owner", "lmstudio"],
]);

/**
 * Recognises a server by its list of models, and the header `server` that came with it.
 *
 * @returns the name of its provider; undefined for all others
 */
export function serverIn(list: unknown, header: string | undefined): string | undefined {
	if (header !== undefined && /^llama\.cpp\b/i.test(header)) return "llamacpp";
	const { data } = isObject(list) ? list : {};
	if (!Array.isArray(data)) return undefined;
	for (const entry of data) {
		const name = isObject(entry) ? owners.get(entry.owned_by) : undefined;
		if (name !== undefined) return name;
	}
	return undefined;
}
