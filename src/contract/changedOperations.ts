/** Of which operations an overlay has changed what requests must be, so that a start compiles ahead only those. */
import type { JsonObject } from "../json/jsonTypes.js";

type Parts = Record<string, Record<string, unknown> | undefined>;

/** @returns whether an operation's body or parameters, or anything that they refer to, differ from what ships */
export function changedOperations(document: JsonObject, base: JsonObject): (path: string, method: string) => boolean {
	const refersToChanged = changedParts(document.components as Parts, base.components as Parts);
	return (path, method) => {
		const text = requestText(document, path, method);
		return text !== requestText(base, path, method) || refersToChanged(text);
	};
}

/** What a request is held against. Parameters that stand beside the operations are theirs too. */
function requestText({ paths }: JsonObject, path: string, method: string): string {
	const item = (paths as Parts)[path];
	const { parameters, requestBody } = (item?.[method] ?? {}) as JsonObject;
	return JSON.stringify([item?.parameters, parameters, requestBody]);
}

/** @returns whether a text refers, at any depth, to a component that differs */
function changedParts(components: Parts = {}, before: Parts = {}): (text: string) => boolean {
	const texts = new Map<string, string>();
	const changed = new Set<string>();
	for (const [kind, parts] of Object.entries(components)) {
		for (const [name, part] of Object.entries(parts ?? {})) {
			const pointer = `#/components/${kind}/${name}`;
			const text = JSON.stringify(part) ?? "";
			texts.set(pointer, text);
			if (text !== JSON.stringify(before[kind]?.[name])) changed.add(pointer);
		}
	}
	return (text) => {
		const seen = new Set(references(text));
		// A set yields what is added to it on the way.
		for (const pointer of seen) {
			if (changed.has(pointer)) return true;
			for (const next of references(texts.get(pointer) ?? "")) seen.add(next);
		}
		return false;
	};
}

function references(text: string): string[] {
	return [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, pointer]) => pointer as string);
}
