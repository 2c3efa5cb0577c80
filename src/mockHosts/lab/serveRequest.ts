/** Serves one request to a model of the lab: reads it, records it in the ledger, and answers as its fault says. */
import type { ServerResponse } from "node:http";
import { type Answer, answerTo } from "./answer.js";
import { embeddingsOf } from "./embeddings.js";
import type { FaultSchedule } from "./faultSchedule.js";
import { faultNames, usageOf } from "./faults.js";
import type { Ledger, LedgerEntry } from "./labLedger.js";
import { type Endpoint, type LabRequest, readLabRequest } from "./labRequest.js";
import { type LabModel, parseModelName, withoutFault } from "./modelName.js";
import { invalidRequest, prefillRefusal, refusalOf } from "./refusals.js";
import { createReply, type Reply, type Wait } from "./reply.js";
import { serveStream } from "./serveStream.js";
import { serveWhole } from "./serveWhole.js";
import { createWire, textOf } from "./wire.js";

/** Shared by all requests of a lab. */
export interface Service {
	readonly ledger: Ledger;
	readonly faultSchedule: FaultSchedule;
	readonly now: () => number;
	readonly wait: Wait;
}

export interface Request {
	readonly endpoint: Endpoint;
	readonly method: string;
	readonly path: string;
	readonly text: string;
	readonly headers: Readonly<Record<string, string>>;
}

export async function serve(response: ServerResponse, request: Request, service: Service): Promise<void> {
	const read = attempt(() => readLabRequest(request.endpoint, request.text));
	const labRequest = "value" in read ? read.value : undefined;
	const reply = createReply(response, open(request, labRequest, service.ledger), service.ledger, service.wait);
	if (!("value" in read)) return reply.refuse(invalidRequest(400, read.message));
	const model = attempt(() => parseModelName(read.value.model));
	if ("value" in model) return answer(reply, read.value, model.value, service);
	return reply.refuse(invalidRequest(404, `${model.message}. ${grammar}`, "model_not_found"));
}

const grammar = `A model is FAULT[:NUMBER][,option=value…], where FAULT is one of ${faultNames.map(usageOf).join(", ")}.`;

function attempt<Value>(action: () => Value): { value: Value } | { message: string } {
	try {
		return { value: action() };
	} catch (error) {
		return { message: (error as Error).message };
	}
}

/** Larger bodies are not recorded. */
const maxRecordedLength = 1024 ** 2;

function open(
	{ method, path, headers, text }: Request,
	labRequest: LabRequest | undefined,
	ledger: Ledger,
): LedgerEntry {
	const isRecorded = text.length <= maxRecordedLength;
	const parsed = isRecorded ? attempt(() => JSON.parse(text) as unknown) : undefined;
	const body = parsed === undefined ? null : "value" in parsed ? parsed.value : text;
	const model = labRequest?.model.slice(0, 1000) ?? null;
	const bytes = 1000 + JSON.stringify(headers).length + (isRecorded ? 2 * text.length : 0);
	return ledger.open({ method, path, model, stream: labRequest?.isStreamed ?? false, headers, body }, bytes);
}

async function answer(reply: Reply, labRequest: LabRequest, named: LabModel, service: Service): Promise<void> {
	const isFaulty = named.fault !== "ok" && service.faultSchedule.appliesTo(named);
	const model = isFaulty ? named : withoutFault(named);
	reply.entry.fault = isFaulty ? named.fault : null;
	if (model.delayMs > 0) await reply.wait(model.delayMs);
	if (model.fault === "silent") return reply.untilLeft();
	if (model.fault === "reset") return reply.breakOff(model.as === "close" ? "close" : "reset");
	if (model.fault === "invalid-http") return reply.raw("HTTP/9.9 lab\nthis: is no: HTTP\u0000\n\n");
	if (model.fault === "late-headers") await reply.wait(model.number ?? 0);
	const refusal = refusalOf(model, labRequest, service.now()) ?? prefillRefusal(model, labRequest);
	if (refusal) return reply.refuse(refusal);
	reply.entry.prompt_tokens = labRequest.promptTokens;
	if (labRequest.endpoint === "embeddings") return serveEmbeddings(reply, labRequest, model);
	return complete(reply, labRequest, model, service.now());
}

function serveEmbeddings(reply: Reply, labRequest: LabRequest, model: LabModel): Promise<void> {
	return serveWhole({ reply, model, body: embeddingsOf(labRequest, model.name), pieces: 0, sent: () => {} });
}

function complete(reply: Reply, labRequest: LabRequest, model: LabModel, createdAtMs: number): Promise<void> {
	const answer = answerTo(labRequest, model);
	const wire = createWire(labRequest, model, answer, { number: reply.entry.number, createdAtMs });
	if (labRequest.isStreamed) return serveStream({ reply, model, answer, wire, withUsage: labRequest.withUsage });
	const { pieces, finish } = answerInBody(answer, model);
	const sent = () => {
		reply.entry.pieces = pieces.length;
		reply.entry.completion_tokens = pieces.length * labRequest.choices;
		reply.entry.text = textOf(pieces, "content");
		reply.entry.finish_reason = finish;
	};
	return serveWhole({ reply, model, body: wire.body(pieces, finish), pieces: pieces.length, sent });
}

function answerInBody({ pieces, finish }: Answer, { fault, number }: LabModel) {
	return fault === "no-finish" ? { pieces: pieces.slice(0, number), finish: null } : { pieces, finish };
}
