/** The cache of a route, with what it inherits. */
import type { CacheConsent, CacheSettings } from "../routes.js";
import type { Schemas } from "./configSchema.js";
import { defaultsOf } from "./configSchema.js";
import type { Reader } from "./reader.js";
import { inherited, type LevelValue, type Read, type Section } from "./sections.js";

type Given = Section<"CacheConfig">;

/** @param levels from the innermost to the outermost */
export function cacheOf(levels: readonly LevelValue<Given>[], reader: Reader): CacheSettings | undefined {
	const on = inherited(
		"CacheConfig",
		levels,
		(given: Given, path): Read<CacheSettings> => ({
			ageMs: reader.duration(given, "age", path),
			scope: given.scope,
			isOnRequest: given.requests === undefined ? undefined : given.requests === "asked",
			sampled: consentOf(given.sampled),
			tools: consentOf(given.tools),
			semantic: given.semantic && semanticOf(given.semantic),
		}),
	);
	return on && { ...on, sampled: on.sampled ?? "never", tools: on.tools ?? "never" };
}

function consentOf(given: Schemas["CacheConsent"] | undefined): CacheConsent | undefined {
	if (given === undefined || given === "asked") return given;
	return given ? "always" : "never";
}

function semanticOf(given: Schemas["SemanticCacheConfig"]): CacheSettings["semantic"] {
	return { ...defaultsOf("SemanticCacheConfig"), ...given } as CacheSettings["semantic"];
}
