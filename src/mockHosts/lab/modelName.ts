/** Model names of the lab: `FAULT[:NUMBER][,option=value…]`. */
import { closest } from "../../settings/closest.js";
import { definitionOf, type FaultName, faultNames, usageOf } from "./faults.js";

const answerKinds = ["text", "json", "tools", "reasoning"] as const;
const prefillKinds = ["ignore", "continue", "assistant", "reject", "echo"] as const;
const cacheKinds = ["vendor", "vllm"] as const;
const yesOrNo = ["0", "1"] as const;

export type AnswerKind = (typeof answerKinds)[number];
export type CacheKind = (typeof cacheKinds)[number];
export type Prefill = (typeof prefillKinds)[number];

export interface LabModel {
	/** As it was requested. */
	readonly name: string;
	readonly fault: FaultName;
	readonly number: number | undefined;
	/** The fault's variant; empty if it has none. */
	readonly as: string;
	/** Which requests get the fault. */
	readonly times: number | undefined;
	readonly every: number | undefined;
	/** For `flap`: number of good answers in a row. */
	readonly ok: number | undefined;
	/** Waits before each piece, and before the answer. */
	readonly paceMs: number;
	readonly delayMs: number;
	/** Kind of answer, whatever the request asks for. */
	readonly answer: AnswerKind | undefined;
	readonly status: number | undefined;
	/** How a final assistant message is treated. */
	readonly prefill: Prefill;
	/** Whether white space at that message's end is dropped. */
	readonly trims: boolean;
	/** Characters in each piece; undefined for pieces like tokens. */
	readonly pieceLength: number | undefined;
	/** Whose prompt cache the lab has; undefined for none. */
	readonly cache: CacheKind | undefined;
	/** Whether JSON is written in ASCII, with `\u` escapes. */
	readonly escapes: boolean;
}

/** Options and how their values are read. */
const readers = {
	as: (text: string, fault: FaultName) => oneOf(text, definitionOf(fault).variants ?? [], fault),
	times: (text: string) => whole(text, 1),
	every: (text: string) => whole(text, 1),
	ok: (text: string) => whole(text, 1),
	pace: (text: string) => whole(text, 0, 2 ** 31 - 1),
	delay: (text: string) => whole(text, 0, 2 ** 31 - 1),
	answer: (text: string) => oneOf(text, answerKinds),
	status: (text: string) => whole(text, 400, 599),
	prefill: (text: string) => oneOf(text, prefillKinds),
	trim: (text: string) => oneOf(text, yesOrNo),
	pieces: (text: string) => whole(text, 1, 10_000),
	escape: (text: string) => oneOf(text, yesOrNo),
	cache: (text: string) => oneOf(text, cacheKinds),
	/** Without effect, except that the name is different and is counted separately. */
	id: (text: string) => text,
};

type OptionName = keyof typeof readers;
type Options = { [Name in OptionName]?: ReturnType<(typeof readers)[Name]> };

/** @throws Error that says what is wrong with the name and what would be right */
export function parseModelName(name: string): LabModel {
	const [head = "", ...rest] = name.split(",");
	const [fault, number] = readFault(head);
	const options = readOptions(rest, fault);
	return {
		name,
		fault,
		number,
		as: options.as ?? definitionOf(fault).variants?.[0] ?? "",
		times: options.times,
		every: options.every,
		ok: options.ok,
		paceMs: options.pace ?? 0,
		delayMs: options.delay ?? 0,
		answer: options.answer,
		status: options.status,
		prefill: options.prefill ?? "ignore",
		trims: options.trim === "1",
		pieceLength: options.pieces,
		cache: options.cache,
		escapes: options.escape === "1",
	};
}

/** The same model without its fault. */
export function withoutFault(model: LabModel): LabModel {
	return { ...model, fault: "ok", number: undefined, as: "" };
}

function readFault(head: string): [FaultName, number | undefined] {
	const [name = "", ...numbers] = head.split(":");
	const fault = faultNames.find((known) => known === name);
	if (fault === undefined) throw new Error(`there is no fault ${quoted(name)}${didYouMean(name, faultNames)}`);
	const { number } = definitionOf(fault);
	if (numbers.length === 0) return [fault, number?.byDefault];
	if (number === undefined || numbers.length > 1)
		throw new Error(`${quoted(head)} is not of the form ${usageOf(fault)}`);
	const { least, most, isDecimal } = number;
	return [fault, numberOf(numbers[0] ?? "", { least, most, isDecimal: isDecimal ?? false })];
}

function readOptions(parts: readonly string[], fault: FaultName): Options {
	const options: Record<string, unknown> = {};
	for (const part of parts) {
		const [, name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(part) ?? [];
		if (!isOption(name)) throw new Error(`there is no option ${quoted(name)}${didYouMean(name, Object.keys(readers))}`);
		if (options[name] !== undefined) throw new Error(`${name} is given twice`);
		if (name === "ok" && fault !== "flap") throw new Error("ok belongs to flap");
		if (name === "status" && !definitionOf(fault).hasStatus) throw new Error(`${fault} has no status to replace`);
		try {
			options[name] = readers[name](value, fault);
		} catch (error) {
			throw new Error(`${name} ${(error as Error).message}`);
		}
	}
	return options as Options;
}

function isOption(name: string): name is OptionName {
	return Object.hasOwn(readers, name);
}

function whole(text: string, least: number, most = 1e9): number {
	return numberOf(text, { least, most, isDecimal: false });
}

function numberOf(text: string, { least, most, isDecimal }: { least: number; most: number; isDecimal: boolean }) {
	const isNumber = isDecimal ? /^\d{1,10}(\.\d{1,6})?$/.test(text) : /^\d{1,10}$/.test(text);
	const number = Number(text);
	if (!isNumber || number < least || number > most)
		throw new Error(`must be a ${isDecimal ? "" : "whole "}number from ${least} to ${most} (got ${quoted(text)})`);
	return number;
}

function oneOf<Value extends string>(text: string, values: readonly Value[], owner?: string): Value {
	const value = values.find((known) => known === text);
	if (value !== undefined) return value;
	throw new Error(
		values.length === 0 ? `means nothing for ${owner}` : `must be one of ${values.join(", ")} (got ${quoted(text)})`,
	);
}

function quoted(text: string): string {
	return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function didYouMean(name: string, known: readonly string[]): string {
	const meant = closest(name, known);
	return meant === undefined ? "" : `; did you mean ${meant}?`;
}
