/** All that follow OpenAI's API. */
import { anthropicMessages } from "../dialects/anthropicMessages/index.js";
import type { Dialect } from "../dialects/dialect.js";
import { jinaRerank } from "../dialects/jinaRerank/index.js";
import { ollamaChat } from "../dialects/ollamaChat/index.js";
import { ollamaEmbed, ollamaEmbeddings } from "../dialects/ollamaEmbed/index.js";
import { ollamaGenerate } from "../dialects/ollamaGenerate/index.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { openaiCompletions } from "../dialects/openaiCompletions/index.js";
import { openaiEmbeddings } from "../dialects/openaiEmbeddings/index.js";
import { openaiImageEdits, openaiImages, openaiImageVariations } from "../dialects/openaiImages/index.js";
import { openaiModerations } from "../dialects/openaiModerations/index.js";
import { openaiRealtime } from "../dialects/openaiRealtime/index.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { openaiSpeech } from "../dialects/openaiSpeech/index.js";
import { openaiTranscriptions } from "../dialects/openaiTranscriptions/index.js";
import { sglangRerank } from "../dialects/sglangRerank/index.js";
import { teiRerank } from "../dialects/teiRerank/index.js";
import { voyageRerank } from "../dialects/voyageRerank/index.js";
import { fromRoot, type Provider } from "./provider.js";

/** Where a request goes that has become one of the dialect. */
const paths: ReadonlyMap<Dialect, string> = new Map([
	[openaiChat, "/chat/completions"],
	[openaiResponses, "/responses"],
	[anthropicMessages, "/messages"],
	[openaiEmbeddings, "/embeddings"],
	[openaiModerations, "/moderations"],
	[jinaRerank, "/rerank"],
	[voyageRerank, "/rerank"],
	[sglangRerank, "/rerank"],
	[teiRerank, `${fromRoot}/rerank`],
	[ollamaChat, `${fromRoot}/api/chat`],
	[ollamaGenerate, `${fromRoot}/api/generate`],
	[ollamaEmbed, `${fromRoot}/api/embed`],
	[ollamaEmbeddings, `${fromRoot}/api/embeddings`],
]);

export const openaiCompatible: Provider = {
	name: "openai-compatible",
	dialects: [
		openaiChat,
		openaiCompletions,
		openaiEmbeddings,
		jinaRerank,
		openaiSpeech,
		openaiTranscriptions,
		openaiModerations,
		openaiImages,
		openaiImageEdits,
		openaiImageVariations,
		openaiRealtime,
	],
	path({ dialect, path, model = "", isStream, isTranslated }) {
		if (isTranslated) return (dialect && (paths.get(dialect) ?? dialect.path?.of({ model, isStream }))) || path;
		return dialect?.isAtRoot ? fromRoot + path : path;
	},
	authorize: (key) => [["authorization", `Bearer ${key}`]],
};
