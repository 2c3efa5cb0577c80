/** A lesson: a part of requests that a model of an upstream has refused, and takes requests without. */
import { createHash } from "node:crypto";

/** What was refused: a member of the body, or a value of the header `anthropic-beta`. */
export interface Refused {
	readonly kind: "member" | "beta";
	/** `temperature`, `tools.*.strict` with a star for any index, or the beta's name. */
	readonly name: string;
	/** Only this value of the member was refused; undefined for any. */
	readonly value?: string | boolean | undefined;
}

/** Plain data, which is sent to the workers as it is. Times are milliseconds since the epoch. */
export interface Lesson extends Refused {
	/** The same for the same lesson. */
	readonly id: string;
	readonly upstream: string;
	/** As the upstream names it. */
	readonly model: string;
	readonly learnedAt: number;
	readonly expiresAt: number;
}

/** Names and models are the clients', so they may be of any length. */
const maxNameLength = 200;
const maxModelLength = 256;

export function canBeLearned({ name }: Refused, model: string): boolean {
	return name.length <= maxNameLength && model.length <= maxModelLength;
}

/** @param now milliseconds since the epoch. @param forMs how long it holds */
export function lessonOf(
	refused: Refused,
	where: { upstream: string; model: string },
	now: number,
	forMs: number,
): Lesson {
	const { upstream, model } = where;
	const { kind, name, value } = refused;
	const text = JSON.stringify([upstream, model, kind, name, value]);
	const id = `lesson_${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
	return { id, upstream, model, ...refused, learnedAt: now, expiresAt: now + forMs };
}

/** As `x-llmgw-dropped` names a beta that is left out. */
export function nameOfBeta(beta: string): string {
	return `anthropic-beta:${beta}`;
}

/** For people: `temperature`, `reasoning.effort = "minimal"`, `anthropic-beta:effort-2025-11-24`. */
export function partOf({ kind, name, value }: Refused): string {
	if (kind === "beta") return nameOfBeta(name);
	return value === undefined ? name : `${name} = ${JSON.stringify(value)}`;
}
