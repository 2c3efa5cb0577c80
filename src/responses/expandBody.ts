/** Puts what came before into a request's input, by its bytes, as if the client had sent all of it. */
import type { JsonBody } from "../contract/defaults.js";
import { type Element, elementsOf } from "../json/elements.js";
import { skipSpace } from "../json/jsonMember.js";
import { textOf, withMembersOf } from "../json/outline.js";
import { type MemberValues, spliceMembers } from "../json/spliceMembers.js";

export interface Expansion {
	/** JSON values with commas between them, in their order: what stands before the request's own items. */
	readonly earlier: readonly Buffer[];
	/** The request's own, in the same form; references among them are resolved. */
	readonly own: Buffer;
	readonly members: OtherMembers;
}

/** Members that a body gets in place of its own. */
export interface OtherMembers {
	/** Undefined removes one. */
	readonly json: Readonly<Record<string, unknown>>;
	/** The same in bytes. */
	readonly values: MemberValues;
}

export function otherMembers(json: OtherMembers["json"]): OtherMembers {
	const bytesOf = (value: unknown) => (value === undefined ? undefined : [Buffer.from(JSON.stringify(value))]);
	return { json, values: new Map(Object.entries(json).map(([name, value]) => [name, bytesOf(value)])) };
}

const comma = Buffer.from(",");
const open = Buffer.from("[");
const close = Buffer.from("]");

/** A body's bytes in one piece, and where its members are in them. */
export interface ScannedBody {
	readonly bytes: Buffer;
	readonly elements: readonly Element[];
}

export function scanMembers(bytes: Buffer): ScannedBody {
	return { bytes, elements: elementsOf(bytes, skipSpace(bytes, 0)) };
}

/** Nothing is copied, and nothing of the input is parsed before somebody asks for it. */
export function expandBody(body: JsonBody, scanned: ScannedBody, { earlier, own, members }: Expansion): JsonBody {
	const parts = [...earlier, own].filter((part) => part.length > 0);
	const input = [open, ...parts.flatMap((part, place) => (place === 0 ? [part] : [comma, part])), close];
	const pieces = spliced(scanned, new Map([["input", input], ...members.values]));
	const { late, filled } = body;
	return {
		...(late === undefined ? {} : { late }),
		...(filled === undefined ? {} : { filled }),
		json: withMembersOf(body.json, members.json, {
			name: "input",
			read: () => JSON.parse(input.map(textOf).join("")),
		}),
		before: pieces.slice(0, -1),
		bytes: pieces.at(-1) as Buffer,
	};
}

/** The body with other members alone. */
export function withBodyMembers(body: JsonBody, scanned: ScannedBody, members: OtherMembers): JsonBody {
	const { before: _before, rest: _rest, outlineBytes: _outlineBytes, ...others } = body;
	const pieces = spliced(scanned, members.values);
	return { ...others, json: withMembersOf(body.json, members.json), bytes: Buffer.concat(pieces) };
}

function spliced({ bytes, elements }: ScannedBody, values: MemberValues): Buffer[] {
	return spliceMembers(bytes, values, skipSpace(bytes, 0), elements);
}
