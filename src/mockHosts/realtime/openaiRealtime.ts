/** A realtime session as OpenAI's servers hold it: it answers in text, and in silence for audio. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { answerTo, type SessionServer, type SessionSide } from "./sessionServer.js";

type Json = Record<string, unknown>;

/** A word takes so much 16-bit audio at 24 kHz. */
const bytesPerWord = 4800;

export const openaiRealtime: SessionServer = (socket, query, { wordMs }) => {
	const model = query.get("model") ?? query.get("deployment") ?? "realtime";
	let session: Json = { id: newId("sess"), object: "realtime.session", type: "realtime", model };
	let said = "";
	let heardBytes = 0;
	let isCancelled = false;
	const send = (event: Json) => sendTo(socket, event);

	async function respond(asked: Json): Promise<void> {
		isCancelled = false;
		const modalities = asked.output_modalities ?? session.output_modalities ?? ["audio"];
		const isAudio = Array.isArray(modalities) && modalities.includes("audio");
		const response = { id: newId("resp"), object: "realtime.response", status: "in_progress", output: [] };
		const item = {
			id: newId("item"),
			object: "realtime.item",
			type: "message",
			role: "assistant",
			status: "completed",
		};
		const place = { response_id: response.id, item_id: item.id, output_index: 0, content_index: 0 };
		const kind = isAudio ? "response.output_audio_transcript" : "response.output_text";
		send({ type: "response.created", response });
		send({
			type: "response.output_item.added",
			response_id: response.id,
			output_index: 0,
			item: { ...item, content: [] },
		});
		const words = answerTo(said);
		let sent = 0;
		for (const word of words) {
			if (isCancelled || socket.readyState !== socket.OPEN) break;
			send({ type: `${kind}.delta`, ...place, delta: word });
			if (isAudio)
				send({ type: "response.output_audio.delta", ...place, delta: Buffer.alloc(bytesPerWord).toString("base64") });
			sent += 1;
			if (wordMs > 0) await sleep(wordMs);
		}
		const text = words.slice(0, sent).join("");
		const content = isAudio ? { type: "output_audio", transcript: text } : { type: "output_text", text };
		send({ type: `${kind}.done`, ...place, ...(isAudio ? { transcript: text } : { text }) });
		const output = [{ ...item, content: [content] }];
		send({ type: "response.output_item.done", response_id: response.id, output_index: 0, item: output[0] });
		const status = isCancelled ? "cancelled" : "completed";
		send({ type: "response.done", response: { ...response, status, output, usage: usageOf(sent, isAudio) } });
		said = "";
		heardBytes = 0;
	}

	function usageOf(words: number, isAudio: boolean): Json {
		const text = answerTo(said).length;
		const audio = Math.ceil(heardBytes / bytesPerWord);
		return {
			total_tokens: text + audio + words * (isAudio ? 2 : 1),
			input_tokens: text + audio,
			output_tokens: words * (isAudio ? 2 : 1),
			input_token_details: { text_tokens: text, audio_tokens: audio, cached_tokens: 0 },
			output_token_details: { text_tokens: words, audio_tokens: isAudio ? words : 0 },
		};
	}

	const answers: Record<string, (event: Json) => void> = {
		"session.update": ({ session: given }) => {
			session = { ...session, ...(isObject(given) ? given : {}) };
			send({ type: "session.updated", session });
		},
		"conversation.item.create": ({ item: given }) => {
			said += textIn(given);
			const item = {
				id: newId("item"),
				object: "realtime.item",
				status: "completed",
				...(isObject(given) ? given : {}),
			};
			send({ type: "conversation.item.added", item });
			send({ type: "conversation.item.done", item });
		},
		"input_audio_buffer.append": ({ audio }) => {
			heardBytes += Buffer.byteLength(String(audio), "base64");
		},
		"input_audio_buffer.commit": () => send({ type: "input_audio_buffer.committed", item_id: newId("item") }),
		"input_audio_buffer.clear": () => send({ type: "input_audio_buffer.cleared" }),
		"response.create": ({ response }) => void respond(isObject(response) ? response : {}),
		"response.cancel": () => {
			isCancelled = true;
		},
	};

	if (model === "missing") {
		send({ type: "error", error: errorOf("model_not_found", "The model does not exist.") });
		socket.close(4000);
		return;
	}
	send({ type: "session.created", session });
	socket.on("message", (data: Buffer) => {
		const event = parseObject(data.toString());
		const answer = typeof event?.type === "string" ? answers[event.type] : undefined;
		if (event === undefined || answer === undefined)
			send({ type: "error", error: errorOf("invalid_value", "There is no such event.") });
		else answer(event);
	});
};

function sendTo(socket: SessionSide, event: Json): void {
	if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ event_id: newId("event"), ...event }));
}

function errorOf(code: string, message: string): Json {
	return { type: "invalid_request_error", code, message, param: null, event_id: null };
}

function newId(kind: string): string {
	return `${kind}_${randomBytes(12).toString("hex")}`;
}

function textIn(item: unknown): string {
	const content = isObject(item) && Array.isArray(item.content) ? item.content : [];
	return content.map((part: unknown) => (isObject(part) && typeof part.text === "string" ? part.text : "")).join("");
}
