/** OpenAI's transcripts: `POST /v1/audio/transcriptions` and `/v1/audio/translations`. They may come as JSON, as text or as subtitles. */
import type { UsedUnits } from "../../chat/usedUnits.js";
import type { Dialect, Json } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { stream } from "./stream.js";
import { textTransform } from "./textTransform.js";

/** OpenAI and vLLM count seconds, Mistral those of the prompt; others say how long the audio is. */
function secondsIn(usage: Readonly<Json> | undefined): UsedUnits | undefined {
	const { seconds, prompt_audio_seconds: ofPrompt, duration } = usage ?? {};
	const count = [seconds, ofPrompt, duration].find((value) => typeof value === "number" && value >= 0);
	return count === undefined ? undefined : { counts: { audio_seconds: count as number } };
}

export const openaiTranscriptions: Dialect = {
	name: "openai.transcriptions",
	operation: "transcription",
	contentMember: "text",
	isLabelled: true,
	stream,
	errors: openaiErrors("text"),
	readWhole: undefined,
	translation: undefined,
	textTransform,
	durationMember: "duration",
	unitsOf: (_asked, usage) => secondsIn(usage),
};
