/** Serves an answer as a stream of events, broken as the model's fault says. */
import type { Answer, Piece } from "./answer.js";
import type { FaultName } from "./faults.js";
import type { LabModel } from "./modelName.js";
import type { Reply } from "./reply.js";
import { done, textOf, type Wire } from "./wire.js";

export const lateError = JSON.stringify({
	error: { message: "The lab's engine died in mid-answer.", type: "server_error", param: null, code: "engine_dead" },
});

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
	readonly wire: Wire;
	readonly withUsage: boolean;
}

type Course = "on" | "over";

export async function serveStream(streaming: Streaming): Promise<void> {
	const { reply, model, answer, wire } = streaming;
	reply.head(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
	if ((await begin(streaming)) === "over") return;
	const breaksAt = breakingPiece(model, answer.pieces.length);
	for (let at = 0; at <= answer.pieces.length; at += 1) {
		if (at === breaksAt && (await midway[model.fault]?.(streaming)) === "over") return;
		const piece = answer.pieces[at];
		if (piece === undefined) break;
		await reply.wait(paceOf(model));
		await sendPiece(reply, piece, wire.piece(piece, reply.entry.completion_tokens));
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

async function begin({ reply, model, wire }: Streaming): Promise<Course> {
	await reply.flushHead();
	if (model.fault === "reset-after-headers") {
		reply.breakOff(model.as === "close" ? "close" : "reset");
		return "over";
	}
	for (const event of wire.opening()) await reply.write(event);
	if (model.fault === "late-first-token") await reply.wait(model.number ?? 0);
	if (model.fault !== "empty-preamble") return "on";
	for (let deltas = model.number ?? 0; deltas > 0; deltas -= 1) {
		await reply.wait(model.paceMs);
		for (const event of wire.empty()) await reply.write(event);
	}
	return breakPreamble(reply, model.as);
}

async function breakPreamble(reply: Reply, as: string): Promise<Course> {
	if (as === "stall") return reply.untilLeft();
	if (as === "error") reply.end(`data: ${lateError}\n\n`, "cut");
	else if (as === "end") reply.end("", "cut");
	else reply.breakOff(as === "reset" ? "reset" : "close");
	return "over";
}

/** Sends a piece; it counts once it has been handed to the network. */
async function sendPiece({ write, entry }: Reply, piece: Piece, events: readonly string[]): Promise<void> {
	for (const [choice, event] of events.entries()) {
		await write(event);
		entry.completion_tokens += 1;
		if (choice > 0) continue;
		entry.pieces += 1;
		entry.text += textOf([piece], "content");
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
	async "no-finish"({ reply, model }) {
		reply.end(model.as === "done" ? done : "", "cut");
		return "over";
	},
	async "error-event"({ reply, model }) {
		reply.end(
			`${model.as === "event" ? "event: error\n" : ""}data: ${lateError}\n\n${model.as === "done" ? done : ""}`,
			"cut",
		);
		return "over";
	},
	async garbage({ reply, model }) {
		await reply.write(Buffer.concat([Buffer.from("data: "), garbage[model.as] ?? Buffer.of(), Buffer.from("\n\n")]));
		return "on";
	},
};

async function finish({ reply, model, answer, wire, withUsage }: Streaming): Promise<void> {
	for (const event of wire.finish(answer.finish)) await reply.write(event);
	reply.entry.finish_reason = answer.finish;
	if (withUsage) await reply.write(wire.usage(reply.entry.completion_tokens));
	if (model.fault === "no-done") return reply.end("");
	if (model.fault === "no-done-open") return reply.untilLeft();
	if (model.fault !== "done-open") return reply.end(done);
	await reply.write(done);
	return reply.untilLeft();
}
