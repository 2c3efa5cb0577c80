/** Google's Gemini API (AI Studio), and others that take the same requests at the same paths. */
import {
	geminiContent,
	geminiEmbedding,
	geminiEmbeddings,
	geminiModels,
	geminiTokenCounts,
} from "../dialects/gemini/index.js";
import { geminiImages } from "../dialects/geminiImages/index.js";
import { geminiLive } from "../dialects/geminiLive/index.js";
import { geminiSpeech } from "../dialects/geminiSpeech/index.js";
import { imagenPredict } from "../dialects/imagenPredict/index.js";
import { fromRoot, type Provider } from "./provider.js";

const contents = [
	geminiContent,
	geminiTokenCounts,
	geminiEmbeddings,
	geminiEmbedding,
	geminiImages,
	geminiSpeech,
	geminiModels,
	geminiLive,
];
const imagen = [imagenPredict];

export const gemini: Provider = {
	name: "gemini",
	priceList: "google",
	dialects: [...contents, ...imagen],
	dialectsOf: (model) => (isImagen(model) ? imagen : contents),
	path({ dialect, path, model = "", isStream, isTranslated }) {
		if (dialect === geminiLive) return fromRoot + path;
		return (isTranslated && dialect?.path?.of({ model, isStream })) || path;
	},
	modelShape: "google",
	modelsPath: () => "/models?pageSize=1000",
	authorize: (key) => [["x-goog-api-key", key]],
};

/** Imagen makes pictures and nothing else, and is asked otherwise than Gemini. */
export function isImagen(model: string): boolean {
	return /\bimagen-/.test(model);
}
