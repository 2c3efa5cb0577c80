/** Puts what came before into a request's input, by its bytes, as if the client had sent all of it. */
import type { JsonBody } from "../contract/defaults.js";
import { textOf, withMembersOf } from "../json/outline.js";
import { spliceMembers } from "../json/spliceMembers.js";

export interface Expansion {
	/** JSON values with commas between them, in their order: what stands before the request's own items. */
	readonly earlier: readonly Buffer[];
	/** The request's own, in the same form; references among them are resolved. */
	readonly own: Buffer;
	/** Other members, as JSON text; undefined removes one. */
	readonly members: Readonly<Record<string, string | undefined>>;
}

const comma = Buffer.from(",");
const open = Buffer.from("[");
const close = Buffer.from("]");

/**
 * Nothing is copied, and nothing of the input is parsed before somebody asks for it.
 *
 * @param bytes the body's, in one piece
 */
export function expandBody(body: JsonBody, bytes: Buffer, { earlier, own, members }: Expansion): JsonBody {
	const parts = [...earlier, own].filter((part) => part.length > 0);
	const input = [open, ...parts.flatMap((part, place) => (place === 0 ? [part] : [comma, part])), close];
	const pieces = spliceMembers(bytes, new Map([["input", input], ...valuesOf(members)]));
	const { late, filled } = body;
	return {
		...(late === undefined ? {} : { late }),
		...(filled === undefined ? {} : { filled }),
		json: withMembersOf(body.json, parsed(members), {
			name: "input",
			read: () => JSON.parse(input.map(textOf).join("")),
		}),
		before: pieces.slice(0, -1),
		bytes: pieces.at(-1) as Buffer,
	};
}

/**
 * The body with other members alone.
 *
 * @param bytes the body's, in one piece
 */
export function withBodyMembers(body: JsonBody, bytes: Buffer, members: Expansion["members"]): JsonBody {
	const { before: _before, rest: _rest, json, ...others } = body;
	const pieces = spliceMembers(bytes, new Map(valuesOf(members)));
	return { ...others, json: withMembersOf(json, parsed(members)), bytes: Buffer.concat(pieces) };
}

function valuesOf(members: Expansion["members"]): [string, readonly Buffer[] | undefined][] {
	return Object.entries(members).map(([name, value]) => [name, value === undefined ? undefined : [Buffer.from(value)]]);
}

function parsed(members: Expansion["members"]): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(members).map(([name, value]) => [name, value === undefined ? undefined : JSON.parse(value)]),
	);
}
