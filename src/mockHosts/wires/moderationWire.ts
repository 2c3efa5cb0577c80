/** OpenAI's moderations: a category is flagged where an input names it. */
import { listOf, questionOf, textOf, tokensOf } from "./bodyReaders.js";
import { chatWire } from "./chatWire.js";
import type { Asked, Body, Question, WireFormat } from "./wire.js";

const categories = ["harassment", "hate", "illicit", "self-harm", "sexual", "violence"];

export const moderationWire: WireFormat = { ...chatWire, name: "moderations", read, data };

function read(body: Body, asked: Asked): Question {
	if (body.input === undefined) throw new Error("input is missing");
	const given = listOf(body.input);
	// A list of parts is one input.
	const inputs = given.every((input) => typeof input === "string") ? given : [textOf(given)];
	return questionOf(asked, { model: "ok", ...body }, { inputs, promptTokens: tokensOf(...inputs) });
}

function data({ model, inputs }: Question): object {
	return { id: "modr-lab", model, results: inputs.map((input) => judgementOf(String(input).toLowerCase())) };
}

function judgementOf(text: string): object {
	const named = categories.filter((category) => text.includes(category));
	const by = <Value>(of: (isNamed: boolean) => Value) =>
		Object.fromEntries(categories.map((category) => [category, of(named.includes(category))]));
	return {
		flagged: named.length > 0,
		categories: by((isNamed) => isNamed),
		category_scores: by((isNamed) => (isNamed ? 0.99 : 0.001)),
		category_applied_input_types: by(() => ["text"]),
	};
}
