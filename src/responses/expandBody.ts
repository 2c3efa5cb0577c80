/** Puts what came before into a request's input, by its bytes, as if the client had sent all of it. */
import type { JsonBody } from "../contract/defaults.js";
import { lengthOfAll } from "../json/bodyBytes.js";
import { textOf, withLazyMember, withMembersOf } from "../json/outline.js";
import { spliceMembers } from "../json/spliceMembers.js";
import { joinItems } from "./inputItems.js";

export interface Expansion {
	/** JSON values with commas between them, in their order: what stands before the request's own items. */
	readonly earlier: readonly Buffer[];
	/** The request's own; references among them are resolved. */
	readonly own: readonly Buffer[];
	/** Other members, as JSON text; undefined removes one. */
	readonly members: Readonly<Record<string, string | undefined>>;
}

const comma = Buffer.from(",");
const open = Buffer.from("[");
const close = Buffer.from("]");

/**
 * Nothing of the input is parsed before somebody asks for it.
 *
 * @param bytes the body's, in one piece
 */
export function expandBody(body: JsonBody, bytes: Buffer, { earlier, own, members }: Expansion): JsonBody {
	const parts = [...earlier, joinItems(own)].filter((part) => part.length > 0);
	const input = [open, ...parts.flatMap((part, place) => (place === 0 ? [part] : [comma, part])), close];
	const { json, pieces } = withMembers(body, bytes, members, input);
	const changed = Buffer.concat(pieces);
	const start = lengthOfAll(pieces.slice(0, pieces.indexOf(open)));
	const list = changed.subarray(start, start + lengthOfAll(input));
	const { late, filled } = body;
	return {
		...(late === undefined ? {} : { late }),
		...(filled === undefined ? {} : { filled }),
		json: withLazyMember(json, "input", () => JSON.parse(textOf(list))),
		bytes: changed,
	};
}

/**
 * The body with other members alone.
 *
 * @param bytes the body's, in one piece
 */
export function withBodyMembers(body: JsonBody, bytes: Buffer, members: Expansion["members"]): JsonBody {
	const { before: _before, rest: _rest, ...others } = body;
	const { json, pieces } = withMembers(body, bytes, members);
	return { ...others, json, bytes: Buffer.concat(pieces) };
}

function withMembers(
	body: JsonBody,
	bytes: Buffer,
	members: Expansion["members"],
	input?: readonly Buffer[],
): { json: JsonBody["json"]; pieces: Buffer[] } {
	const values = new Map<string, readonly Buffer[] | undefined>();
	if (input !== undefined) values.set("input", input);
	const json = withMembersOf(body.json, {});
	for (const [name, value] of Object.entries(members)) {
		values.set(name, value === undefined ? undefined : [Buffer.from(value)]);
		// Deleting what isn't there would make the object a slow one.
		if (value === undefined && name in json) delete json[name];
		else if (value !== undefined) json[name] = JSON.parse(value);
	}
	return { json, pieces: spliceMembers(bytes, values) };
}
