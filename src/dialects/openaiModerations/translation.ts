/** OpenAI's moderations: into the neutral model, and out of it. */
import {
	type Judgement,
	type ModerationInput,
	type ModerationRequest,
	moderationCategories,
} from "../../chat/moderation.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import type { Json, ModerationTranslation } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";

const known = new Set(["model", "input"]);
/** A category is true from here on, where the upstream gives scores alone. */
const threshold = 0.5;

export const translation: ModerationTranslation = {
	readRequest(body, dropped) {
		for (const name in body) if (!known.has(name) && body[name]) dropped.add(name);
		return { model: textIn(body.model) || undefined, inputs: inputsIn(body.input) };
	},
	writeRequest({ model, inputs }) {
		const [first] = inputs;
		const isPlain = inputs.every(({ texts, pictures }) => texts.length === 1 && pictures.length === 0);
		const input = isPlain ? inputs.map(({ texts }) => texts[0]) : first && partsOf(first);
		return withoutUndefined({ model, input });
	},
	readResponse: ({ id, model, results, usage }) => ({
		id: textIn(id) || undefined,
		model: textIn(model) || undefined,
		judgements: listIn(results).filter(isObject).map(judgementIn),
		usage: isObject(usage) ? usage : undefined,
	}),
	writeResponse: ({ id = "", model, judgements }, request) => ({
		id,
		model: model ?? request.model ?? "",
		results: judgements.map((judgement, at) => resultOf(judgement, request.inputs[at])),
	}),
};

/** @throws GatewayError 400 for an input that is neither text nor picture */
function inputsIn(input: unknown): ModerationRequest["inputs"] {
	if (typeof input === "string") return [{ texts: [input], pictures: [] }];
	const list = listIn(input);
	if (list.every((item) => typeof item === "string")) return list.map((text) => ({ texts: [text], pictures: [] }));
	const texts: string[] = [];
	const pictures: string[] = [];
	for (const [at, part] of list.entries()) {
		if (!isObject(part)) throw wrongPart(at);
		const { type, text, image_url: picture } = part;
		if (type === "text" && typeof text === "string") texts.push(text);
		else if (type === "image_url" && isObject(picture) && typeof picture.url === "string") pictures.push(picture.url);
		else throw wrongPart(at);
	}
	return [{ texts, pictures }];
}

function wrongPart(at: number): GatewayError {
	const message = `input[${at}] must be a part of the type text or image_url; a list is of texts, or of parts.`;
	return new GatewayError(400, message, { code: "invalid_value", param: `input[${at}]` });
}

/** As chat completions have them too. */
export function partsOf({ texts, pictures }: ModerationInput): Json[] {
	return [
		...texts.map((text) => ({ type: "text", text })),
		...pictures.map((url) => ({ type: "image_url", image_url: { url } })),
	];
}

function judgementIn({ flagged, category_scores: scores }: Json): Judgement {
	const numbers = Object.entries(isObject(scores) ? scores : {}).flatMap(([name, value]) => {
		const score = numberIn(value);
		return score === undefined ? [] : [[name, score] as const];
	});
	return { isFlagged: flagged === true, scores: Object.fromEntries(numbers) };
}

function resultOf({ isFlagged, scores }: Judgement, input: ModerationInput | undefined): Json {
	const names = [...new Set([...moderationCategories, ...Object.keys(scores)])];
	const types = [...(input?.texts.length ? ["text"] : []), ...(input?.pictures.length ? ["image"] : [])];
	const by = <Value>(of: (name: string) => Value) => Object.fromEntries(names.map((name) => [name, of(name)]));
	return {
		flagged: isFlagged,
		categories: by((name) => (scores[name] ?? 0) >= threshold),
		category_scores: by((name) => scores[name] ?? 0),
		category_applied_input_types: by(() => types),
	};
}
