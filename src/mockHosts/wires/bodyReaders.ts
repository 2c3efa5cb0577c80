/** Reads the bodies of requests, of which any member may be missing or of another type. */
import type { Asked, Body, Question } from "./wire.js";

const maxChoices = 1024;

/** What holds where a request says nothing else. */
export function questionOf(asked: Asked, body: Body, told: Partial<Question>): Question {
	const model = asked.model ?? body.model;
	if (typeof model !== "string") throw new Error("model must be a string");
	return {
		endpoint: asked.endpoint,
		variant: asked.variant ?? "",
		model,
		isStreamed: !["embeddings", "data"].includes(asked.endpoint) && (asked.isStreamed ?? body.stream === true),
		withUsage: true,
		withUsageSoFar: false,
		limit: Number.POSITIVE_INFINITY,
		choices: 1,
		promptTokens: 0,
		tools: [],
		isParallel: true,
		wantsJson: false,
		prefix: undefined,
		continues: false,
		addsGenerationPrompt: true,
		lastText: "",
		inputs: [],
		inBase64: false,
		wantsUrl: false,
		...told,
	};
}

export function recordOf(value: unknown): Body {
	return typeof value === "object" && value !== null ? (value as Body) : {};
}

export function recordsOf(value: unknown, name: string): Body[] {
	if (!Array.isArray(value) || value.length === 0) throw new Error(`${name} must be a list with at least one item`);
	return value.map(recordOf);
}

/** Nothing but the objects of a list. */
export function recordsIn(value: unknown): Body[] {
	return Array.isArray(value) ? value.map(recordOf) : [];
}

/** @returns one prompt or several; a list of numbers is one prompt in tokens */
export function listOf(value: unknown): readonly unknown[] {
	return Array.isArray(value) && typeof value[0] !== "number" ? value : [value ?? ""];
}

/** As in llama.cpp, -1 means no limit, and so does nothing. */
export function limitOf(value: unknown, name = "max_tokens"): number {
	return value === undefined || value === null || value === -1 ? Number.POSITIVE_INFINITY : positive(value, name);
}

function positive(value: unknown, name: string): number {
	if (typeof value === "number" && value >= 1) return Math.floor(value);
	throw new Error(`${name} must be a number above 0`);
}

export function choicesOf(n: unknown, prompts = 1): number {
	const choices = positive(n ?? 1, "n") * prompts;
	if (choices > maxChoices) throw new Error(`there can be ${maxChoices} choices at most`);
	return choices;
}

/** Counts words, which are the tokens of prompts. A list of numbers is counted as it is. */
export function tokensOf(...contents: readonly unknown[]): number {
	return contents.reduce((total: number, content) => total + countOf(content), 0);
}

function countOf(content: unknown): number {
	if (Array.isArray(content) && typeof content[0] === "number") return content.length;
	return textOf(content).match(/\S+/g)?.length ?? 0;
}

/** The text of a string, or of the parts of a list that have one. */
export function textOf(content: unknown): string {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) return "";
	return content.map((part) => (typeof part === "string" ? part : String(recordOf(part).text ?? ""))).join("");
}

/** The newest text in messages of a role. */
export function lastTextOf(messages: readonly Body[], contentIn: (message: Body) => unknown, role = "user"): string {
	const said = messages.filter((message) => message.role === role).map((message) => textOf(contentIn(message)));
	return said.findLast((text) => text !== "") ?? "";
}
