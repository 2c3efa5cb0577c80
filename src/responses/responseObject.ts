/** The response object in an answer's bytes: what the gateway has to say in it, and the parts in which it is kept. */
import type { Json } from "../dialects/dialect.js";
import { lengthOfAll } from "../json/bodyBytes.js";
import { type Element, readElements } from "../json/elements.js";
import { isObject } from "../json/isObject.js";
import { endBeforeSpace, skipSpace } from "../json/jsonMember.js";
import { spliceMembers } from "../json/spliceMembers.js";

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
const emptyList = Buffer.from("[]");
const openBracket = 0x5b;

/** A response object with what the gateway says in it. */
export interface WrittenResponse {
	/** In one piece. */
	readonly bytes: Buffer;
	/** Where the object ended in the bytes that it was read from. */
	readonly readEnd: number;
	parts(): ResponseParts;
}

/** @param start of the response object */
export function writeResponse(bytes: Buffer, start: number, { own, echoed }: ResponseMembers): WrittenResponse {
	const { elements, end } = readElements(bytes, start);
	const values = new Map<string, readonly Buffer[]>();
	for (const [name, text] of Object.entries(own)) values.set(name, [Buffer.from(text)]);
	for (const [name, text] of Object.entries(echoed))
		if (saysNothing(bytes, elements, name)) values.set(name, [Buffer.from(text)]);
	const isChanged = values.size > 0;
	const list = outputIn(bytes, elements);
	const output = list && bytes.subarray(list.valueStart, list.end);
	if (isChanged && output !== undefined) values.set("output", [output]);
	const spliced = isChanged ? spliceMembers(bytes, values, start, elements) : [bytes.subarray(start, end)];
	const written = Buffer.concat(spliced);
	return {
		bytes: written,
		readEnd: end,
		parts() {
			if (list === undefined || output === undefined) return partsWithoutOutput(written);
			if (isChanged) return partsOf(spliced, output);
			return partsOf([bytes.subarray(start, list.valueStart), output, bytes.subarray(list.end, end)], output);
		},
	};
}

/** @returns undefined if there is no list */
function outputIn(bytes: Buffer, elements: readonly Element[]): Element | undefined {
	const output = elements.findLast(({ name }) => name === "output");
	return output !== undefined && bytes[output.valueStart] === openBracket ? output : undefined;
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

/** @param pieces of the object, one of which is its output */
function partsOf(pieces: readonly Buffer[], output: Buffer): ResponseParts {
	const place = pieces.indexOf(output);
	const before = pieces.slice(0, place);
	return {
		output: withoutSpaces(output.subarray(1, -1)),
		body: Buffer.concat([...before, emptyList, ...pieces.slice(place + 1)]),
		outputAt: lengthOfAll(before) + 1,
	};
}

/** As it is but for white space at both ends. */
function withoutSpaces(items: Buffer): Buffer {
	const start = skipSpace(items, 0);
	return items.subarray(start, Math.max(start, endBeforeSpace(items, items.length)));
}

function partsWithoutOutput(bytes: Buffer): ResponseParts {
	return partsOf(spliceMembers(bytes, new Map([["output", [emptyList]]])), emptyList);
}

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

/** @returns undefined for JSON that is no response */
export function asResponse(json: Json | undefined): Json | undefined {
	if (json === undefined || !isObject(json)) return undefined;
	return json.object === "response" || Array.isArray(json.output) ? json : undefined;
}
