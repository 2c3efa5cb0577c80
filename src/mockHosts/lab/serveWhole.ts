/** Serves an answer in one body, broken as the model's fault says, corresponding to what it does to streams. */
import type { LabModel } from "./modelName.js";
import type { Reply } from "./reply.js";
import { garbage, paceOf } from "./serveStream.js";

export interface WholeAnswer {
	readonly reply: Reply;
	readonly model: LabModel;
	/** JSON, as the fault leaves it. */
	readonly body: string;
	/** The vendor's error, as JSON. */
	readonly errorBody: string;
	/** Number of pieces in it, each of which takes its time. */
	readonly pieces: number;
	/** Called when the whole answer has been handed to the network. */
	sent(): void;
}

export async function serveWhole(answer: WholeAnswer): Promise<void> {
	const { reply, model, pieces } = answer;
	if (model.fault !== "late-first-token") await reply.wait(paceOf(model) * pieces);
	if (isBodiless(model)) return serveNoBody(answer);
	if (model.fault === "error-event") return serveAll(answer, answer.errorBody, "cut");
	if (model.fault === "garbage") return serveAll(answer, garbage[model.as] ?? "", "cut");
	if (model.fault === "no-done-open" || model.fault === "done-open") return serveWithoutEnd(answer);
	if (["cut", "cut-body", "stall"].includes(model.fault)) return serveHalf(answer);
	return serveAll(answer, answer.body, model.fault === "no-finish" ? "cut" : undefined);
}

function isBodiless({ fault }: LabModel): boolean {
	return fault === "reset-after-headers" || fault === "empty-preamble";
}

async function serveNoBody({ reply, model, body, errorBody }: WholeAnswer): Promise<void> {
	const { fault, as } = model;
	if (fault === "empty-preamble" && as === "error") return reply.end(writeHeadFor(reply, errorBody), "cut");
	if (fault === "empty-preamble" && as === "end") return reply.end(writeHeadFor(reply, ""), "cut");
	writeHeadFor(reply, body);
	await reply.flushHead();
	if (as === "stall") return reply.untilLeft();
	return reply.breakOff(as === "reset" ? "reset" : "close");
}

async function serveAll(
	{ reply, model, body, pieces, sent }: WholeAnswer,
	text: string | Buffer,
	ending: "cut" | undefined,
): Promise<void> {
	const bytes = writeHeadFor(reply, text);
	if (model.fault === "late-first-token") {
		await reply.flushHead();
		await reply.wait((model.number ?? 0) + model.paceMs * pieces);
	}
	await reply.write(bytes);
	if (text === body) sent();
	reply.end("", ending);
}

async function serveHalf({ reply, model, body }: WholeAnswer): Promise<void> {
	const bytes = writeHeadFor(reply, body);
	await reply.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
	if (model.fault === "stall") return reply.untilLeft();
	return reply.breakOff(model.as === "reset" ? "reset" : "close");
}

async function serveWithoutEnd({ reply, body, sent }: WholeAnswer): Promise<void> {
	reply.head(200, { "content-type": "application/json" });
	await reply.write(body);
	sent();
	return reply.untilLeft();
}

/** Writes the head with the text's length. @returns the text's bytes */
function writeHeadFor(reply: Reply, text: string | Buffer): Buffer {
	const bytes = Buffer.from(text as string);
	reply.head(200, { "content-type": "application/json", "content-length": bytes.length });
	return bytes;
}
