/** OpenAI's speech: `POST /v1/audio/speech`. Its answers are sound, or events that hold sound, and pass as they are. */
import { codePoints } from "../../chat/codePoints.js";
import { waveFile } from "../../chat/speech.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import type { Dialect, Json, SpeechTranslation } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { openaiErrors } from "../openai/errors.js";

/** Others send samples, which are not made smaller here. */
const formats: readonly unknown[] = [undefined, null, "wav", "pcm"];

/** For upstreams of other vendors. */
const speech: SpeechTranslation = {
	readRequest(body, dropped) {
		const { model, input, instructions, response_format: format, stream_format: framing, speed } = body;
		if (!formats.includes(format)) throw unsupported("response_format", "ask for wav or pcm");
		if (framing === "sse") throw unsupported("stream_format", "ask for audio");
		if (speed !== undefined && speed !== 1) dropped.add("speed");
		return {
			model: typeof model === "string" ? model : undefined,
			text: textIn(input),
			voice: voiceIn(body),
			instructions: textIn(instructions) || undefined,
			format: textIn(format) || undefined,
		};
	},
	writeResponse: (sound, { format }) =>
		format === "pcm"
			? { contentType: "audio/pcm", bytes: sound.samples }
			: { contentType: "audio/wav", bytes: waveFile(sound) },
};

function voiceIn({ voice }: Json): string | undefined {
	return textIn(isObject(voice) ? voice.id : voice) || undefined;
}

function unsupported(param: string, advice: string): GatewayError {
	const message = `The model's vendor has no such ${param}: ${advice}.`;
	return new GatewayError(400, message, { code: "unsupported_by_upstream", param });
}

export const openaiSpeech: Dialect = {
	name: "openai.speech",
	operation: "text_to_speech",
	contentMember: "audio",
	isLabelled: true,
	stream: undefined,
	errors: openaiErrors("audio"),
	readWhole: undefined,
	translation: undefined,
	speech,
	unitsOf: ({ input }) =>
		typeof input === "string" ? { counts: { characters: codePoints(input, input.length) } } : undefined,
};
