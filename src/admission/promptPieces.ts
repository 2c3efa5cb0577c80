/** The parts of a request that have tokens: texts for a tokenizer, and parts counted without one. */
import { walkPrompt } from "../upstream/routing/walkPrompt.js";

type Json = Readonly<Record<string, unknown>>;

export interface PromptPieces {
	readonly texts: string[];
	/** Tokens of marks around messages, of pictures and recordings, and of prompts that are tokens already. */
	tokens: number;
}

/** As OpenAI's cookbook has it for its chat models: around each message, and before the answer. */
const tokensOfMessage = 3;
const tokensOfName = 1;
const tokensBeforeAnswer = 3;

export function promptPieces(json: Json): PromptPieces {
	const pieces: PromptPieces = { texts: [], tokens: Array.isArray(json.messages) ? tokensBeforeAnswer : 0 };
	const { texts } = pieces;
	walkPrompt(json, {
		message({ role, name }) {
			pieces.tokens += tokensOfMessage;
			if (typeof role === "string") texts.push(role);
			if (typeof name !== "string") return;
			texts.push(name);
			pieces.tokens += tokensOfName;
		},
		text: (text) => void texts.push(text),
		json: (value) => void texts.push(typeof value === "string" ? value : JSON.stringify(value)),
		tokens(count) {
			pieces.tokens += count;
		},
	});
	return pieces;
}
