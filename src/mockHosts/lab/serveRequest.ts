/** Serves one request to a model of the lab: reads it, records it in the ledger, and answers as its fault says. */
import type { ServerResponse } from "node:http";
import { converseWire } from "../wires/bedrock/converseWire.js";
import { invokeWire } from "../wires/bedrock/invokeWire.js";
import { vectorsOf } from "../wires/embeddings.js";
import { type Place, withWireOf } from "../wires/endpoints.js";
import { messagesWire } from "../wires/messagesWire.js";
import { parseBody } from "../wires/parseBody.js";
import { textOfPieces } from "../wires/pieces.js";
import type { Body, Question, WireFormat } from "../wires/wire.js";
import { type Answer, answerTo } from "./answer.js";
import { answerHead, jsonOf } from "./answerHead.js";
import { canonicalPrompt } from "./canonicalPrompt.js";
import type { FaultSchedule } from "./faultSchedule.js";
import { faultNames, usageOf } from "./faults.js";
import type { Ledger, LedgerEntry } from "./labLedger.js";
import { type LabModel, parseModelName, withoutFault } from "./modelName.js";
import { automaticRules, type CacheUse, type PrefixCache, vllmRules } from "./prefixCache.js";
import { refusalBytes } from "./refusalBytes.js";
import { invalidRequest, lateError, prefillRefusal, type Refusal, refusalOf } from "./refusals.js";
import { createReply, type Reply, type Wait } from "./reply.js";
import { serveStream } from "./serveStream.js";
import { serveWhole } from "./serveWhole.js";

/** Shared by all requests of a lab. */
export interface Service {
	readonly ledger: Ledger;
	readonly faultSchedule: FaultSchedule;
	readonly prefixCache: PrefixCache;
	readonly now: () => number;
	readonly wait: Wait;
}

export interface Request {
	readonly place: Place;
	readonly method: string;
	readonly path: string;
	readonly text: string;
	readonly headers: Readonly<Record<string, string>>;
}

/** A question, and how it is answered. */
interface Exchange {
	readonly reply: Reply;
	readonly wire: WireFormat;
	readonly question: Question;
	readonly body: Body;
	/** Whose request it is: vendors keep nothing of one account for another. */
	readonly account: string;
	/** What the prompt cache had of it, where there is one. */
	readonly cacheUse?: CacheUse | undefined;
}

export async function serve(response: ServerResponse, request: Request, service: Service): Promise<void> {
	const read = attempt(() => readQuestion(request));
	const question = "value" in read ? read.value.question : undefined;
	const wire = "value" in read ? read.value.wire : request.place.wire;
	const reply = createReply(response, open(request, question, service.ledger), service.ledger, service.wait);
	const refuse = (refusal: Refusal) => reply.refuse(refusalBytes(refusal, wire, question));
	if (!("value" in read)) return refuse({ error: invalidRequest(400, read.message) });
	const model = attempt(() => parseModelName(read.value.question.model));
	if ("value" in model) {
		const { headers } = request;
		const account = headers.authorization ?? headers["x-api-key"] ?? "";
		return answer({ reply, ...read.value, account }, model.value, service);
	}
	return refuse({ error: invalidRequest(404, `${model.message}. ${grammar}`, "model_not_found") });
}

function readQuestion({ place, text }: Request): Pick<Exchange, "wire" | "question" | "body"> {
	const body = parseBody(text);
	const { wire, asked } = withWireOf(place, body);
	return { wire, question: wire.read(body, asked), body };
}

const grammar = `A model is FAULT[:NUMBER][,option=value…], where FAULT is one of: ${faultNames.map(usageOf).join(" ")}`;

function attempt<Value>(run: () => Value): { value: Value } | { message: string } {
	try {
		return { value: run() };
	} catch (error) {
		return { message: (error as Error).message };
	}
}

/** Most characters of a body that the ledger keeps. */
const maxRecordedText = 1024 ** 2;

function open({ method, path, text, headers }: Request, question: Question | undefined, ledger: Ledger): LedgerEntry {
	const isRecorded = text.length <= maxRecordedText;
	const parsed = attempt(() => JSON.parse(text) as unknown);
	const body = !isRecorded ? null : "value" in parsed ? parsed.value : text;
	const model = question?.model.slice(0, 200) ?? null;
	const bytes = 1000 + JSON.stringify(headers).length + (isRecorded ? 2 * text.length : 0);
	return ledger.open({ method, path, model, stream: question?.isStreamed ?? false, headers, body }, bytes);
}

