/** Judges of a replay: whether another model's answer is as good as the stored one. */
import type { ValidateFunction } from "ajv";
import type { Refusal, Text } from "../../chat/request.js";
import { newAjv } from "../../contract/ajv.js";
import { readWhole } from "../../dialects/openai/wholeAnswer.js";
import { readRequest } from "../../dialects/openaiChat/request.js";
import { messageOf } from "../../errors/problem.js";
import { diffTexts } from "./textDiff.js";

type Json = Record<string, unknown>;

/** What is compared of a completion: its first choice. */
export interface Said {
	text: string;
	calls: { name: string; arguments: unknown }[];
}

export interface Judgement {
	/** From 0 to 1; undefined if there is nothing to judge by. */
	score: number | undefined;
	/** What is different, for people. */
	reason: string;
}

export type Judge = (before: Said, after: Said, request: Json) => Judgement;

export const judges: Record<"exact" | "schema" | "diff", Judge> = { exact, schema, diff };

/** The text, refusal and calls of a `chat.completion`; JSON arguments are parsed, so that their spacing doesn't count. */
export function saidIn(completion: object): Said {
	const parts = readWhole(completion as Json).choices[0]?.parts ?? [];
	const textsOf = (type: "text" | "refusal") =>
		parts.map((part) => (part.type === type ? (part as Text | Refusal).text : "")).join("");
	return {
		text: [textsOf("text"), textsOf("refusal")].filter((text) => text !== "").join("\n"),
		calls: parts
			.filter((part) => part.type === "tool_call")
			.map(({ name, arguments: given }) => ({ name, arguments: parsed(given) })),
	};
}

/** The same text and the same calls. */
function exact(before: Said, after: Said): Judgement {
	const isSame = before.text === after.text && canonical(before.calls) === canonical(after.calls);
	return { score: isSame ? 1 : 0, reason: isSame ? "" : diff(before, after).reason };
}

/** How many of the words are the same, those of calls included. */
function diff(before: Said, after: Said): Judgement {
	const { similarity, shown } = diffTexts(wholeText(before), wholeText(after));
	return { score: similarity, reason: shown };
}

/** Whether the answer fits what its request asked for: `response_format` and the parameters of the tools it calls. */
function schema(_before: Said, after: Said, request: Json): Judgement {
	const { responseFormat: format, tools: offered } = readRequest(request);
	const tools = new Map(offered.map(({ name, parameters }) => [name, parameters]));
	const wrong: string[] = [];
	for (const { name, arguments: given } of after.calls) {
		if (!tools.has(name)) wrong.push(`it calls ${name}, which it was not offered`);
		else wrong.push(...misfits(`the arguments of ${name}`, given, tools.get(name)));
	}
	const asksForJson = format?.type === "schema" || format?.type === "json";
	// A call counts instead of the text.
	if (asksForJson && after.calls.length === 0) {
		const value = parsed(after.text);
		if (value === after.text) wrong.push("the answer is no JSON");
		else if (format?.type === "json" && (typeof value !== "object" || value === null))
			wrong.push("the answer is no JSON object");
		else if (format?.type === "schema") wrong.push(...misfits("the answer", value, format.schema));
	}
	if (!asksForJson && after.calls.length === 0) return { score: undefined, reason: "its request has no schema to fit" };
	return { score: wrong.length === 0 ? 1 : 0, reason: wrong.join("; ") };
}

function misfits(place: string, value: unknown, jsonSchema: unknown): string[] {
	if (typeof jsonSchema !== "object" || jsonSchema === null) return [];
	let validate: ValidateFunction;
	try {
		// Its `$id` may be another one's too.
		validate = newAjv({ addUsedSchema: false, discriminator: false }).compile(jsonSchema);
	} catch (error) {
		return [`the schema of ${place} can't be used (${messageOf(error)})`];
	}
	if (validate(value)) return [];
	const [error] = validate.errors ?? [];
	return [`${place}${error?.instancePath ?? ""} ${error?.message ?? "does not fit"}`];
}

function wholeText({ text, calls }: Said): string {
	return [text, ...calls.map(({ name, arguments: given }) => `${name} ${canonical(given)}`)]
		.filter((part) => part !== "")
		.join("\n");
}

/** JSON's value, or the text where it is none. */
function parsed(text: unknown): unknown {
	if (typeof text !== "string") return text;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** JSON whose members stand in the order of their names. */
function canonical(value: unknown): string {
	return (
		JSON.stringify(value, (_name, inner: unknown) =>
			typeof inner === "object" && inner !== null && !Array.isArray(inner)
				? Object.fromEntries(Object.entries(inner).sort(([first], [second]) => (first < second ? -1 : 1)))
				: inner,
		) ?? ""
	);
}
