/** What all wire formats need to know of an answer of the lab, and how it writes JSON. */
import type { AnswerHead, Counts, Question } from "../wires/wire.js";
import type { Answer } from "./answer.js";
import type { LabModel } from "./modelName.js";
import type { CacheUse } from "./prefixCache.js";

/** @param identity distinguishes answers */
export function answerHead(
	question: Question,
	model: LabModel,
	{ pieces }: Answer,
	identity: { number: number; createdAtMs: number; cacheUse?: CacheUse | undefined },
): AnswerHead {
	const reasoning = pieces.filter(({ kind }) => kind === "reasoning").length * question.choices;
	return {
		id: `lab-${identity.number}`,
		createdAtMs: identity.createdAtMs,
		model: model.name,
		question,
		counts: (completion) =>
			countsAs(model, {
				prompt: question.promptTokens,
				...identity.cacheUse,
				completion,
				reasoning: Math.min(reasoning, completion),
			}),
	};
}

/** As the fault `usage` has them. */
function countsAs({ fault, as }: LabModel, counts: Counts): Counts | undefined {
	if (fault !== "usage") return counts;
	if (as === "none") return undefined;
	const wrong = wrongCounts[as] ?? 0;
	return { prompt: wrong, completion: wrong, reasoning: 0 };
}

const wrongCounts: Readonly<Record<string, number>> = { zero: 0, negative: -7, huge: 2 ** 60, fraction: 1.5 };

/** Writes JSON; in ASCII where the model's name says so. */
export function jsonOf({ escapes }: LabModel): (value: unknown) => string {
	return escapes ? (value) => inAscii(JSON.stringify(value)) : JSON.stringify;
}

function inAscii(json: string): string {
	return json.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
