/** Gemini's models that speak: `generateContent` with sound alone as its answer, for upstreams. */
import type { SpeechSound } from "../../chat/speech.js";
import { isObject } from "../../json/isObject.js";
import type { Dialect, Json, OutboundSpeech } from "../dialect.js";
import { geminiErrors } from "../gemini/errors.js";
import { objectMember, objectsMember, textMember } from "../gemini/members.js";
import { speechOf } from "../gemini/modalities.js";
import { pathFormat } from "../gemini/path.js";

/** Where the type of the samples says nothing of it. */
const usualRate = 24_000;

const speech: OutboundSpeech = {
	writeRequest({ text, voice = "", instructions }, dropped) {
		const named = speechOf(voice);
		// Another voice speaks.
		if (voice !== "" && named === undefined) dropped.add("voice");
		// The models are told in the text itself how to say it.
		const said = instructions === undefined ? text : `${instructions}: ${text}`;
		return {
			contents: [{ role: "user", parts: [{ text: said }] }],
			generationConfig: { responseModalities: ["AUDIO"], ...named },
		};
	},
	readResponse: (body) => ({
		...soundIn(body),
		model: textMember(body, "modelVersion") || undefined,
		usage: isObject(body.usageMetadata) ? body.usageMetadata : undefined,
	}),
};

/** Samples come as base64, whose type names their rate: `audio/L16;codec=pcm;rate=24000`. */
function soundIn(body: Json): SpeechSound {
	const parts = objectsMember(body, "candidates")
		.flatMap((candidate) => objectsMember(objectMember(candidate, "content"), "parts"))
		.map((part) => objectMember(part, "inlineData"));
	const rate = parts.map((part) => /\brate=(\d{4,6})\b/.exec(textMember(part, "mimeType"))?.[1]).find(Boolean);
	const samples = Buffer.concat(parts.map((part) => Buffer.from(textMember(part, "data"), "base64")));
	return { samples, rate: rate === undefined ? usualRate : Number(rate) };
}

/** In which only upstreams are asked. */
export const geminiSpeech: Dialect = {
	name: "gemini.speech",
	operation: "text_to_speech",
	// The data of a sound is no list: whether there is one shows when the answer is read.
	contentMember: "inlineData",
	usageMember: "usageMetadata",
	modelMember: "modelVersion",
	stream: undefined,
	errors: geminiErrors("candidates"),
	readWhole: undefined,
	translation: undefined,
	speech,
	path: pathFormat(() => "generateContent"),
};
