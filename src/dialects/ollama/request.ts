/** What requests of Ollama's chat and generate have in common, into the neutral model. */
import type { ChatRequest, ReasoningRequest, ResponseFormat } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn } from "../openai/members.js";
import { optionPrefix } from "./members.js";

/** Members that the neutral model has; all others are extensions. */
const known = new Set(["model", "stream", "format", "options", "think", "logprobs", "top_logprobs"]);
const knownOptions = new Set([
	"num_predict",
	"temperature",
	"top_p",
	"top_k",
	"frequency_penalty",
	"presence_penalty",
	"seed",
	"stop",
]);

/** @param own further members that the operation reads itself */
export function readCommon(
	body: Json,
	own: ReadonlySet<string>,
): Omit<ChatRequest, "dialect" | "messages" | "tools" | "toolChoice"> {
	const options = isObject(body.options) ? body.options : {};
	const { num_predict: limit, stop } = options;
	return {
		model: textIn(body.model) || undefined,
		mayCallInParallel: undefined,
		responseFormat: readFormat(body.format),
		// -1 and -2 mean no limit.
		maxOutputTokens: typeof limit === "number" && limit > 0 ? limit : undefined,
		sampling: {
			temperature: numberIn(options.temperature),
			topP: numberIn(options.top_p),
			topK: numberIn(options.top_k),
			frequencyPenalty: numberIn(options.frequency_penalty),
			presencePenalty: numberIn(options.presence_penalty),
			seed: numberIn(options.seed),
		},
		stop: typeof stop === "string" ? [stop] : listIn(stop).map(textIn),
		reasoning: readThink(body.think),
		logprobs: body.logprobs === true ? { top: numberIn(body.top_logprobs) ?? 0 } : undefined,
		n: 1,
		isStream: body.stream === true,
		// Its answers always end with them.
		wantsUsage: true,
		metadata: undefined,
		user: undefined,
		extensions: Object.fromEntries([
			...Object.entries(body).filter(([name]) => !known.has(name) && !own.has(name)),
			...Object.entries(options)
				.filter(([name]) => !knownOptions.has(name))
				.map(([name, value]) => [optionPrefix + name, value] as const),
		]),
	};
}

function readFormat(format: unknown): ResponseFormat | undefined {
	if (format === "json") return { type: "json" };
	return isObject(format) ? { type: "schema", name: "answer", schema: format } : undefined;
}

/** True leaves it to the model how much. */
function readThink(think: unknown): ReasoningRequest | undefined {
	if (think === true) return { effort: "medium", isShown: true };
	if (think === false) return { effort: "none" };
	return typeof think === "string" && think !== "" ? { effort: think, isShown: true } : undefined;
}
