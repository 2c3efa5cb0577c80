/** A request of Gemini's generateContent for the rest of an answer: the model's text so far stands last in it. */
import type { Json } from "../dialect.js";
import { objectMember, objectsMember } from "./members.js";

export function continued(json: Json, text: string, maxOutputTokens: number | undefined): Json | undefined {
	const contents = objectsMember(json, "contents");
	// It may be a whole answer, or the beginning of one.
	if (contents.at(-1)?.role === "model") return undefined;
	const answer = { role: "model", parts: [{ text }] };
	const asked = { ...json, contents: [...contents, answer] };
	return maxOutputTokens === undefined ? asked : withLimit(asked, maxOutputTokens);
}

function withLimit(json: Json, maxOutputTokens: number): Json {
	const { generationConfig: _camel, generation_config: _snake, ...others } = json;
	const { max_output_tokens: _limit, ...config } = objectMember(json, "generationConfig");
	return { ...others, generationConfig: { ...config, maxOutputTokens } };
}
