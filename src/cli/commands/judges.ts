/** Judges of a replay: whether another model's answer is as good as the stored one. */
import type { ValidateFunction } from "ajv";
import { newAjv } from "../../contract/ajv.js";
import { messageOf } from "../../errors/problem.js";
import { textOf } from "./messageText.js";
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
export function saidIn(completion: { choices?: { message?: unknown }[] }): Said {
	const message = (completion.choices?.[0]?.message ?? {}) as Json;
	const calls = Array.isArray(message.tool_calls) ? (message.tool_calls as Json[]) : [];
	const older = message.function_call ? [{ function: message.function_call }] : [];
	return {
		text: [textOf(message.content), textOf(message.refusal)].filter((part) => part !== "").join("\n"),
		calls: [...calls, ...older].map((call) => {
			const { name = "", arguments: given, input } = ((call as Json).function ?? (call as Json).custom ?? {}) as Json;
			return { name: String(name), arguments: parsed(given ?? input) };
		}),
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
	const format = (request.response_format ?? {}) as { type?: string; json_schema?: { schema?: unknown } };
	const tools = toolSchemas(request);
	const wrong: string[] = [];
	for (const { name, arguments: given } of after.calls) {
		if (!tools.has(name)) wrong.push(`it calls ${name}, which it was not offered`);
		else wrong.push(...misfits(`the arguments of ${name}`, given, tools.get(name)));
	}
	const asksForJson = format.type === "json_schema" || format.type === "json_object";
	// A call counts instead of the text.
	if (asksForJson && after.calls.length === 0) {
		const value = parsed(after.text);
		if (value === after.text) wrong.push("the answer is no JSON");
		else if (format.type === "json_object" && (typeof value !== "object" || value === null))
			wrong.push("the answer is no JSON object");
		else wrong.push(...misfits("the answer", value, format.json_schema?.schema));
	}
	if (!asksForJson && after.calls.length === 0) return { score: undefined, reason: "its request has no schema to fit" };
	return { score: wrong.length === 0 ? 1 : 0, reason: wrong.join("; ") };
}

function toolSchemas({ tools, functions }: Json): Map<string, unknown> {
	const offered = [
		...(Array.isArray(tools) ? (tools as Json[]) : []).map(
			(tool) => (tool.function ?? tool.custom) as Json | undefined,
		),
		...(Array.isArray(functions) ? (functions as Json[]) : []),
	];
	return new Map(offered.map((definition) => [String(definition?.name), definition?.parameters]));
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
