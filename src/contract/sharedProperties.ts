/** `x-properties-of`: properties of one schema that are the same as another's, and stay so when an overlay changes those. */
import type { JsonObject } from "../json/jsonTypes.js";

type Properties = Record<string, unknown>;

/** Gives each such schema the properties as they are now, unless an overlay has changed its own. In place. */
export function shareProperties(document: JsonObject, base: JsonObject): void {
	const [schemas, before] = [schemasOf(document), schemasOf(base)];
	for (const [name, { "x-properties-of": source }] of Object.entries(before)) {
		if (typeof source !== "string") continue;
		const [own, ownBefore] = [schemas[name]?.properties, before[name]?.properties];
		const [other, otherBefore] = [schemas[source]?.properties, before[source]?.properties];
		if (!own || !ownBefore || !other || !otherBefore) continue;
		for (const property of Object.keys(ownBefore)) {
			const isShared = isSame(ownBefore[property], otherBefore[property]);
			if (!isShared || !isSame(own[property], ownBefore[property])) continue;
			if (other[property] === undefined) delete own[property];
			else own[property] = structuredClone(other[property]);
		}
	}
}

function schemasOf(document: JsonObject): Record<string, { "x-properties-of"?: string; properties?: Properties }> {
	const { components } = document as { components?: { schemas?: object } };
	return (components?.schemas ?? {}) as Record<string, { properties?: Properties }>;
}

function isSame(one: unknown, other: unknown): boolean {
	return JSON.stringify(one) === JSON.stringify(other);
}
