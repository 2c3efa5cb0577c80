/** Which questions may be compared by what they mean: those that are equal but for the text of the last message. */
import { canonical } from "./canonical.js";
import type { PlainRequest } from "./plainRequest.js";
import { digest, type Question } from "./question.js";

export interface Comparable {
	/** All that has to be equal. */
	readonly group: string;
	/** What may differ in its words. */
	readonly text: string;
}

/** A vector of a longer text says little of its end. */
const maxCharacters = 8_000;

/** @returns undefined for a request that is never compared: with tools, pictures, a schema, reasoning, or a long history */
export function comparable({ plain, partition }: Question, model: string, maxMessages: number): Comparable | undefined {
	if (plain === undefined) return undefined;
	const said = plain.messages.filter(({ role }) => role !== "system");
	const last = plain.messages.at(-1);
	if (said.length > maxMessages || last?.role !== "user" || said.some(({ role }) => role === "tool")) return undefined;
	const text = last.texts.join("\n");
	if (text.trim() === "" || text.length > maxCharacters) return undefined;
	return { group: digest(["meaning", partition, model, aroundLast(plain)]), text };
}

function aroundLast({ messages, options }: PlainRequest): string {
	const last = messages.at(-1);
	return canonical({ messages: [...messages.slice(0, -1), { ...last, texts: [] }], options }).text;
}

/** @returns the vector as 32-bit floats in base64. @throws Error for an answer without one */
export function vectorIn(body: Buffer): string {
	const { data } = JSON.parse(body.toString()) as { data?: { embedding?: unknown }[] };
	const vector = data?.[0]?.embedding;
	if (!Array.isArray(vector) || vector.length === 0 || vector.length > maxDimensions) throw noVector();
	const bytes = Buffer.alloc(vector.length * 4);
	for (const [at, value] of vector.entries()) {
		if (typeof value !== "number" || !Number.isFinite(value)) throw noVector();
		bytes.writeFloatLE(value, at * 4);
	}
	return bytes.toString("base64");
}

const maxDimensions = 16_384;

function noVector(): Error {
	return new Error("the answer has no vector");
}
