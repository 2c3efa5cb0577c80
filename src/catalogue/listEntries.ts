/** The entries of a list of models, in whichever vendor's shape it comes. */
import { isObject } from "../json/isObject.js";
import type { Json } from "./members.js";

export interface ListEntry {
	/** The name by which requests ask for it. */
	readonly id: string;
	/** Other names for it. */
	readonly aliases: readonly string[];
	/** As the upstream wrote it. */
	readonly json: Json;
}

/** No client can ask for a longer name, nor for one with control characters, which are printed. */
const isName = (text: unknown): text is string =>
	typeof text === "string" && /^[^\x00-\x1f\x7f-\x9f]{1,256}$/.test(text);

/** @returns undefined for what is no list of models */
export function entriesIn(answer: unknown): ListEntry[] | undefined {
	const list = listIn(answer);
	return list?.filter(isObject).flatMap((json) => {
		const id = idOf(json);
		const { aliases } = json;
		return isName(id) ? [{ id, aliases: Array.isArray(aliases) ? aliases.filter(isName) : [], json }] : [];
	});
}

/** OpenAI's and most others' have `data`; Google's, Cohere's and xAI's `models`, Bedrock's `modelSummaries`; Together's is bare. */
function listIn(answer: unknown): unknown[] | undefined {
	if (Array.isArray(answer)) return answer.some(isObject) ? answer : undefined;
	if (!isObject(answer)) return undefined;
	const { data, models, modelSummaries: summaries } = answer;
	return [data, models, summaries].find((list) => Array.isArray(list)) as unknown[] | undefined;
}

/** Google and Cohere list models by their `name`, LM Studio by their `key`, Bedrock by their `modelId`. */
function idOf({ id, name, key, modelId }: Json): unknown {
	if (id !== undefined) return id;
	return typeof name === "string" ? name.replace(/^models\//, "") : (key ?? modelId);
}
