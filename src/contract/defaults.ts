/** Defaults of a request body: what the contract fills in where the client said nothing. */
import { appendMembers, type BodyBytes, piecesOf, withMembers } from "../json/bodyBytes.js";
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
export interface JsonBody extends BodyBytes {
	json: Record<string, unknown>;
	/** The same without its long texts; undefined for bodies that have not many. */
	outline?: Readonly<Record<string, unknown>> | undefined;
	/** The bytes of the outline, without what has been appended since. */
	outlineBytes?: Buffer | undefined;
	/** Defaults that only some of the targets take: filled in for those when they are asked. */
	late?: LateDefaults;
	/** Properties that the client left out, and that have their defaults. */
	filled?: readonly string[];
}

export interface LateDefaults {
	/** Those that a target takes which is asked for this model. */
	of(model: unknown): readonly DefaultFill[];
}

/**
 * Fills in what is missing: in the parsed object, and as text before the closing brace of the bytes.
 *
 * All that the client wrote stays as it was written (big numbers, escapes, duplicate keys, spacing),
 * and where nothing is missing the bytes are the client's own.
 */
export function fillDefaults(body: JsonBody, defaults: readonly DefaultFill[]): JsonBody {
	let members = "";
	const filled: string[] = [];
	for (const fill of defaults) {
		if (!isMissing(body.json, fill)) continue;
		const { property, value, member } = fill;
		// Each request has its own: a plugin may change a body's values.
		body.json[property] = typeof value === "object" ? structuredClone(value) : value;
		members += members === "" ? member : `,${member}`;
		filled.push(property);
	}
	if (members === "") return body;
	const { json, outline, outlineBytes, bytes } = body;
	return { json, outline, outlineBytes, filled, ...appendMembers(bytes, members) };
}

/** Whether bytes such as these may stand in it anywhere but in its long texts. */
export function mayHoldOutside(body: JsonBody, isHeldBy: (piece: Buffer) => boolean): boolean {
	const { outlineBytes, rest } = body;
	if (outlineBytes === undefined) return piecesOf(body).some(isHeldBy);
	return isHeldBy(outlineBytes) || (rest !== undefined && isHeldBy(rest));
}

/** A request has neither the property nor the one that stands for it. */
export function isMissing(json: JsonBody["json"], { property, unless }: DefaultFill): boolean {
	if (Object.hasOwn(json, property)) return false;
	return unless === undefined || json[unless] === undefined || json[unless] === null;
}

/** A body as it is sent to a target that is asked for this model, with the defaults that it takes. */
export function withLateDefaults({ late }: JsonBody, body: BodyBytes, model: unknown): BodyBytes {
	const members = late?.of(model).map(({ member }) => member) ?? [];
	return members.length === 0 ? body : withMembers(body, members.join(","));
}
