/** Models that refuse some properties (`x-models-without-defaults`): none of those is filled in for them. */
import type { Json } from "../json/jsonTypes.js";
import { compilePatterns, type Matches } from "../settings/pattern.js";

export interface RefusedDefaults {
	/** Undefined if the model takes them all. Whatever text clients make up for a name is looked up once. */
	of(model: string | undefined): ReadonlySet<string> | undefined;
}

interface Refusal {
	readonly matches: Matches;
	readonly properties: readonly string[];
}

/** Most names that are remembered: they come from clients. */
const mostModels = 1_000;

export function readRefusedDefaults(extension: Json | undefined, report: (message: string) => void): RefusedDefaults {
	const refusals = extension === undefined ? [] : refusalsIn(extension, report);
	const known = new Map<string, ReadonlySet<string> | undefined>();
	return {
		of(model) {
			if (model === undefined || refusals.length === 0) return undefined;
			const found = known.get(model);
			if (found !== undefined || known.has(model)) return found;
			const refused = new Set(refusals.filter(({ matches }) => matches(model)).flatMap(({ properties }) => properties));
			const properties = refused.size === 0 ? undefined : refused;
			if (known.size >= mostModels) known.clear();
			known.set(model, properties);
			return properties;
		},
	};
}

function refusalsIn(extension: Json, report: (message: string) => void): Refusal[] {
	const entries = Array.isArray(extension) ? extension : [extension];
	return entries.flatMap((entry): Refusal[] => {
		const { models, properties } = (entry ?? {}) as { models?: unknown; properties?: unknown };
		if (isTexts(models) && isTexts(properties)) return [{ matches: compilePatterns(models), properties }];
		report("each entry must have `models` and `properties`, lists of names");
		return [];
	});
}

function isTexts(value: unknown): value is string[] {
	return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string" && item !== "");
}
