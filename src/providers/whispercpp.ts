/** whisper.cpp's server: transcripts and translations of recordings, by one operation whose path is set when it starts. */
import { openaiTranscriptions } from "../dialects/openaiTranscriptions/index.js";
import type { Carriage } from "./carriage.js";
import { openaiCompatible } from "./openaiCompatible.js";
import { fromRoot, type Provider } from "./provider.js";

/** It was started with `--inference-path /v1/audio/transcriptions`. */
function hasOpenaiPath(basePath: string): boolean {
	return /\/v1\/?$/.test(basePath);
}

/** It labels plain text as HTML. */
const carriage: Carriage = {
	relabelled: (type) => (/^text\/html\b/i.test(type) ? "text/plain; charset=utf-8" : type),
};

export const whispercpp: Provider = {
	...openaiCompatible,
	name: "whispercpp",
	dialects: [openaiTranscriptions],
	path: ({ basePath }) => (hasOpenaiPath(basePath) ? "/audio/transcriptions" : "/inference"),
	// It lists no models, and says of itself only that it is ready.
	modelsPath: ({ url }) => (hasOpenaiPath(new URL(url).pathname) ? `${fromRoot}/health` : "/health"),
	carriage: () => carriage,
	/** A recording is taken for English unless a language is named, and is translated only if it is told so. */
	edits({ path, json }) {
		const edits = new Map<string, unknown>();
		if (json.language === undefined) edits.set("language", "auto");
		if (path.endsWith("/translations")) edits.set("translate", true);
		return edits;
	},
};
