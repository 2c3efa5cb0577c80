/** Serves an answer as a stream of events, broken as the model's fault says. */
import type { Bytes, Framing } from "../wires/framing.js";
import { textOfPieces } from "../wires/pieces.js";
import type { AnswerWriter, Piece } from "../wires/wire.js";
import type { Answer } from "./answer.js";
import type { FaultName } from "./faults.js";
import type { LabModel } from "./modelName.js";
import { lateError } from "./refusals.js";
import type { Reply } from "./reply.js";

/** By variant. The binary one isn't UTF-8 either. */
export const garbage: Readonly<Record<string, Buffer>> = {
	json: Buffer.from('{"id": "chatcmpl-lab", "choices": [{"index": 0, "delta": {"content": "brok'),
	html: Buffer.from("<html><body><h1>502 Bad Gateway</h1></body></html>"),
	binary: Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28, 0x1b, 0x5b, 0x07]),
};

export interface Streaming {
	readonly reply: Reply;
	readonly model: LabModel;
	readonly answer: Answer;
	readonly writer: AnswerWriter;
	readonly framing: Framing;
}

type Course = "on" | "over";

export async function serveStream(streaming: Streaming): Promise<void> {
	const { reply, model, answer, writer, framing } = streaming;
	reply.head(200, { "content-type": framing.contentType, "cache-control": "no-cache" });
	if ((await begin(streaming)) === "over") return;
	const breaksAt = breakingPiece(model, answer.pieces.length);
	for (let at = 0; at <= answer.pieces.length; at += 1) {
		if (at === breaksAt && (await midway[model.fault]?.(streaming)) === "over") return;
		const piece = answer.pieces[at];
		if (piece === undefined) break;
		await reply.wait(paceOf(model));
		await sendPiece(reply, piece, writer.piece(piece, reply.entry.completion_tokens));
	}
	await finish(streaming);
}

export function paceOf({ fault, number, paceMs }: LabModel): number {
	return fault === "slow" ? (number ?? paceMs) : paceMs;
}

/** @returns the number of pieces before the fault, at most all */
function breakingPiece({ fault, number }: LabModel, pieces: number): number {
	return fault === "cut-body" ? Math.floor(pieces / 2) : Math.min(number ?? 0, pieces);
}

async function begin({ reply, model, writer }: Streaming): Promise<Course> {
	await reply.flushHead();
	if (model.fault === "reset-after-headers") {
		reply.breakOff(model.as === "close" ? "close" : "reset");
		return "over";
	}
	for (const event of writer.opening()) await reply.write(event);
	if (model.fault === "late-first-token") await reply.wait(model.number ?? 0);
	if (model.fault !== "empty-preamble") return "on";
	for (let deltas = model.number ?? 0; deltas > 0; deltas -= 1) {
		await reply.wait(model.paceMs);
		for (const event of writer.empty()) await reply.write(event);
	}
	return breakPreamble(reply, model.as, writer);
}

async function breakPreamble(reply: Reply, as: string, writer: AnswerWriter): Promise<Course> {
	if (as === "stall") return reply.untilLeft();
	if (as === "error") reply.end(writer.failure(lateError, "data"), "cut");
	else if (as === "end") reply.end("", "cut");
	else reply.breakOff(as === "reset" ? "reset" : "close");
	return "over";
}

/** Sends a piece; it counts once it has been handed to the network. */
async function sendPiece({ write, entry }: Reply, piece: Piece, events: readonly Bytes[]): Promise<void> {
	for (const [choice, event] of events.entries()) {
		await write(event);
		entry.completion_tokens += 1;
		if (choice > 0) continue;
		entry.pieces += 1;
		entry.text += textOfPieces([piece], "content");
	}
}

const midway: Partial<Record<FaultName, (streaming: Streaming) => Promise<Course>>> = {
	async cut({ reply, model }) {
		reply.breakOff(model.as === "reset" ? "reset" : "close");
		return "over";
	},
	async "cut-body"({ reply }) {
		reply.breakOff("close");
		return "over";
	},
	stall: ({ reply }) => reply.untilLeft(),
	async "no-finish"({ reply, model, writer }) {
		reply.end(model.as === "done" ? writer.last() : "", "cut");
		return "over";
	},
	async "error-event"({ reply, model, writer }) {
		reply.end(writer.failure(lateError, model.as), "cut");
		return "over";
	},
	async garbage({ reply, model, framing }) {
		await reply.write(framing.broken(garbage[model.as] ?? Buffer.of()));
		return "on";
	},
};

async function finish({ reply, model, answer, writer }: Streaming): Promise<void> {
	for (const event of writer.finish(answer.finish, reply.entry.completion_tokens)) await reply.write(event);
	reply.entry.finish_reason = answer.finish;
	const usage = writer.usage(reply.entry.completion_tokens);
	if (usage.length > 0) await reply.write(usage);
	if (model.fault === "no-done") return reply.end("");
	if (model.fault === "no-done-open") return reply.untilLeft();
	if (model.fault !== "done-open") return reply.end(writer.last());
	await reply.write(writer.last());
	return reply.untilLeft();
}
