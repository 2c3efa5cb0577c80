/** Which media an answer is to have: as clients of chat completions ask for them, in Google's words. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";

/** Members of a chat completion that have others here. */
export const carried: ReadonlySet<string> = new Set(["modalities", "audio"]);

/** Voices of OpenAI's, which Google does not have. */
const openaisVoices = /^(alloy|ash|ballad|cedar|coral|echo|fable|marin|nova|onyx|sage|shimmer|verse)$/;

/** The member of `generationConfig` that names a voice; undefined for none, and for one that Google does not have. */
export function speechOf(voice: string): Json | undefined {
	if (voice === "" || openaisVoices.test(voice)) return undefined;
	return { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } } };
}

/** Members of `generationConfig`. */
export function writeModalities({ modalities, audio }: Readonly<Json>, dropped: { add(name: never): unknown }): Json {
	const wanted = listIn(modalities).map((one) => textIn(one).toUpperCase());
	const voice = isObject(audio) ? textIn(audio.voice) : "";
	const speech = speechOf(voice);
	// Another voice speaks.
	if (voice !== "" && speech === undefined) (dropped as { add(name: string): unknown }).add("audio.voice");
	const hasText = wanted.length === 1 && wanted[0] === "TEXT";
	// Google's models speak, or write.
	const responseModalities = wanted.includes("AUDIO") ? ["AUDIO"] : wanted;
	return {
		...(wanted.length === 0 || hasText ? {} : { responseModalities }),
		...speech,
	};
}
