/** Unions of the contract (`oneOf`) made ready for Ajv: branches that a tag tells apart are told apart by it, and looked at alone. */
import type { Json, JsonObject } from "../json/jsonTypes.js";

/**
 * A copy of the document in which each `oneOf` whose branches have a tag (a property with a `const` or an `enum`) is a
 * discriminator, so that Ajv reports what is wrong with the branch that was meant. A branch without such a tag takes what
 * none of the others is for. The tags stand beside it, in `x-tags`, for messages.
 */
export function withDiscriminators(document: JsonObject): JsonObject {
	return copied(document, document) as JsonObject;
}

function copied(value: Json, document: JsonObject): Json {
	if (Array.isArray(value)) return value.map((item) => copied(item, document));
	if (typeof value !== "object" || value === null) return value;
	const copy: JsonObject = {};
	for (const [name, member] of Object.entries(value)) copy[name] = copied(member, document);
	if (isDiscriminator(copy)) delete copy.mapping;
	return Array.isArray(copy.oneOf) ? taggedUnion(copy, copy.oneOf as JsonObject[], document) : copy;
}

/** Ajv tells tagged unions apart by each branch's own `const`, and refuses the `mapping` that other tools need. */
function isDiscriminator({ propertyName, mapping }: JsonObject): boolean {
	return typeof propertyName === "string" && typeof mapping === "object";
}

function taggedUnion(union: JsonObject, branches: readonly JsonObject[], document: JsonObject): JsonObject {
	const tag = tagOf(branches, document);
	if (tag === undefined) return union;
	const valuesOf = (branch: JsonObject) => tagValues(branch, tag, document);
	const known = branches.filter((branch) => valuesOf(branch).length > 0);
	const others = branches.filter((branch) => valuesOf(branch).length === 0);
	const tags = known.flatMap(valuesOf);
	const { oneOf, discriminator, ...rest } = union;
	const tagged: JsonObject = {
		type: "object",
		required: [tag],
		discriminator: { propertyName: tag },
		oneOf: known,
		"x-tags": tags,
	};
	if (others.length === 0) return { ...tagged, ...rest };
	const isKnown = { type: "object", required: [tag], properties: { [tag]: { enum: tags } } };
	const other = others.length === 1 ? (others[0] as JsonObject) : { anyOf: others };
	// biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's own
	return { ...rest, if: isKnown, then: tagged, else: other };
}

/** A property that tells at least two branches apart, or the only one from all else. */
function tagOf(branches: readonly JsonObject[], document: JsonObject): string | undefined {
	const names = branches.flatMap((branch) => Object.keys(propertiesOf(branch, document)));
	return names.find((name) => {
		const values = branches.map((branch) => tagValues(branch, name, document));
		const all = values.flat();
		const tagged = values.filter((own) => own.length > 0).length;
		return tagged > Math.min(1, branches.length - 1) && new Set(all).size === all.length;
	});
}

function tagValues(branch: JsonObject, tag: string, document: JsonObject): Json[] {
	const { const: only, enum: several } = (propertiesOf(branch, document)[tag] ?? {}) as JsonObject;
	return only === undefined ? ((several ?? []) as Json[]) : [only];
}

function propertiesOf(branch: JsonObject, document: JsonObject): JsonObject {
	return (resolved(branch, document).properties ?? {}) as JsonObject;
}

function resolved(schema: JsonObject, document: JsonObject): JsonObject {
	const { $ref: reference } = schema;
	const [, name] = /^#\/components\/schemas\/([^/]+)$/.exec(String(reference ?? "")) ?? [];
	const { components } = document as { components?: { schemas?: JsonObject } };
	return name === undefined ? schema : ((components?.schemas?.[name] ?? {}) as JsonObject);
}
