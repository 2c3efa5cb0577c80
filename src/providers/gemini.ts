/** Google's Gemini API (AI Studio), and others that take the same requests at the same paths. */
import {
	geminiContent,
	geminiEmbedding,
	geminiEmbeddings,
	geminiModels,
	geminiTokenCounts,
} from "../dialects/gemini/index.js";
import type { Provider } from "./provider.js";

export const gemini: Provider = {
	name: "gemini",
	priceList: "google",
	dialects: [geminiContent, geminiTokenCounts, geminiEmbeddings, geminiEmbedding, geminiModels],
	path: ({ dialect, path, model = "", isStream, isTranslated }) =>
		(isTranslated && dialect?.path?.of({ model, isStream })) || path,
	modelShape: "google",
	modelsPath: () => "/models?pageSize=1000",
	authorize: (key) => [["x-goog-api-key", key]],
};
