/** The response object in an answer's bytes: what the gateway has to say in it, and the parts in which it is kept. */
import type { Json } from "../dialects/dialect.js";
import { lengthOfAll } from "../json/bodyBytes.js";
import { type Element, readElements } from "../json/elements.js";
import { endBeforeSpace, type Span, skipSpace } from "../json/jsonMember.js";
import { spliceMembers } from "../json/spliceMembers.js";

export interface ResponseMembers {
	/** In place of whatever the upstream says. */
	readonly own: Readonly<Json>;
	/** Where the upstream says nothing of it, or null: what the request said. */
	readonly echoed: Readonly<Json>;
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

export function echoedOf(request: Json): Json {
	const echoed: Json = {};
	for (const name of echoedNames) if ((request[name] ?? undefined) !== undefined) echoed[name] = request[name];
	return echoed;
}

const nullText = Buffer.from("null");
const emptyList = Buffer.from("[]");
const openBracket = 0x5b;

/** A response object where it was found. */
export interface FoundResponse {
	readonly json: Json;
	write(members: ResponseMembers): WrittenResponse;
	/** @returns all that it was found in, with another object in its place */
	around(object: Buffer): Buffer;
}

/** @param span of the object in the bytes */
export function responseAt(bytes: Buffer, { start, end }: Span, json: Json): FoundResponse {
	return {
		json,
		write: (members) => writeResponse(bytes, start, members),
		around(object) {
			if (start === 0 && end === bytes.length) return object;
			return Buffer.concat([bytes.subarray(0, start), object, bytes.subarray(end)]);
		},
	};
}

/** A response object with what the gateway says in it. */
export interface WrittenResponse {
	/** In one piece. */
	readonly bytes: Buffer;
	parts(): ResponseParts;
}

/** @param start of the response object */
export function writeResponse(bytes: Buffer, start: number, { own, echoed }: ResponseMembers): WrittenResponse {
	const { elements, end } = readElements(bytes, start);
	const values = new Map<string, readonly Buffer[]>();
	for (const [name, value] of Object.entries(own)) values.set(name, [jsonBytes(value)]);
	for (const [name, value] of Object.entries(echoed))
		if (saysNothing(bytes, elements, name)) values.set(name, [jsonBytes(value)]);
	const isChanged = values.size > 0;
	const list = outputIn(bytes, elements);
	const output = list && bytes.subarray(list.valueStart, list.end);
	if (isChanged && output !== undefined) values.set("output", [output]);
	const spliced = isChanged ? spliceMembers(bytes, values, start, elements) : [bytes.subarray(start, end)];
	const written = Buffer.concat(spliced);
	return {
		bytes: written,
		parts() {
			if (list === undefined || output === undefined) return partsWithoutOutput(written);
			if (isChanged) return partsOf(spliced, output);
			return partsOf([bytes.subarray(start, list.valueStart), output, bytes.subarray(list.end, end)], output);
		},
	};
}

function jsonBytes(value: unknown): Buffer {
	return Buffer.from(JSON.stringify(value));
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

/** A response that the gateway has written itself, so that its bytes need not be searched. @param around see FoundResponse */
export function knownResponse(json: Json, around: FoundResponse["around"] = (object) => object): FoundResponse {
	return { json, write: (members) => writeKnownResponse(json, members), around };
}

function writeKnownResponse(response: Json, members: ResponseMembers): WrittenResponse {
	if (!Array.isArray(response.output)) return writeResponse(jsonBytes(response), 0, members);
	const body = withMembers({ ...response, output: [] }, members);
	const text = JSON.stringify(body);
	const listAt = placeOfOutput(text, body);
	const before = text.slice(0, listAt);
	const after = text.slice(listAt + emptyList.length);
	const list = JSON.stringify(response.output);
	const start = Buffer.byteLength(before);
	const end = start + Buffer.byteLength(list);
	// Joined as text, it would be copied once more.
	const bytes = Buffer.allocUnsafe(end + Buffer.byteLength(after));
	bytes.write(before);
	bytes.write(list, start);
	bytes.write(after, end);
	return {
		bytes,
		parts: () => ({ output: bytes.subarray(start + 1, end - 1), body: text, outputAt: start + 1 }),
	};
}

const emptyOutput = `"output":${emptyList}`;

/** @param text of the object, whose output is empty. @returns where that stands */
function placeOfOutput(text: string, body: Json): number {
	const place = text.indexOf(emptyOutput);
	// Another member may have such a list in it.
	if (text.includes(emptyOutput, place + 1)) return aroundMember(body, "output").before.length;
	return place + emptyOutput.length - emptyList.length;
}

/** Puts what the gateway has to say into a response's members, and what only it says after them. */
function withMembers(response: Json, { own, echoed }: ResponseMembers): Json {
	for (const name of Object.keys(own)) response[name] = own[name];
	for (const name of Object.keys(echoed)) if (!Object.hasOwn(own, name)) response[name] ??= echoed[name];
	return response;
}

/** The JSON text of an object, up to the value of one of its members and from its end on. */
export function aroundMember(json: Json, name: string): { before: string; after: string } {
	const before: Json = {};
	const after: Json = {};
	let members = before;
	for (const key of Object.keys(json)) {
		if (key === name) members = after;
		else members[key] = json[key];
	}
	const opened = JSON.stringify(before).slice(0, -1);
	const closed = JSON.stringify(after).slice(1);
	return {
		before: `${opened}${opened === "{" ? "" : ","}${JSON.stringify(name)}:`,
		after: `${closed === "}" ? "" : ","}${closed}`,
	};
}

/** A response in the parts in which it is kept. */
export interface ResponseParts {
	/** JSON values with commas between them. */
	readonly output: Buffer;
	/** The response as JSON, its output an empty list. */
	readonly body: string | Buffer;
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

export function isResponse(json: Json): boolean {
	return json.object === "response" || Array.isArray(json.output);
}
