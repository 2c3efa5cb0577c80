/** A session of Google's Live API, as its servers hold it: JSON in frames of bytes. */
import { setTimeout as sleep } from "node:timers/promises";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { answerTo, type SessionServer } from "./sessionServer.js";

type Json = Record<string, unknown>;

const invalid = 1007;

export const geminiLive: SessionServer = (socket, _query, { wordMs }) => {
	let isSetUp = false;
	const send = (message: Json) => {
		if (socket.readyState === socket.OPEN) socket.send(Buffer.from(JSON.stringify(message)));
	};

	async function answer(text: string): Promise<void> {
		const words = answerTo(text);
		for (const word of words) {
			send({ serverContent: { modelTurn: { role: "model", parts: [{ text: word }] } } });
			if (wordMs > 0) await sleep(wordMs);
		}
		send({ serverContent: { generationComplete: true } });
		send({ serverContent: { turnComplete: true }, usageMetadata: usageOf(words.length) });
	}

	socket.on("message", (data: Buffer) => {
		const message = parseObject(data.toString()) ?? {};
		if (!isSetUp) {
			const { setup } = message;
			if (!isObject(setup)) return socket.close(invalid, "The first message must be a setup.");
			if (setup.model === "models/missing") return socket.close(invalid, "models/missing is not found.");
			isSetUp = true;
			return send({ setupComplete: {} });
		}
		const { clientContent, realtimeInput } = message;
		if (isObject(clientContent) && clientContent.turnComplete !== false)
			return void answer(textsIn(clientContent.turns));
		if (isObject(realtimeInput) && typeof realtimeInput.text === "string") return void answer(realtimeInput.text);
		return undefined;
	});
};

function usageOf(words: number): Json {
	return {
		promptTokenCount: words,
		responseTokenCount: words,
		totalTokenCount: 2 * words,
		promptTokensDetails: [{ modality: "TEXT", tokenCount: words }],
		responseTokensDetails: [{ modality: "TEXT", tokenCount: words }],
	};
}

function textsIn(turns: unknown): string {
	const parts = [turns].flat().flatMap((turn) => (isObject(turn) && Array.isArray(turn.parts) ? turn.parts : []));
	return parts.map((part) => (isObject(part) && typeof part.text === "string" ? part.text : "")).join("");
}
