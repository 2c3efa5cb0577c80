/** Finds the answer to a question that means the same. */
import createDebug from "debug";
import { messageOf } from "../errors/problem.js";
import type { CachedAnswer } from "../exchange/exchange.js";
import type { Accept } from "../exchange/innerRequest.js";
import type { AnswerCache } from "./answerCache.js";
import type { Asked } from "./asked.js";
import { offered } from "./lookUp.js";
import { comparable, vectorIn } from "./meaning.js";
import { askAsClient } from "./ownRequest.js";

const debug = createDebug("llmgw:cache");

/** A question that was compared. */
export interface Compared {
	/** What its vector is found by, once it has an answer. */
	readonly group: string;
	readonly vector: string;
	/** Of the question that came next. */
	readonly similarity: number | undefined;
	/** Undefined if none is alike enough. */
	readonly found: CachedAnswer | undefined;
}

/** A vector that takes longer is of no use. */
const timeoutMs = 5_000;
const maxBytes = 1024 * 1024;

/** @returns undefined for a request that is not compared, or if it has no vector */
export async function compare(
	cache: AnswerCache,
	accept: Accept | undefined,
	asked: Asked,
): Promise<Compared | undefined> {
	const { settings, question } = asked;
	if (settings.semantic === undefined || accept === undefined) return undefined;
	const { model, threshold, maxMessages } = settings.semantic;
	const request = comparable(question, model, maxMessages);
	if (request === undefined) return undefined;
	try {
		const vector = await vectorOf(accept, asked, model, request.text);
		const near = await cache.nearest(request.group, vector);
		const isAlike = near !== undefined && near.similarity >= threshold;
		const found = isAlike ? await take(cache, asked, near.key, Math.min(1, near.similarity)) : undefined;
		return { group: request.group, vector, similarity: near?.similarity, found };
	} catch (error) {
		debug("%s is not compared: %s", asked.exchange.id, messageOf(error));
		return undefined;
	}
}

async function vectorOf(accept: Accept, { exchange, message }: Asked, model: string, input: string): Promise<string> {
	const body = await askAsClient(accept, message, exchange.signal, {
		path: "/v1/embeddings",
		body: { model, input, encoding_format: "float" },
		requestId: `${exchange.id.slice(0, 100)}.vector`,
		timeoutMs,
		maxBytes,
	});
	return vectorIn(body);
}

/** From now on it is the answer to this question, too. */
async function take(
	cache: AnswerCache,
	asked: Asked,
	key: string,
	similarity: number,
): Promise<CachedAnswer | undefined> {
	const entry = await cache.find(key);
	if (entry === undefined) return undefined;
	const own = { ...entry, key: asked.question.key, similarity };
	const found = offered(own, asked);
	if (typeof found !== "object") return undefined;
	cache.put(own);
	return found;
}
