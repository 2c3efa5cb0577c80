/** Speech and transcripts of the mock hosts: a tone for a text, and the same words for any recording. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { waveFile, waveHeadBytes } from "../../chat/speech.js";

const words = [
	"I",
	" can",
	" not",
	" hear:",
	" this",
	" is",
	" what",
	" llmw's",
	" mock",
	" host",
	" always",
	" says.",
];
const text = words.join("");
/** Said of every recording. */
const seconds = 3;

const sampleRate = 8_000;
const toneHz = 440;
/** Time between two pieces, so that streaming is visible. */
const pieceMs = 25;
const samplesPerPiece = (sampleRate * 2 * pieceMs) / 1000;

/** @returns whether the path is one of audio; it is answered then */
export async function answerAudio(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
	const [, operation] = /(?:\/audio\/(speech|transcriptions|translations)|\/inference)$/.exec(path) ?? [];
	const isWhisperCpp = path.endsWith("/inference");
	if (request.method !== "POST" || (operation === undefined && !isWhisperCpp)) return false;
	if (operation === "speech") await speak(request, response);
	else await transcribe(request, response, { isTranslation: operation === "translations", isWhisperCpp });
	return true;
}

async function speak(request: IncomingMessage, response: ServerResponse): Promise<void> {
	const { input, response_format: format, stream_format: framing } = await readSpeech(request);
	if (typeof input !== "string") return refuse(response, "input must be a text");
	const pieces = tone(Math.min(input.length, 200));
	const isSse = framing === "sse";
	response.writeHead(200, {
		"content-type": isSse ? "text/event-stream" : format === "pcm" ? "audio/pcm" : "audio/wav",
	});
	const [first = Buffer.alloc(0), ...others] = pieces;
	const wave = waveFile({ samples: Buffer.concat(pieces), rate: sampleRate });
	const beginning = format === "pcm" ? first : wave.subarray(0, waveHeadBytes + first.length);
	for (const piece of [beginning, ...others]) {
		if (response.destroyed) return;
		response.write(isSse ? event({ type: "speech.audio.delta", audio: piece.toString("base64") }) : piece);
		await sleep(pieceMs);
	}
	const usage = {
		input_tokens: input.length,
		output_tokens: pieces.length,
		total_tokens: input.length + pieces.length,
	};
	response.end(isSse ? event({ type: "speech.audio.done", usage }) : undefined);
}

async function readSpeech(request: IncomingMessage): Promise<Record<string, unknown>> {
	let body = "";
	for await (const chunk of request.setEncoding("utf8")) body += chunk;
	try {
		return JSON.parse(body) as Record<string, unknown>;
	} catch {
		return {};
	}
}

async function transcribe(
	request: IncomingMessage,
	response: ServerResponse,
	{ isTranslation, isWhisperCpp }: { readonly isTranslation: boolean; readonly isWhisperCpp: boolean },
): Promise<void> {
	const fields = await readFields(request);
	const task = isTranslation || fields.get("translate") === "true" ? "translate" : "transcribe";
	// whisper.cpp's server says how long a recording is in `verbose_json` alone.
	const usage = isWhisperCpp ? undefined : { type: "duration", seconds };
	if (fields.get("stream") === "true" && !isWhisperCpp) return streamWords(response, usage);
	switch (fields.get("response_format") ?? "json") {
		case "text":
			return send(response, `text/${isWhisperCpp ? "html" : "plain"}; charset=utf-8`, `${text}\n`);
		case "srt":
			return send(response, "text/plain; charset=utf-8", `1\n00:00:00,000 --> 00:00:03,000\n${text}\n`);
		case "vtt":
			return send(response, "text/vtt; charset=utf-8", `WEBVTT\n\n00:00:00.000 --> 00:00:03.000\n${text}\n`);
		case "verbose_json":
			return sendJson(response, {
				task,
				language: "english",
				duration: seconds,
				text,
				segments: [],
				usage,
			});
		case "diarized_json":
			return sendJson(response, { task, duration: seconds, text, segments: [speaker()], usage });
		default:
			return sendJson(response, { text, usage });
	}
}

function speaker(): object {
	return { type: "transcript.text.segment", id: "seg_0", speaker: "A", start: 0, end: seconds, text };
}

async function streamWords(response: ServerResponse, usage: object | undefined): Promise<void> {
	response.writeHead(200, { "content-type": "text/event-stream" });
	for (const delta of words) {
		if (response.destroyed) return;
		response.write(event({ type: "transcript.text.delta", delta }));
		await sleep(pieceMs);
	}
	response.end(event({ type: "transcript.text.done", text, usage }));
}

/** Fields that are short, wherever they stand; a recording of any length is not kept. */
async function readFields(request: IncomingMessage): Promise<ReadonlyMap<string, string>> {
	const found = new Map<string, string>();
	const pattern = /name="(stream|response_format|translate)"\r\n\r\n(\w{1,20})\r\n/g;
	let before = "";
	request.on("data", (chunk: Buffer) => {
		const now = before + chunk.toString("latin1");
		for (const [, name = "", value = ""] of now.matchAll(pattern)) found.set(name, value);
		before = now.slice(-200);
	});
	await once(request, "end");
	return found;
}

/** Pieces of 16-bit samples. */
function tone(pieces: number): Buffer[] {
	return Array.from({ length: Math.max(1, pieces) }, (_piece, place) => {
		const samples = Buffer.alloc(2 * samplesPerPiece);
		for (let at = 0; at < samplesPerPiece; at += 1) {
			const seconds = (place * samplesPerPiece + at) / sampleRate;
			samples.writeInt16LE(Math.round(8_000 * Math.sin(2 * Math.PI * toneHz * seconds)), 2 * at);
		}
		return samples;
	});
}

function event(json: object): string {
	return `data: ${JSON.stringify(json)}\n\n`;
}

function sendJson(response: ServerResponse, json: object): void {
	send(response, "application/json", JSON.stringify(json));
}

function send(response: ServerResponse, type: string, body: string): void {
	response.writeHead(200, { "content-type": type }).end(body);
}

function refuse(response: ServerResponse, message: string): void {
	const error = { message, type: "invalid_request_error", param: null, code: null };
	response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error }));
}
