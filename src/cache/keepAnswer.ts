/** Keeps the answer that was made for a request, if it may be given again. */
import { isUtf8 } from "node:buffer";
import type { Exchange } from "../exchange/exchange.js";
import type { ExchangeUsage } from "../exchange/usage.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Asked } from "./asked.js";
import type { CacheEntry } from "./entry.js";
import { isNatural } from "./readAnswer.js";
import { isTag } from "./wish.js";

/** Headers of an answer that belong to what it says. */
const keptHeaders = ["x-llmgw-dropped"];

/** Whether there may be something to keep, as far as an answer's head says it. */
export function mayBeKept({ status, isByPlugin }: ResponseStream): boolean {
	return status === 200 && !isByPlugin;
}

/** @returns the entry; undefined for an answer that was cut, refused, gone on with elsewhere, or can't be read */
export function entryOf(
	asked: Asked,
	answer: ResponseStream,
	body: Buffer,
	used: ExchangeUsage,
): CacheEntry | undefined {
	const { exchange, dialect, question, settings } = asked;
	const { attempts, caller, model } = exchange;
	const { isStream, headers } = answer;
	if (attempts.some(({ isChosen, isRescue, isContinuation }) => isChosen && (isRescue || isContinuation)))
		return undefined;
	if (!isUtf8(body) || !isNatural(dialect, isStream, body, settings.tools !== "never")) return undefined;
	const createdAt = Date.now();
	return {
		key: question.key,
		createdAt,
		expiresAt: createdAt + settings.ageMs,
		form: { ...question.form, isStream },
		headers: Object.fromEntries(keptHeaders.flatMap((name) => (headers[name] ? [[name, headers[name]]] : []))),
		body: body.toString(),
		model: model ?? "",
		responseModel: attempts.findLast(({ isChosen }) => isChosen)?.model ?? null,
		keyId: caller?.keyId ?? null,
		keyName: caller?.keyName ?? null,
		tags: tagsOf(asked, exchange),
		tokens: used.tokens ?? null,
		cost: used.cost ?? null,
	};
}

/** Those that the request names, and the notes of links and plugins, such as the prompt that it was made with. */
function tagsOf({ wish }: Asked, { tags }: Exchange): string[] {
	const notes = Object.entries(tags).map(([name, value]) => `${name}=${value}`);
	return [...new Set([...wish.tags, ...notes.filter(isTag)])];
}
