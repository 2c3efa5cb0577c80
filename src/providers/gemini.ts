/** Google's Gemini API (AI Studio), and others that take the same requests at the same paths. */
import {
	geminiContent,
	geminiEmbedding,
	geminiEmbeddings,
	geminiModels,
	geminiTokenCounts,
} from "../dialects/gemini/index.js";
import { geminiLive } from "../dialects/geminiLive/index.js";
import { fromRoot, type Provider } from "./provider.js";

export const gemini: Provider = {
	name: "gemini",
	priceList: "google",
	dialects: [geminiContent, geminiTokenCounts, geminiEmbeddings, geminiEmbedding, geminiModels, geminiLive],
	path({ dialect, path, model = "", isStream, isTranslated }) {
		if (dialect === geminiLive) return fromRoot + path;
		return (isTranslated && dialect?.path?.of({ model, isStream })) || path;
	},
	modelShape: "google",
	modelsPath: () => "/models?pageSize=1000",
	authorize: (key) => [["x-goog-api-key", key]],
};
