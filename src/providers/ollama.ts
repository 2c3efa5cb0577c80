/** Ollama's own API, for what its OpenAI-compatible one can't say: the length of the context, and how long a model stays loaded. */

import type { Dialect } from "../dialects/dialect.js";
import { ollamaModels } from "../dialects/ollama/index.js";
import { ollamaChat } from "../dialects/ollamaChat/index.js";
import { ollamaEmbed, ollamaEmbeddings } from "../dialects/ollamaEmbed/index.js";
import { ollamaGenerate } from "../dialects/ollamaGenerate/index.js";
import { openaiCompletions } from "../dialects/openaiCompletions/index.js";
import { isObject } from "../json/isObject.js";
import type { RequestEdits } from "./chatQuirks.js";
import { openaiCompatible } from "./openaiCompatible.js";
import { fromRoot, type ModelDetails, type Provider, type ProviderBody } from "./provider.js";

export interface OllamaOptions {
	/** Tokens of prompt and answer together, `num_ctx`: Ollama cuts a longer prompt without a word. */
	readonly contextLength?: number | undefined;
	/** How long the model stays loaded, `10m`, or -1 for ever. */
	readonly keepAlive?: string | undefined;
}

/** Its lists hold names alone. */
export const ollamaDetails: ModelDetails = { path: `${fromRoot}/api/show`, of: "each" };

/** Every Ollama server speaks them. Requests in other dialects become the first, where that is asked first. */
export const ollamaDialects: readonly Dialect[] = [
	ollamaChat,
	ollamaGenerate,
	ollamaEmbed,
	ollamaEmbeddings,
	ollamaModels,
];

/** It is asked in its own wire format. @param options that every request has which names none itself */
export function ollamaItself(options: OllamaOptions): Provider {
	return {
		...openaiCompatible,
		name: "ollama",
		dialects: [...ollamaDialects, openaiCompletions],
		modelDetails: ollamaDetails,
		edits: (body) => editsOf(body, options),
	};
}

const loading: ReadonlySet<Dialect | undefined> = new Set([ollamaChat, ollamaGenerate, ollamaEmbed, ollamaEmbeddings]);

function editsOf({ dialect, json }: ProviderBody, { contextLength, keepAlive }: OllamaOptions): RequestEdits {
	const edits = new Map<string, unknown>();
	if (!loading.has(dialect)) return edits;
	const options = isObject(json.options) ? json.options : {};
	if (contextLength !== undefined && options.num_ctx === undefined)
		edits.set("options", { num_ctx: contextLength, ...options });
	if (keepAlive !== undefined && json.keep_alive === undefined) edits.set("keep_alive", keptAlive(keepAlive));
	return edits;
}

/** A number means seconds. */
function keptAlive(text: string): string | number {
	return /^-?\d+$/.test(text) ? Number(text) : text;
}
