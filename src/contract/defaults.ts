/** Defaults of a request body: what the contract fills in where the client said nothing. */
import type { JsonObject } from "../json/jsonTypes.js";

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
		.map(([property, schema]) => ({ property, schema, value: schema["x-default"] ?? schema.default }))
		.filter(({ value }) => value !== undefined)
		.map(({ property, schema, value }) => ({
			property,
			unless: schema["x-default-unless"] as string | undefined,
			value,
			member: `${JSON.stringify(property)}:${JSON.stringify(value)}`,
		}));
}

/** The model that requests get which name none; undefined where nothing is filled in, or nothing is forwarded. */
export function defaultModelOf({
	upstreamPath,
	defaults,
}: {
	upstreamPath: string | undefined;
	defaults: readonly DefaultFill[];
}): string | undefined {
	const value = upstreamPath === undefined ? undefined : defaults.find(({ property }) => property === "model")?.value;
	return typeof value === "string" ? value : undefined;
}

/** The same defaults with another model among them. */
export function withDefaultModel(defaults: readonly DefaultFill[], model: string): readonly DefaultFill[] {
	return defaults.map((fill) =>
		fill.property === "model" ? { ...fill, value: model, member: `"model":${JSON.stringify(model)}` } : fill,
	);
}

/** A JSON object, and the very bytes it was read from. */
export interface JsonBody {
	json: Record<string, unknown>;
	bytes: Buffer;
	/** What follows the bytes: stands apart where copying a large body into one with it would cost. */
	rest?: Buffer;
	/** Defaults that only some of the targets take: filled in for those when they are asked. */
	late?: LateDefaults;
}

export interface LateDefaults {
	/** Those that a target takes which is asked for this model. */
	of(model: unknown): readonly DefaultFill[];
}

const openBrace = 0x7b;
const closeBrace = "}";

/** Larger bodies, with images in them, are not copied for the sake of a few members. */
const maxCopiedBytes = 64 * 1024;

/**
 * Fills in what is missing: in the parsed object, and as text before the closing brace of the bytes.
 *
 * All that the client wrote stays as it was written (big numbers, escapes, duplicate keys, spacing),
 * and where nothing is missing the bytes are the client's own.
 */
export function fillDefaults(body: JsonBody, defaults: readonly DefaultFill[]): JsonBody {
	let members = "";
	for (const fill of defaults) {
		if (!isMissing(body.json, fill)) continue;
		const { property, value, member } = fill;
		// Each request has its own: a plugin may change what stands in a body.
		body.json[property] = typeof value === "object" ? structuredClone(value) : value;
		members += members === "" ? member : `,${member}`;
	}
	return members === "" ? body : { json: body.json, ...appendMembers(body.bytes, members) };
}

/** A request has neither the property nor the one that stands for it. */
export function isMissing(json: JsonBody["json"], { property, unless }: DefaultFill): boolean {
	if (Object.hasOwn(json, property)) return false;
	return unless === undefined || json[unless] === undefined || json[unless] === null;
}

/** A body as it is sent to a target that is asked for this model, with the defaults that it takes. */
export function withLateDefaults(
	{ late }: JsonBody,
	body: Pick<JsonBody, "bytes" | "rest">,
	model: unknown,
): Pick<JsonBody, "bytes" | "rest"> {
	const members = late?.of(model).map(({ member }) => member) ?? [];
	return members.length === 0 ? body : withMembers(body, members.join(","));
}

/** With more members, as text, in front of the closing brace, in whichever of the two pieces that is. */
export function withMembers(
	{ bytes, rest }: Pick<JsonBody, "bytes" | "rest">,
	members: string,
): Pick<JsonBody, "bytes" | "rest"> {
	if (rest === undefined) return appendMembers(bytes, members);
	const end = rest.lastIndexOf(closeBrace);
	// Only behind a body with many members is there a second piece.
	return { bytes, rest: Buffer.concat([rest.subarray(0, end), Buffer.from(`,${members}`), rest.subarray(end)]) };
}

function appendMembers(bytes: Buffer, members: string): Pick<JsonBody, "bytes" | "rest"> {
	const end = bytes.lastIndexOf(closeBrace);
	const added = lastVisibleByte(bytes, end) === openBrace ? members : `,${members}`;
	if (bytes.length > maxCopiedBytes)
		return { bytes: bytes.subarray(0, end), rest: Buffer.concat([Buffer.from(added), bytes.subarray(end)]) };
	const filled = Buffer.allocUnsafe(bytes.length + Buffer.byteLength(added));
	bytes.copy(filled, 0, 0, end);
	bytes.copy(filled, end + filled.write(added, end), end);
	return { bytes: filled };
}

/** The last byte before `end` that is not JSON white space (RFC 8259 §2). */
function lastVisibleByte(bytes: Buffer, end: number): number | undefined {
	let at = end - 1;
	while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at -= 1;
	return bytes[at];
}
