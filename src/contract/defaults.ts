/** Defaults of a request body: what the contract fills in where the client said nothing. */
import type { JsonObject } from "./document.js";

/** One default of a top-level property. */
export interface DefaultFill {
	readonly property: string;
	/** The default is left out when the client gave this other property. */
	readonly unless: string | undefined;
	readonly value: unknown;
	/** The member as JSON text, `"temperature":0.7`. */
	readonly member: string;
}

/** The defaults among the top-level properties of a dereferenced body schema. */
export function readDefaults(schema: JsonObject): DefaultFill[] {
	const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
	return Object.entries(properties)
		.filter(([, property]) => property.default !== undefined)
		.map(([property, { default: value, "x-default-unless": unless }]) => ({
			property,
			unless: unless as string | undefined,
			value,
			member: `${JSON.stringify(property)}:${JSON.stringify(value)}`,
		}));
}

/** A JSON object, and the very bytes it was read from. */
export interface JsonBody {
	json: Record<string, unknown>;
	bytes: Buffer;
}

const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = "}";

/**
 * Fills in what is missing: in the parsed object, and as text before the closing brace of the bytes.
 *
 * All that the client wrote stays as it was written (big numbers, escapes, duplicate keys, spacing),
 * and where nothing is missing the bytes are the client's own.
 */
export function fillDefaults(body: JsonBody, defaults: readonly DefaultFill[]): JsonBody {
	let members = "";
	for (const { property, unless, value, member } of defaults) {
		if (Object.hasOwn(body.json, property)) continue;
		if (unless !== undefined && body.json[unless] !== undefined && body.json[unless] !== null) continue;
		body.json[property] = value;
		members += members === "" ? member : `,${member}`;
	}
	return members === "" ? body : { json: body.json, bytes: appendMembers(body.bytes, members) };
}

function appendMembers(bytes: Buffer, members: string): Buffer {
	const end = bytes.lastIndexOf(closeBrace);
	const filled = Buffer.allocUnsafe(bytes.length + 1 + Buffer.byteLength(members));
	bytes.copy(filled, 0, 0, end);
	let at = end;
	if (lastVisibleByte(bytes, end) !== openBrace) {
		filled[at] = comma;
		at += 1;
	}
	at += filled.write(members, at);
	at += bytes.copy(filled, at, end);
	return filled.subarray(0, at);
}

/** The last byte before `end` that is not JSON white space (RFC 8259 §2). */
function lastVisibleByte(bytes: Buffer, end: number): number | undefined {
	let at = end - 1;
	while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at -= 1;
	return bytes[at];
}
