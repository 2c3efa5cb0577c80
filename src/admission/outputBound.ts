/** How long a request lets its answer become, by every name under which some upstream reads that. */
import { isObject } from "../json/isObject.js";
import { configIn } from "../upstream/routing/contentParts.js";

type Json = Readonly<Record<string, unknown>>;

/** The API's own: whoever serves it keeps to them. */
const standardNames: readonly string[] = ["max_completion_tokens", "max_tokens"];
/** Of the Responses API, llama.cpp, Ollama, TGI, SGLang and others. */
const otherNames = ["max_output_tokens", "n_predict", "num_predict", "max_new_tokens", "max_tokens_to_sample"];
/** How many answers are made of one prompt, whether or not all of them are sent. */
const choiceNames = ["n", "best_of", "n_cmpl", "candidateCount", "candidate_count"];
/** No limit is as large. */
const most = 1e12;

export interface OutputBound {
	/** Tokens of one choice: the largest number that any upstream may read; undefined if there is none, or one means no bound. */
	readonly tokens: number | undefined;
	/** An upstream that reads nothing but the API's own names keeps to it too. */
	readonly isKept: boolean;
}

/**
 * @param areOthersKept the operation is none of the API's, so that the upstream reads names of its own
 * @param ownNames those of the client's dialect, where it has others than chat completions
 */
export function outputBoundOf(json: Json, areOthersKept: boolean, ownNames = standardNames): OutputBound {
	const options = isObject(json.options) ? json.options : {};
	// Some gateways merge it into what they send.
	const extra = isObject(json.extra_body) ? json.extra_body : {};
	const standard = largestOf([json, configIn(json), ...(ownNames === standardNames ? [] : [options])], ownNames);
	const others = largestOf([json, options, extra], [...otherNames, ...standardNames]);
	const tokens = Math.max(standard ?? 0, others ?? 0);
	const isKept = standard !== undefined || (areOthersKept && others !== undefined);
	return tokens === 0 || tokens === Number.POSITIVE_INFINITY
		? { tokens: undefined, isKept: false }
		: { tokens: Math.min(most, tokens), isKept };
}

/** How many answers are made: `n` for each prompt. A text completion may have a list of prompts. */
export function choicesMade(json: Json): number {
	const { prompt } = json;
	const prompts = Array.isArray(prompt) && typeof prompt[0] !== "number" ? prompt.length : 1;
	const each = largestOf([json, configIn(json)], choiceNames) ?? 1;
	return Math.min(most, Math.max(1, prompts * (Number.isFinite(each) ? each : 1)));
}

function largestOf(places: readonly Json[], names: readonly string[]): number | undefined {
	let largest: number | undefined;
	for (const place of places)
		for (const name of names) {
			const value = numberIn(place[name]);
			if (value !== undefined) largest = Math.max(largest ?? 0, value);
		}
	return largest;
}

/**
 * Some upstreams take numbers in quotes. -1, -2 and 0 mean "without end" to some: infinity. Undefined if it is no number to
 * anybody.
 */
function numberIn(value: unknown): number | undefined {
	const isText = typeof value === "string" && value.trim() !== "";
	if (typeof value !== "number" && !isText) return undefined;
	const number = Number(value);
	if (Number.isNaN(number)) return undefined;
	return number > 0 ? Math.ceil(number) : Number.POSITIVE_INFINITY;
}
