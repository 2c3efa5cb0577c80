/** OpenAI's speech: `POST /v1/audio/speech`. Its answers are sound, or events that hold sound, and pass as they are. */
import type { Dialect } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";

export const openaiSpeech: Dialect = {
	name: "openai.speech",
	operation: "text_to_speech",
	contentMember: "audio",
	isLabelled: true,
	stream: undefined,
	errors: openaiErrors("audio"),
	readWhole: undefined,
	translation: undefined,
};
