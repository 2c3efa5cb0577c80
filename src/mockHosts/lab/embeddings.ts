/** The lab's embeddings: meaningless numbers that depend on the text. */
import { createHash } from "node:crypto";
import type { LabRequest } from "./labRequest.js";

const dimensions = 8;

/** @returns the answer's body, as JSON */
export function embeddingsOf({ inputs, inBase64, promptTokens }: LabRequest, model: string): string {
	const data = inputs.map((input, index) => {
		const vector = vectorOf(JSON.stringify(input));
		const embedding = inBase64 ? Buffer.from(vector.buffer).toString("base64") : [...vector];
		return { object: "embedding", index, embedding };
	});
	return JSON.stringify({
		object: "list",
		data,
		model,
		usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
	});
}

function vectorOf(text: string): Float32Array {
	const bytes = createHash("sha256").update(text).digest();
	return Float32Array.from({ length: dimensions }, (_unused, index) => (bytes[index] ?? 0) / 128 - 1);
}
