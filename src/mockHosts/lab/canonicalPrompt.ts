/** A prompt as caches have it: tools, instructions and messages in this order, piece by piece, with the breakpoints that requests set. */
import { recordOf } from "../wires/bodyReaders.js";
import type { Body } from "../wires/wire.js";

export interface PromptPiece {
	readonly text: string;
	/** A breakpoint stands after it. */
	mark?: "5m" | "1h";
}

/** Of any wire format. */
export function canonicalPrompt(body: Body): PromptPiece[] {
	const pieces: PromptPiece[] = [];
	addEach(pieces, "tool", body.tools ?? recordOf(body.toolConfig).tools);
	addEach(pieces, "system", body.system ?? body.instructions ?? body.systemInstruction);
	for (const message of listOf(body.messages ?? body.input ?? body.contents)) addMessage(pieces, message);
	const automatic = markOf(body.cache_control);
	const last = pieces.at(-1);
	if (automatic !== undefined && last !== undefined) last.mark ??= automatic;
	return pieces;
}

function addMessage(pieces: PromptPiece[], message: unknown): void {
	const plain = typeof message === "string" ? { role: "user", content: message } : recordOf(message);
	const { role, content, parts, cache_control: hint, ...others }: Body = plain;
	const label = `message ${typeof role === "string" ? role : ""}`;
	addEach(pieces, label, content ?? parts);
	if (Object.keys(others).length > 0) pieces.push({ text: `${label} ${JSON.stringify(others)}` });
	mark(pieces, hint);
}

function addEach(pieces: PromptPiece[], label: string, value: unknown): void {
	for (const item of listOf(value)) {
		const { cache_control: hint, cachePoint: point, ...rest } = recordOf(item);
		if (point !== undefined) mark(pieces, point);
		else pieces.push({ text: `${label} ${typeof item === "string" ? item : JSON.stringify(rest)}` });
		mark(pieces, hint);
	}
}

function mark(pieces: PromptPiece[], hint: unknown): void {
	const last = pieces.at(-1);
	const found = markOf(hint);
	if (last !== undefined && found !== undefined) last.mark = found;
}

function markOf(hint: unknown): PromptPiece["mark"] {
	if (typeof hint !== "object" || hint === null) return undefined;
	return recordOf(hint).ttl === "1h" ? "1h" : "5m";
}

function listOf(value: unknown): readonly unknown[] {
	if (value === undefined || value === null) return [];
	return Array.isArray(value) ? value : [value];
}
