/** OpenAI's transcripts: `POST /v1/audio/transcriptions` and `/v1/audio/translations`. They may come as JSON, as text or as subtitles. */
import type { Dialect } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { stream } from "./stream.js";

export const openaiTranscriptions: Dialect = {
	name: "openai.transcriptions",
	operation: "transcription",
	contentMember: "text",
	isLabelled: true,
	stream,
	errors: openaiErrors("text"),
	readWhole: undefined,
	translation: undefined,
};
