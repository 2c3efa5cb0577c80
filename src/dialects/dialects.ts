/** All wire formats, by the name that `x-dialect` in the contract has for them. A new one is a folder, and a line here. */
import { anthropicMessages, anthropicTokenCounts } from "./anthropicMessages/index.js";
import { cohereRerank } from "./cohereRerank/index.js";
import type { Dialect } from "./dialect.js";
import { geminiContent, geminiEmbedding, geminiEmbeddings, geminiModels, geminiTokenCounts } from "./gemini/index.js";
import { geminiLive } from "./geminiLive/index.js";
import { jinaRerank } from "./jinaRerank/index.js";
import { ollamaModels } from "./ollama/index.js";
import { ollamaChat } from "./ollamaChat/index.js";
import { ollamaEmbed, ollamaEmbeddings } from "./ollamaEmbed/index.js";
import { ollamaGenerate } from "./ollamaGenerate/index.js";
import { openaiChat } from "./openaiChat/index.js";
import { openaiCompletions } from "./openaiCompletions/index.js";
import { openaiEmbeddings } from "./openaiEmbeddings/index.js";
import { openaiImageEdits, openaiImages, openaiImageVariations } from "./openaiImages/index.js";
import { openaiModerations } from "./openaiModerations/index.js";
import { openaiRealtime } from "./openaiRealtime/index.js";
import { openaiResponses } from "./openaiResponses/index.js";
import { openaiSpeech } from "./openaiSpeech/index.js";
import { openaiTranscriptions } from "./openaiTranscriptions/index.js";
import { sglangRerank } from "./sglangRerank/index.js";
import { teiRerank } from "./teiRerank/index.js";
import { vllmDetokenize, vllmTokenize } from "./vllmTokens/index.js";
import { voyageRerank } from "./voyageRerank/index.js";

export const dialects: ReadonlyMap<string, Dialect> = new Map(
	[
		openaiChat,
		openaiCompletions,
		openaiEmbeddings,
		openaiModerations,
		openaiImages,
		openaiImageEdits,
		openaiImageVariations,
		openaiResponses,
		openaiSpeech,
		openaiTranscriptions,
		openaiRealtime,
		anthropicMessages,
		anthropicTokenCounts,
		geminiContent,
		geminiTokenCounts,
		geminiEmbedding,
		geminiEmbeddings,
		geminiModels,
		geminiLive,
		ollamaChat,
		ollamaGenerate,
		ollamaEmbed,
		ollamaEmbeddings,
		ollamaModels,
		jinaRerank,
		cohereRerank,
		voyageRerank,
		sglangRerank,
		teiRerank,
		vllmTokenize,
		vllmDetokenize,
	].map((dialect) => [dialect.name, dialect]),
);
