/** Gives a kept answer the form in which it is asked for. */
import type { Part } from "../chat/request.js";
import { type ChatResponse, eventsOf } from "../chat/response.js";
import { textTokens } from "../chat/tokenCounts.js";
import type { Dialect, Json, Translation } from "../dialects/dialect.js";
import { dialects } from "../dialects/dialects.js";
import { sseBytes } from "../streaming/eventFraming.js";
import { type AnswerForm, isSameForm } from "./answerForm.js";
import type { CacheEntry } from "./entry.js";
import { type ReadAnswer, readAnswer } from "./readAnswer.js";

export interface Rendering {
	readonly dialect: Dialect;
	readonly form: AnswerForm;
	/** The request's body. */
	readonly json: Json;
	readonly requestId: string;
	readonly model: string;
}

/** @returns undefined if it can't have that form without losing some of what it says */
export function renderAnswer(entry: CacheEntry, rendering: Rendering): Buffer | undefined {
	const body = Buffer.from(entry.body);
	const { dialect, form } = rendering;
	if (isSameForm(entry.form, form)) return body;
	const from = dialects.get(entry.form.dialect);
	if (from === undefined) return undefined;
	const { translation } = dialect;
	if (translation === undefined)
		return isWholeOf(entry, dialect) && form.isStream ? dialect.stream?.wholeAsStream(body) : undefined;
	const read = readAnswer(from, entry.form.isStream, body);
	if (read === undefined || read.isOdd || (from !== dialect && !isSayable(read))) return undefined;
	return write(translation, withUsage(read.response, entry), entry, rendering);
}

function isWholeOf({ form }: CacheEntry, { name }: Dialect): boolean {
	return form.dialect === name && !form.isStream;
}

/** Other dialects have their own proofs of reasoning, and their own ways to cite. */
function isSayable({ response }: ReadAnswer): boolean {
	const isPlain = (part: Part) => {
		if (part.type === "text") return (part.citations?.length ?? 0) === 0;
		return part.type === "reasoning" && part.signature === undefined && part.encrypted === undefined;
	};
	return response.choices.every(({ parts, logprobs }) => logprobs === undefined && parts.every(isPlain));
}

/** A stream whose client has not asked for counts has none. */
function withUsage(response: ChatResponse, { tokens }: CacheEntry): ChatResponse {
	if (response.usage?.tokens !== undefined || tokens === null) return response;
	return { ...response, usage: { tokens: { ...textTokens(0, 0), ...tokens }, raw: {} } };
}

function write(
	translation: Translation,
	response: ChatResponse,
	entry: CacheEntry,
	{ dialect, form, json, requestId, model }: Rendering,
): Buffer {
	const request = translation.readRequest(json);
	const created = Math.floor(entry.createdAt / 1000);
	const context = { requestId, created, model, wantsUsage: request.wantsUsage, request };
	if (!form.isStream) return Buffer.from(JSON.stringify(translation.writeResponse(response, context)));
	const writer = translation.writer(context);
	const events = [...writer.write(eventsOf(response)), ...writer.end()];
	const end = dialect.stream?.end ?? Buffer.alloc(0);
	return Buffer.concat([...events.map((event) => sseBytes(JSON.stringify(event.json), event.name)), end]);
}
