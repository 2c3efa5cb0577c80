/** The response object in an answer's bytes: what the gateway has to say in it, and the parts in which it is kept. */
import type { Json } from "../dialects/dialect.js";
import { type Element, elementsOf } from "../json/elements.js";
import { isObject } from "../json/isObject.js";
import { findValueEnd } from "../json/jsonMember.js";
import { spliceMembers } from "../json/spliceMembers.js";
import { idOf, joinItems, splitItems } from "./inputItems.js";

/** JSON text by member. */
export interface ResponseMembers {
	/** In place of whatever the upstream says. */
	readonly own: Readonly<Record<string, string>>;
	/** Where the upstream says nothing of it, or null: what the request said. */
	readonly echoed: Readonly<Record<string, string>>;
}

/** Members of a request that its response repeats. */
const echoedNames = [
	"instructions",
	"max_tool_calls",
	"metadata",
	"prompt_cache_key",
	"safety_identifier",
	"truncation",
	"user",
];

export function echoedOf(request: Json): Record<string, string> {
	const echoed: Record<string, string> = {};
	for (const name of echoedNames)
		if ((request[name] ?? undefined) !== undefined) echoed[name] = JSON.stringify(request[name]);
	return echoed;
}

const nullText = Buffer.from("null");

/** @param start of the response object @returns the object with these members, in one piece */
export function withResponseMembers(bytes: Buffer, start: number, { own, echoed }: ResponseMembers): Buffer {
	const elements = elementsOf(bytes, start);
	const values = new Map<string, readonly Buffer[]>();
	for (const [name, text] of Object.entries(own)) values.set(name, [Buffer.from(text)]);
	for (const [name, text] of Object.entries(echoed))
		if (saysNothing(bytes, elements, name)) values.set(name, [Buffer.from(text)]);
	if (values.size === 0) return bytes.subarray(start, findValueEnd(bytes, start));
	return Buffer.concat(spliceMembers(bytes, values, start, elements));
}

function saysNothing(bytes: Buffer, elements: readonly Element[], name: string): boolean {
	const found = elements.find((element) => element.name === name);
	return found === undefined || bytes.subarray(found.valueStart, found.end).equals(nullText);
}

/** A response in the parts in which it is kept. */
export interface ResponseParts {
	/** JSON values with commas between them. */
	readonly output: Buffer;
	/** The response, its output an empty list. */
	readonly body: Buffer;
	/** Where in it the output belongs. */
	readonly outputAt: number;
}

/** @param bytes a response object, from its first byte to its last */
export function partsOf(bytes: Buffer): ResponseParts {
	const output = elementsOf(bytes, 0).findLast(({ name }) => name === "output");
	if (output === undefined || bytes[output.valueStart] !== openBracket) {
		const body = Buffer.concat(spliceMembers(bytes, new Map([["output", [Buffer.from("[]")]]]), 0));
		const added = elementsOf(body, 0).findLast(({ name }) => name === "output") as Element;
		return { output: Buffer.alloc(0), body, outputAt: added.valueStart + 1 };
	}
	const { valueStart, end } = output;
	return {
		output: joinItems(splitItems(bytes.subarray(valueStart + 1, end - 1))),
		body: Buffer.concat([bytes.subarray(0, valueStart + 1), bytes.subarray(end - 1)]),
		outputAt: valueStart + 1,
	};
}

const openBracket = 0x5b;

/** The other way. @param body as text or bytes; `outputAt` counts bytes */
export function wholeResponse({
	body,
	output,
	outputAt,
}: {
	readonly body: string | Buffer;
	readonly output: string | Buffer;
	readonly outputAt: number;
}): Buffer {
	const bytes = Buffer.from(body as string);
	return Buffer.concat([bytes.subarray(0, outputAt), Buffer.from(output as string), bytes.subarray(outputAt)]);
}

/** Ids of items, as far as they have one. */
export function itemIdsIn(output: Buffer): string[] {
	return splitItems(output).flatMap((item) => idOf(item) ?? []);
}

/** @returns undefined for JSON that is no response */
export function asResponse(json: Json | undefined): Json | undefined {
	if (json === undefined || !isObject(json)) return undefined;
	return json.object === "response" || Array.isArray(json.output) ? json : undefined;
}
