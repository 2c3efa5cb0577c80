/** vLLM's `/tokenize` and `/detokenize`: each character is a token, by its number in Unicode. */
import { questionOf, textOf } from "./bodyReaders.js";
import { chatWire } from "./chatWire.js";
import type { Asked, Body, Question, WireFormat } from "./wire.js";

const maxModelLength = 8_192;

export const tokensWire: WireFormat = { ...chatWire, name: "tokens", read, data };

function read(body: Body, asked: Asked): Question {
	const { prompt, messages, tokens } = body;
	const given = asked.variant === "text" ? tokens : [...textOf(prompt ?? messages)];
	if (!Array.isArray(given)) throw new Error("tokens must be a list");
	return questionOf(asked, { model: "ok", ...body }, { inputs: given });
}

function data({ variant, inputs }: Question): object {
	if (variant === "text") return { prompt: inputs.map((token) => String.fromCodePoint(Number(token))).join("") };
	const tokens = inputs.map((character) => String(character).codePointAt(0));
	return { count: tokens.length, max_model_len: maxModelLength, tokens };
}