async function answer(exchange: Exchange, named: LabModel, service: Service): Promise<void> {
	const { reply, wire, question } = exchange;
	const isFaulty = named.fault !== "ok" && service.faultSchedule.appliesTo(named);
	const model = isFaulty ? named : withoutFault(named);
	reply.entry.fault = isFaulty ? named.fault : null;
	if (model.delayMs > 0) await reply.wait(model.delayMs);
	if (model.fault === "silent") return reply.untilLeft();
	if (model.fault === "reset") return reply.breakOff(model.as === "close" ? "close" : "reset");
	if (model.fault === "invalid-http") return reply.raw("HTTP/9.9 lab\nthis: is no: HTTP\u0000\n\n");
	if (model.fault === "late-headers") await reply.wait(model.number ?? 0);
	const refusal = refusalOf(model, question, service.now()) ?? prefillRefusal(model, question);
	if (refusal) return reply.refuse(refusalBytes(refusal, wire, question));
	const used = attempt(() => useCache(exchange, model, service));
	if (!("value" in used))
		return reply.refuse(refusalBytes({ error: invalidRequest(400, used.message) }, wire, question));
	reply.entry.prompt_tokens = used.value?.prompt ?? question.promptTokens;
	reply.entry.cached_tokens = used.value?.cached ?? 0;
	const wordless = wordlessAnswer(exchange);
	if (wordless === undefined) return complete({ ...exchange, cacheUse: used.value }, model, service.now());
	return serveWhole({ ...wholeOf(exchange, model, wordless), pieces: 0, sent: () => {} });
}

/** Vendors that keep what requests mark, and nothing else. */
const markedWires: ReadonlySet<WireFormat> = new Set([messagesWire, converseWire, invokeWire]);

/** @throws Error for hints that the vendor refuses */
function useCache({ wire, question, body, account }: Exchange, { cache, name }: LabModel, { prefixCache }: Service) {
	if (cache === undefined || question.endpoint !== "chat") return undefined;
	const partition = JSON.stringify([name, account, body.prompt_cache_key ?? null, body.cache_salt ?? null]);
	const pieces = canonicalPrompt(body);
	if (cache === "vllm") return prefixCache.useBlocks(pieces, partition, vllmRules);
	if (markedWires.has(wire)) return prefixCache.useMarks(pieces, partition);
	return prefixCache.useBlocks(pieces, partition, automaticRules);
}

/** An answer that is no text: embeddings, other data, or a number of tokens. */
function wordlessAnswer({ wire, question }: Exchange): object | undefined {
	if (question.endpoint === "tokens") return wire.tokens?.(question) ?? {};
	if (question.endpoint === "data") return wire.data?.(question);
	return question.endpoint === "embeddings" ? wire.embeddings?.(question, vectorsOf(question.inputs)) : undefined;
}

function wholeOf({ reply, wire, question }: Exchange, model: LabModel, body: object) {
	const errorBody = JSON.stringify(wire.error({ ...lateError, isChosen: true }, question).body);
	return { reply, model, body: jsonOf(model)(body), errorBody };
}

function complete(exchange: Exchange, model: LabModel, createdAtMs: number): Promise<void> {
	const { reply, wire, question, cacheUse } = exchange;
	const answer = answerTo(question, model);
	const framing = wire.framing(question, jsonOf(model));
	const writer = wire.writer(
		answerHead(question, model, answer, { number: reply.entry.number, createdAtMs, cacheUse }),
		framing,
	);
	if (question.isStreamed) return serveStream({ reply, model, answer, writer, framing });
	const { pieces, finish } = answerInBody(answer, model);
	const sent = () => {
		reply.entry.pieces = pieces.length;
		reply.entry.completion_tokens = pieces.length * question.choices;
		reply.entry.text = textOfPieces(pieces, "content");
		reply.entry.finish_reason = finish;
	};
	return serveWhole({
		...wholeOf(exchange, model, writer.body(pieces, finish)),
		pieces: pieces.length,
		sent,
	});
}

function answerInBody({ pieces, finish }: Answer, { fault, number }: LabModel) {
	return fault === "no-finish" ? { pieces: pieces.slice(0, number), finish: null } : { pieces, finish };
}
